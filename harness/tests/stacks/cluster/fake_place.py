"""A cluster that is not there: what is done to it is written down, and each step can be made to fail."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from harness.clients.kubernetes import Json, KubeApi
from harness.core.operator.manifest import Manifest
from harness.core.rules.speed import Speed
from harness.home import DEFAULT_SUBJECT
from harness.stacks.base import Outage
from harness.stacks.checked import checked_chart
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.monitored import Monitored
from harness.stacks.cluster.port_forward import Kubectl
from harness.stacks.cluster.stack import ClusterStack, Outside
from harness.stacks.cluster.waits import Waits
from harness.stacks.free_space import check_room
from harness.stacks.kinds import SWEEP
from harness.stacks.run import Run
from harness.stacks.scrape_profile import KIND
from harness.subject_reader import read_subject
from harness.tests.faults.fake_api import FakeApi
from harness.tests.loop_server import serving
from harness.toolchain import Progress, ResolvedTool, ToolName, ToolOrigin

#: how a stack comes up, step by step, when all goes well
STEPS = (
    "provider up",
    "API opened",
    "install",
    "apply Namespace, Deployment",
    "apply agents",
    "wait",
    "apply ConfigMap",
    "port-forward prometheus",
    "port-forward alertmanager",
    "port-forward receiver",
    "apply Secret",
    "apply ServiceMonitor",
    "apply AlertmanagerConfig",
    "healthy scrape",
    "apply PrometheusRule",
)


class PlantedError(Exception):
    """What a test planted."""


class FakePlace:
    """Provider, monitoring, API server, port-forwards, Prometheus and Alertmanager, with one log of what is done."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.log: list[str] = []
        #: step -> raised instead of doing it
        self.fails: dict[str, BaseException] = {}
        self.objects: list[Json] = []
        #: looks at `up` that find the target down
        self.unhealthy = 1
        #: what Prometheus and Alertmanager do not load although it is applied
        self.ignored: set[str] = set()
        self.began = 1
        #: whether Prometheus comes back after it was asked to end
        self.comes_back = True
        self.dead: str | None = None
        #: the step after which the cluster is dead
        self.dies_after = ""
        self.images: tuple[str, ...] = ()
        #: namespaces that were there before
        self.existing_namespaces: tuple[str, ...] = ()
        #: where the monitoring is
        self.monitored = Monitored(
            namespace="monitoring",
            prometheus="pod/prometheus-p-0",
            prometheus_port=9090,
            alertmanager="svc/alertmanager",
            alertmanager_port=9093,
            scrape_s=2.0,
            evaluation_s=3.0,
            resend_s=4.0,
        )
        self.api = ClosingApi(self)
        self.forwards = FakePortForwards(self)

    def did(self, step: str) -> None:
        """Writes a step down, or fails in it."""
        self.log.append(step)
        if step in self.fails:
            raise self.fails[step]
        if step == self.dies_after:
            self.dead = "planted death"

    def applied(self, kind: str) -> bool:
        """Whether such an object is in force."""
        return kind not in self.ignored and any(one["kind"] == kind for one in self.objects)

    def apply(self, _kubectl: Path, _kubeconfig: Path, manifests: str, **_env: object) -> None:
        """In place of kubectl's `apply`."""
        objects = [json.loads(one) for one in manifests.split("\n---\n")]
        kinds = ", ".join(one["kind"] for one in objects)
        self.did(f"apply {'agents' if 'fault-webhook' in manifests else kinds}")
        self.objects += objects


class ClosingApi(FakeApi):
    """The API server's door, with the subject's Deployment behind it."""

    def __init__(self, place: FakePlace) -> None:
        super().__init__()
        self._place = place

    def close(self) -> None:
        """Written down."""
        self._place.did("API closed")


class FakePortForwards:
    """In place of port-forwards."""

    def __init__(self, place: FakePlace) -> None:
        self._place = place
        self.opened: dict[str, tuple[str, str, int]] = {}
        self.urls: dict[str, str] = {}
        self.kubectl: Kubectl | None = None
        self.dead: str | None = None
        self.seen: tuple[Outage, ...] = ()

    def open(self, name: str, *, namespace: str, target: str, port: int, prefix: str = "") -> None:
        """Written down; one server stands for all."""
        self._place.did(f"port-forward {name}")
        self.opened[name] = (namespace, target, port)
        self.urls[name] = self._place.url + prefix

    def add_url(self, name: str, url: str) -> None:
        """Written down."""
        self._place.did(f"known {name}")
        self.urls[name] = url

    def url(self, name: str) -> str:
        """As it was opened or is known."""
        return self.urls[name]

    def pod_address(self, pod_ip: str, port: int) -> str:
        """Nowhere."""
        return f"{pod_ip}:{port}"

    def ended(self) -> str | None:
        """As planted."""
        return self.dead

    def outages(self) -> tuple[Outage, ...]:
        """As planted."""
        return self.seen

    def close(self) -> None:
        """Written down."""
        self._place.did("forwards closed")


class FakeProvider:
    """A cluster that comes and goes."""

    def __init__(self, place: FakePlace) -> None:
        self._place = place

    @property
    def tools(self) -> Collection[ToolName]:
        """One of its own."""
        return (ToolName.KIND,)

    @property
    def existing_namespaces(self) -> Collection[str]:
        """As planted."""
        return self._place.existing_namespaces

    def up(self, run: Run, tools: Mapping[ToolName, Path], images: Collection[str], progress: Progress) -> Path:
        """Needs what it asked for."""
        del progress
        assert {ToolName.KIND, ToolName.KUBECTL, ToolName.AMTOOL} <= set(tools)
        self._place.images = tuple(images)
        self._place.did("provider up")
        return run.directory / "kubeconfig"

    def ended(self) -> str | None:
        """As planted."""
        return self._place.dead

    def remove_rules(self) -> bool:
        """Written down."""
        self._place.did("provider: rules removed")
        return True

    def down(self) -> None:
        """Written down."""
        self._place.did("provider down")


class FakeMonitoring:
    """Somebody who installs it."""

    def __init__(self, place: FakePlace) -> None:
        self._place = place

    def images(self, run: Run | None = None) -> tuple[str, ...]:
        """One."""
        assert run is not None
        return ("prometheus:1",)

    def install(self, site: Site, speed: Speed) -> None:
        """Written down."""
        assert site.receiver_url.endswith("/notify/")
        assert speed == Speed(15)
        self._place.did("install")

    def wait(self, site: Site, speed: Speed) -> Monitored:
        """There at once."""
        del site, speed
        self._place.did("wait")
        return self._place.monitored


PLACE: web.AppKey[list[FakePlace]] = web.AppKey("place")


async def _up(request: web.Request) -> web.Response:
    (place,) = request.app[PLACE]
    healthy = place.applied("ServiceMonitor") and place.unhealthy == 0
    place.unhealthy = max(0, place.unhealthy - 1)
    if healthy:
        place.did("healthy scrape")
    return web.json_response({"data": {"result": [{"metric": {}, "value": [0, str(int(healthy))]}]}})


async def _rules(request: web.Request) -> web.Response:
    (place,) = request.app[PLACE]
    specs = [one["spec"] for one in place.objects if one["kind"] == "PrometheusRule"]
    groups = [group["name"] for spec in specs for group in spec["groups"]] if place.applied("PrometheusRule") else []
    shape = {"file": "f", "interval": 1, "rules": [], "lastEvaluation": "2026-01-01T00:00:00Z"}
    told = [{"name": name, **shape} for name in groups]
    return web.json_response({"data": {"groups": told}})


async def _receivers(request: web.Request) -> web.Response:
    (place,) = request.app[PLACE]
    there = place.applied("AlertmanagerConfig")
    configs = [one for one in place.objects if one["kind"] == "AlertmanagerConfig"] if there else []
    names = [
        f"{one['metadata']['namespace']}/{one['metadata']['name']}/{receiver['name']}"
        for one in configs
        for receiver in one["spec"]["receivers"]
    ]
    return web.json_response([{"name": name} for name in ("null", *names)])


async def _runtime(request: web.Request) -> web.Response:
    (place,) = request.app[PLACE]
    if not place.began:
        raise web.HTTPServiceUnavailable
    return web.json_response({"data": {"startTime": str(place.began)}})


async def _quit(request: web.Request) -> web.Response:
    (place,) = request.app[PLACE]
    place.log.append("quit")
    place.began = place.began + 1 if place.comes_back else place.began
    return web.Response()


@contextmanager
def fake_place() -> Iterator[FakePlace]:
    """One that is served until the block ends."""
    app = web.Application()
    found: list[FakePlace] = []
    app[PLACE] = found
    app.router.add_get("/api/v1/query", _up)
    app.router.add_get("/api/v1/rules", _rules)
    for prefix in ("", "/prefix"):
        app.router.add_get(f"{prefix}/api/v2/receivers", _receivers)
    app.router.add_get("/api/v1/status/runtimeinfo", _runtime)
    app.router.add_post("/-/quit", _quit)
    with serving(app) as url:
        found.append(FakePlace(url))
        yield found[0]


#: nothing here takes time unless it never comes
WAITS = Waits(look_s=0.0, in_force_s=30.0)


def assembled(place: FakePlace, *, waits: Waits = WAITS, room: Callable[[Path], None] = check_room) -> ClusterStack:
    """The default subject's stack at speed 15 on that place, not yet up."""
    subject, _ = read_subject(DEFAULT_SUBJECT)
    workload = subject.workload.deployment
    place.api.put(
        f"/apis/apps/v1/namespaces/{subject.namespace}/deployments/{workload}",
        {"spec": {"replicas": 1}, "status": {"readyReplicas": 1, "updatedReplicas": 1}},
    )

    def ensure(names: Collection[ToolName], _progress: Progress) -> dict[ToolName, ResolvedTool]:
        path = Path("/programs")
        return {name: ResolvedTool(name=name, version="0", path=path / name, source=ToolOrigin.PATH) for name in names}

    def door(kubeconfig: Path) -> KubeApi:
        assert kubeconfig.name == "kubeconfig"
        place.did("API opened")
        return cast("KubeApi", place.api)

    def forwards(_api: KubeApi, *, kubectl: Kubectl, logs: Path, run_id: str) -> Any:
        assert logs.is_dir()
        assert run_id in str(logs)
        place.forwards.kubectl = kubectl
        return place.forwards

    def built(_kubectl: Path, _subject: object) -> tuple[Manifest, ...]:
        return (
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": subject.namespace}},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": workload}},
        )

    return ClusterStack(
        subject,
        Speed(15),
        Progress(),
        SWEEP,
        traits=KIND,
        chart=checked_chart(subject, KIND, Speed(15)),
        provider=FakeProvider(place),
        monitoring=FakeMonitoring(place),
        image="harness:1",
        outside=Outside(
            ensure=ensure, built=built, open_api=door, apply=place.apply, port_forwards=forwards, check_room=room
        ),
        waits=waits,
    )
