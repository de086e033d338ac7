"""A cluster of somebody's with monitoring in it, and a subject that could be tried there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json, KubeApi
from harness.core import marks
from harness.core.contract.subject import ObjectName, Subject
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.existing.manifests import SubjectManifests
from harness.tests.core.operator import sample
from harness.tests.faults import fake_api
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.fake_cluster import ClusterApi
from harness.tests.stacks.existing.test_discovery import BY_RELEASE, monitoring, selecting
from harness.toolchain import Progress

CONTEXT = "my dev"
NAMESPACE = "/api/v1/namespaces/shop"
DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/shop/leases/leader"
ALLOWED = {marks.ALLOWED_LABEL: "true"}
DESTINATION = Destination(context=CONTEXT, server="https://dev.example", kubeconfig='{"secret": "t"}')


class WholeCluster(ClusterApi):
    """Lets its user do everything but what is in `refused`, and can be closed."""

    def __init__(self) -> None:
        super().__init__()
        #: verb and resource
        self.refused: set[tuple[str, str]] = set()
        self.closed = 0
        self.put("/api/v1/namespaces/kube-system/configmaps/somebody", {})
        config = {"alertmanagerConfigSelector": BY_RELEASE, "alertmanagerConfigNamespaceSelector": {}}
        monitoring(self, "Prometheus", "monitoring/k8s", selecting())
        monitoring(self, "Alertmanager", "monitoring/main", config)

    @property
    def changes(self) -> list[str]:
        """What was done to it, as `METHOD path`."""
        reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return [f"{one.method} {one.path}" for one in self.requests if one.method != "GET" and one.path != reviews]

    def close(self) -> None:
        """As the real door."""
        self.closed += 1

    def _answer(self, request: ApiRequest) -> ApiAnswer:
        if request.path.endswith("/selfsubjectaccessreviews"):
            asked = cast("Json", request.body)["spec"]["resourceAttributes"]
            return answer(201, {"status": {"allowed": (asked["verb"], asked["resource"]) not in self.refused}})
        return super()._answer(request)


class Told(Progress):
    """Keeps the lines that stay."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def shop() -> Subject:
    """A subject in namespace `shop`."""
    found = fake_api.subject()
    lease = ObjectName(namespace="shop", name="leader")
    return replace(found, namespace="shop", workload=replace(found.workload, deployment="web", lease=lease))


def with_files(directory: Path) -> Subject:
    """The same with files of its own, none of which kubectl has to build."""
    bundle, subject = shop_bundle(), shop()
    written = {}
    for name, objects in (
        ("manifests", bundle.manifests),
        ("rules", (bundle.rule,)),
        ("service_monitor", (bundle.monitor,)),
        ("alertmanager", (bundle.routing,)),
    ):
        written[name] = directory / f"{name}.yaml"
        written[name].write_text("\n---\n".join(map(json.dumps, objects)))
    manifests = (written.pop("manifests"),)
    values = directory / "values.yaml"
    values.write_text("")
    dashboard = directory / "dashboard.json"
    dashboard.write_text("{}")
    files = replace(subject.files, manifests=manifests, chart_values=values, dashboard=dashboard, **written)
    return replace(subject, files=files)


def shop_bundle(*more: Json) -> SubjectManifests:
    """What is applied of it: a namespace, a Deployment, and monitoring."""
    return SubjectManifests(
        manifests=(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"tier": "1"}}},
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}},
            *more,
        ),
        rule={"apiVersion": "monitoring.coreos.com/v1", **sample.rule()},
        monitor={"apiVersion": "monitoring.coreos.com/v1", **sample.monitor()},
        routing={"apiVersion": "monitoring.coreos.com/v1alpha1", **sample.config()},
    )


@contextmanager
def entering(api: ClusterApi, _destination: Destination) -> Iterator[KubeApi]:
    """The door to this cluster."""
    yield api.api
