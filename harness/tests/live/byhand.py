"""A kind cluster as somebody else has it: made by hand, with monitoring of its own, and a pager behind its root route.

What is in it is listed by kubectl, without the harness's own inventory, which is what is to be proved.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harness.core.contract.subject import Subject
from harness.core.duration import PromDuration
from harness.core.marks import ALLOWED_LABEL, HARNESS_IMAGE
from harness.core.operator.chart import Chart
from harness.core.operator.chart_at_speed import values_at
from harness.core.operator.installation import Installation
from harness.core.operator.manifest import Manifest
from harness.core.rules.speed import Speed
from harness.core.timing_flags import TimingFlags
from harness.stacks.checked import MONITORING_NAMESPACE, chart_values
from harness.stacks.cluster.monitoring import MonitoringPlan, monitoring_objects
from harness.stacks.cluster.plain import CADVISOR_FLOOR
from harness.stacks.kind.cluster import NODE_IMAGE
from harness.stacks.options import BASE_IMAGE
from harness.subject_reader import read_subject
from harness.toolchain import Progress, Settings, ToolName, ensure
from harness.toolchain.module_files import OPERATOR_CRDS, files_of

ROOT: Final = Path(__file__).parents[3]
SPEED: Final = 30.0
_FLOOR = PromDuration(500)
#: types whose objects come and go by themselves
_CHANGING = frozenset({"events", "events.events.k8s.io"})
#: says on one line of its log whom it was told about
_PAGER = """
import http.server, json
class Pager(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for one in told["alerts"]:
            print(json.dumps({"status": one["status"], "labels": one["labels"]}), flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("", 8080), Pager).serve_forever()
"""


def _base_image() -> str:
    """As in KIND_ARGS, the options of every run on kind."""
    parser = ArgumentParser()
    parser.add_argument("--base-image", default=BASE_IMAGE)
    return str(parser.parse_known_args(shlex.split(os.environ.get("KIND_ARGS", "")))[0].base_image)


@dataclass(slots=True, kw_only=True)
class ByHand:
    """One such cluster."""

    name: str
    directory: Path
    subject: Subject = field(default_factory=lambda: read_subject(ROOT / "monitoring" / "subject.yaml")[0])
    _tools: Mapping[ToolName, Path] = field(default_factory=dict)

    @property
    def context(self) -> str:
        """As kind names it."""
        return f"kind-{self.name}"

    @property
    def kubeconfig(self) -> Path:
        """Of this cluster alone."""
        return self.directory / "kubeconfig"

    def up(self) -> None:
        """Makes the cluster, with the operator, a Prometheus, an Alertmanager and the pager."""
        tools = ensure((ToolName.KIND, ToolName.KUBECTL), Progress())
        self._tools = {name: tool.path for name, tool in tools.items()}
        brings = [sys.executable, "-c", "from harness.cli.main import main; main()", "tools", "--stack", "kind"]
        _run([*brings, "--monitoring", "operator", "--base-image", _base_image()])
        own = ("--kubeconfig", str(self.kubeconfig))
        self._kind("create", "cluster", "--image", NODE_IMAGE, "--wait", "90s", *own)
        plan = self._plan()
        wanted = [HARNESS_IMAGE, *(one.image for one in self.subject.images)]
        self._kind("load", "docker-image", *wanted)
        self._apply(file.read_text() for file in files_of(OPERATOR_CRDS, Settings.of(os.environ), Progress()))
        self.kubectl("wait", "--for=condition=Established", "--timeout=120s", "crd", "--all")
        self._apply(json.dumps(one) for one in (*_as_somebody_has_it(plan), *_pager(plan)))
        self.kubectl("-n", plan.namespace, "rollout", "status", "--timeout=300s", "deployment")
        for kind in ("prometheus", "alertmanager"):
            self.kubectl("-n", plan.namespace, "wait", "--for=condition=Available", "--timeout=300s", kind, "--all")

    def down(self) -> None:
        """Deletes the cluster."""
        self._kind("delete", "cluster", "--kubeconfig", str(self.kubeconfig))

    def namespace(self, *, allowed: bool) -> None:
        """Makes the subject's namespace, with or without consent."""
        self.kubectl("create", "namespace", self.subject.namespace)
        if allowed:
            self.kubectl("label", "namespace", self.subject.namespace, f"{ALLOWED_LABEL}=true")

    def without_namespace(self) -> None:
        """Takes it away again."""
        self.kubectl("delete", "namespace", self.subject.namespace, "--ignore-not-found", "--wait")

    def objects(self) -> frozenset[str]:
        """Type, namespace, name and labels of all that stands for itself and can be deleted."""
        found = set()
        for kind in self.kubectl("api-resources", "--verbs=list,delete", "-o", "name").split():
            if kind in _CHANGING:
                continue
            for one in json.loads(self.kubectl("get", kind, "--all-namespaces", "-o", "json"))["items"]:
                metadata = one["metadata"]
                if not metadata.get("ownerReferences"):
                    labels = json.dumps(metadata.get("labels", {}), sort_keys=True)
                    found.add(f"{kind} {metadata.get('namespace', '-')} {metadata['name']} {labels}")
        return frozenset(found)

    def paged(self) -> list[dict[str, Any]]:
        """What the cluster's own root route has told so far of the subject's namespace."""
        told = self.kubectl("-n", MONITORING_NAMESPACE, "logs", "deployment/pager", "--tail=-1")
        pages = [json.loads(line) for line in told.splitlines()]
        return [one for one in pages if one["labels"].get("namespace") == self.subject.namespace]

    def alerts(self) -> list[str]:
        """What Alertmanager takes for active of the subject's namespace: somebody may be told of it yet."""
        service = f"/api/v1/namespaces/{MONITORING_NAMESPACE}/services/alertmanager-operated:9093/proxy/api/v2/alerts"
        found = json.loads(self.kubectl("get", "--raw", service))
        return [one["labels"]["alertname"] for one in found if one["labels"].get("namespace") == self.subject.namespace]

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        """Asks this cluster."""
        command = [str(self._tools[ToolName.KUBECTL]), "--kubeconfig", str(self.kubeconfig), *arguments]
        return _run(command, stdin=stdin)

    def _kind(self, *arguments: str) -> None:
        _run([str(self._tools[ToolName.KIND]), *arguments, "--name", self.name])

    def _apply(self, documents: Iterable[str]) -> None:
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin="\n---\n".join(documents))

    def _plan(self) -> MonitoringPlan:
        values, release = chart_values(self.subject), self.subject.release
        speed = Speed(SPEED)
        documented = Chart.read(
            values, release=release, namespace=MONITORING_NAMESPACE, installation=Installation.OPERATOR
        )
        at_speed = values_at(
            documented, speed, floor=_FLOOR, cadvisor_floor=CADVISOR_FLOOR, receiver_url="", receiver_token=""
        )
        return MonitoringPlan(
            chart=documented.laid_over(at_speed),
            flags=TimingFlags.at(speed, _FLOOR),
            labels={"installed-by": "somebody"},
        )


def _as_somebody_has_it(plan: MonitoringPlan) -> Iterable[Manifest]:
    """The plain installation, with a root route to the pager that tells at once."""
    route = {"receiver": "somebody", "group_by": ["namespace"], "group_wait": "1s", "group_interval": "5s"}
    url = f"http://pager.{plan.namespace}.svc:8080/"
    main = {"route": route, "receivers": [{"name": "somebody", "webhook_configs": [{"url": url}]}]}
    for one in monitoring_objects(plan):
        data = one.get("stringData")
        if one["kind"] == "Secret" and isinstance(data, Mapping) and "alertmanager.yaml" in data:
            yield {**one, "stringData": {"alertmanager.yaml": json.dumps(main)}}
        else:
            yield one


def _pager(plan: MonitoringPlan) -> Iterable[Manifest]:
    label: Manifest = {"app": "pager"}
    metadata: Manifest = {"name": "pager", "namespace": plan.namespace}
    command = ["python", "-c", _PAGER]
    container: Manifest = {"name": "pager", "image": HARNESS_IMAGE, "imagePullPolicy": "Never", "command": command}
    template: Manifest = {"metadata": {"labels": label}, "spec": {"containers": [container]}}
    spec: Manifest = {"replicas": 1, "selector": {"matchLabels": label}, "template": template}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    ports: Manifest = {"selector": label, "ports": [{"port": 8080, "targetPort": 8080}]}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": ports}


def _run(command: list[str], *, stdin: str | None = None) -> str:
    began_s = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=600, check=False)
    took = f"after {time.monotonic() - began_s:.0f} s"
    assert done.returncode == 0, f"{shlex.join(command[:8])} {took}:\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}"
    return done.stdout
