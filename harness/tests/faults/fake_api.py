"""An API server in memory, as much of one as the faults need: objects by path, patches, selectors, conflicts."""

import copy
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, cast

from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json, KubeApi
from harness.core.contract.subject import ObjectName, Sources, Subject, SubjectFiles, Workload
from harness.core.errors import CouldNotTellError
from harness.faults.cluster import Cluster

RUN = "0a1b2c-1123-070000-beef"

#: answers a request in place of the fake; None lets the fake answer
Interference = Callable[[ApiRequest], ApiAnswer | None]


def answer(status: int, body: Json | None = None, *warnings: str) -> ApiAnswer:
    """An answer with this status; a refusal has a message."""
    return ApiAnswer(status=status, body=body or {"message": f"fake {status}"}, warnings=warnings)


class FakeApi:
    """Keeps objects and remembers every request."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.requests: list[ApiRequest] = []
        self.interfere: Interference = lambda _: None
        #: puts a resize into effect, as the pod's status then tells
        self.kubelet: Callable[[Json], None] = in_effect
        self._versions = itertools.count(1)

    def put(self, path: str, manifest: Json) -> Json:
        """Puts an object there, as somebody else would."""
        found = copy.deepcopy(manifest)
        found.setdefault("metadata", {})["name"] = path.rpartition("/")[2]
        found["metadata"]["resourceVersion"] = str(next(self._versions))
        self.objects[path] = found
        return found

    def send(self, request: ApiRequest) -> ApiAnswer:
        """Answers like an API server."""
        self.requests.append(request)
        return self.interfere(request) or self._answer(request)

    def ask(self, request: ApiRequest) -> Json:
        """As the real door does it."""
        found = self.send(request)
        if not found.accepted:
            raise CouldNotTellError(f"{request.method} {request.path}", why=str(found.status), fix="-")
        return found.body

    def find(self, path: str) -> Json | None:
        """As the real door does it."""
        found = self.send(ApiRequest(method="GET", path=path))
        return found.body if found.accepted else None

    def items(self, path: str, *, labels: Mapping[str, str] | str = "") -> list[Json]:
        """As the real door does it."""
        selector = labels if isinstance(labels, str) else ",".join(f"{key}={text}" for key, text in labels.items())
        return [copy.deepcopy(self.objects[each]) for each in self._selected(path, selector)]

    def text(self, path: str, *, query: Mapping[str, str] | None = None) -> str:
        """A log: where it is, and of which container."""
        wanted = query or {}
        self.requests.append(ApiRequest(method="GET", path=path, query=wanted))
        return f"{path} {wanted.get('container', '')} {wanted.get('previous', 'false')}"

    def send_all(self, requests: Sequence[ApiRequest], *, at_once: int = 32) -> list[ApiAnswer]:
        """One after the other."""
        assert at_once > 0
        return [self.send(request) for request in requests]

    def _answer(self, request: ApiRequest) -> ApiAnswer:
        path = request.path
        if request.query.get("dryRun"):
            return answer(201)
        if request.method == "POST":
            path = f"{path}/{cast('Json', request.body)['metadata']['name']}"
            return answer(409) if path in self.objects else answer(201, self.put(path, cast("Json", request.body)))
        if request.method == "DELETE" and "labelSelector" in request.query:
            for each in self._selected(path, request.query["labelSelector"]):
                del self.objects[each]
            return answer(200)
        if request.method == "PATCH" and request.patch == "apply":
            return answer(200, self.put(path, cast("Json", request.body)))
        return self._of_one(path.removesuffix("/resize"), request)

    def _of_one(self, path: str, request: ApiRequest) -> ApiAnswer:
        if path not in self.objects:
            return answer(404)
        if request.method == "GET":
            return answer(200, copy.deepcopy(self.objects[path]))
        if request.method == "DELETE":
            return answer(200, self.objects.pop(path))
        return self._patched(path, request)

    def _patched(self, path: str, request: ApiRequest) -> ApiAnswer:
        found = copy.deepcopy(self.objects[path])
        if isinstance(request.body, list):
            if not _operate(found, request.body):
                return answer(422)
        else:
            wanted = copy.deepcopy(cast("Json", request.body))
            version = wanted.get("metadata", {}).pop("resourceVersion", None)
            if version not in {None, found["metadata"]["resourceVersion"]}:
                return answer(409)
            _merge(found, wanted, strategic=request.patch == "strategic")
        if request.path.endswith("/resize"):
            self.kubelet(found)
        return answer(200, self.put(path, found))

    def _selected(self, path: str, selector: str) -> list[str]:
        return [
            each
            for each, found in self.objects.items()
            if each.rpartition("/")[0] == path and _carries(found["metadata"].get("labels", {}), selector)
        ]


def in_effect(found: Json) -> None:
    """The pod's status has the resources of its spec."""
    found["status"]["containerStatuses"] = [
        {"name": each["name"], "resources": copy.deepcopy(each.get("resources", {}))}
        for each in found["spec"]["containers"]
    ]


class RollingApi(FakeApi):
    """Replaces pods when their Deployment has another template: new names, the template's resources."""

    def send(self, request: ApiRequest) -> ApiAnswer:
        """Answers like an API server whose controllers and kubelets are done at once."""
        found = super().send(request)
        if request.method == "PATCH" and "/deployments/" in request.path and found.accepted:
            deployment = self.objects[request.path]
            wanted = deployment["spec"]["replicas"]
            deployment["status"] = dict.fromkeys(("updatedReplicas", "availableReplicas", "replicas"), wanted)
            template = {one["name"]: one for one in deployment["spec"]["template"]["spec"]["containers"]}
            for path in self._selected("/api/v1/namespaces/other-system/pods", "app=other"):
                pod = self.objects.pop(path)
                for container in pod["spec"]["containers"]:
                    container["resources"] = copy.deepcopy(template[container["name"]].get("resources", {}))
                pod["metadata"].pop("annotations", None)
                in_effect(pod)
                self.put(f"{path}-new", pod)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeUsage:
    """What each pod has in use; page cache that the working set leaves out comes on top."""

    memory: Callable[[str], float] = lambda _: 0.0
    cache: Callable[[str], float] = lambda _: 0.0
    moves: Callable[[str], float] = lambda _: 0.0
    cores: float = 0.0
    throttled: Callable[[str], float] = lambda _: 0.0

    def working_set_bytes(self, pod: str) -> float:
        """As given."""
        return self.memory(pod)

    def working_set_span(self, pod: str) -> tuple[float, float]:
        """So much to either side of what is in use."""
        used, moves = self.memory(pod), self.moves(pod)
        return used - moves, used + moves

    def memory_usage_bytes(self, pod: str) -> float:
        """Both together."""
        return self.memory(pod) + self.cache(pod)

    def cpu_cores(self, _pod: str) -> float:
        """The same for all."""
        return self.cores

    def throttled_ratio(self, pod: str) -> float:
        """As given."""
        return self.throttled(pod)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeQueues:
    """What waits in each queue, as a function says."""

    depth: Callable[[str], float]

    def waiting(self, queue: str) -> float:
        """As given."""
        return self.depth(queue)

    def workers(self) -> float | None:
        """Nobody says."""
        return None


def _carries(labels: Mapping[str, str], selector: str) -> bool:
    terms = [term.partition("=") for term in selector.split(",") if term]
    return all(key in labels and (not equals or labels[key] == value) for key, equals, value in terms)


def _merge(into: Json, change: Json, *, strategic: bool) -> None:
    for key, value in change.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            _merge(into.setdefault(key, {}), value, strategic=strategic)
        elif strategic and isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                named = next((item for item in into.setdefault(key, []) if item["name"] == each["name"]), None)
                assert named is not None, f"no {each['name']} in {key}"
                _merge(named, each, strategic=True)
        else:
            into[key] = value


def _operate(found: Json, steps: list[Json]) -> bool:
    for step in steps:
        *parents, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
        place: Any = found
        for parent in parents:
            place = place[parent]
        if step["op"] == "test" and place.get(last) != step["value"]:
            return False
        if step["op"] == "replace":
            place[last] = step["value"]
        if step["op"] == "remove":
            del place[last]
    return True


def subject() -> Subject:
    """A subject with names unlike the default's, so that nothing in a fault can be a constant."""
    nowhere = PurePath("nowhere")
    return Subject(
        source="test",
        name="other",
        namespace="other-system",
        release="r",
        files=SubjectFiles(
            contract=nowhere,
            manifests=(nowhere,),
            rules=nowhere,
            service_monitor=nowhere,
            alertmanager=nowhere,
            dashboard=nowhere,
            chart_values=nowhere,
        ),
        workload=Workload(
            deployment="other-manager",
            container="manager",
            service="other-metrics",
            metrics_port=8080,
            metrics_path="/metrics",
            lease=ObjectName(namespace="other-system", name="other-leader"),
        ),
        sources=Sources(
            labels={"other.io/mirror": "yes"},
            annotations={"other.io/to": "{targets}"},
            queues={"ConfigMap": "configmap", "Secret": "secret"},
        ),
        images=(),
    )


def cluster(api: FakeApi) -> Cluster:
    """A cluster whose API server is the fake."""
    return Cluster(
        api=cast("KubeApi", api),
        run=RUN,
        subject=subject(),
        webhook_client_config={"url": "https://127.0.0.1:8443", "caBundle": "Q0E="},
    )


def deployment(api: FakeApi) -> Json:
    """Puts the controller's Deployment there and gives it back."""
    container = {"name": "manager", "image": "i", "args": ["--x"], "resources": {"limits": {"memory": "64Mi"}}}
    return api.put(
        "/apis/apps/v1/namespaces/other-system/deployments/other-manager",
        {
            "metadata": {"annotations": {"somebody": "else's"}},
            "spec": {
                "replicas": 2,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}},
                "selector": {"matchLabels": {"app": "other"}},
                "template": {"spec": {"containers": [{"name": "side", "image": "s"}, container]}},
            },
        },
    )


def pod(api: FakeApi, name: str, *, phase: str = "Running", qos: str = "Burstable", **metadata: object) -> Json:
    """Puts one of the controller's pods there."""
    resources = {"limits": {"memory": "64Mi"}, "requests": {"memory": "32Mi", "cpu": "10m"}}
    found = {
        "metadata": {"labels": {"app": "other"}, **metadata},
        "spec": {"containers": [{"name": "side"}, {"name": "manager", "resources": resources}]},
        "status": {"phase": phase, "qosClass": qos},
    }
    in_effect(found)
    return api.put(f"/api/v1/namespaces/other-system/pods/{name}", found)


def annotation(found: Json, name: str) -> Any:
    """A JSON annotation, decoded; None if there is none."""
    text = found["metadata"].get("annotations", {}).get(name)
    return None if text is None else json.loads(text)
