"""A wave from its first request to the empty queue, on an API server and a controller in memory."""

from types import SimpleNamespace
from typing import cast

import pytest

from harness.bench.mirroring import Waves
from harness.bench.wave import Wave
from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json
from harness.core.errors import CouldNotTellError
from harness.core.exposition import Page, parse_page
from harness.faults.cluster import Cluster
from harness.scenario.stack_handles import StackHandles
from harness.tests.faults.fake_api import FakeApi, answer, cluster
from harness.waiting import WaitTimeoutError
from harness.witness.pods import ControllerPods


class MirroringApi(FakeApi):
    """An API server with a controller that is done at once."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster: Cluster = cluster(self)
        #: whether the controller does its work
        self.mirrors = True
        #: the method that the API server refuses
        self.refused = ""

    def send(self, request: ApiRequest) -> ApiAnswer:
        """Lists collections, which the faults do without, and mirrors after every write."""
        if request.method == self.refused:
            return answer(403)
        if request.method == "GET" and request.path.endswith("/configmaps"):
            found: Json = {"items": self.items(request.path)}
            return answer(200, found)
        sent = super().send(request)
        if self.mirrors:
            self._mirror()
        return sent

    def _mirror(self) -> None:
        source, target = (
            f"/api/v1/namespaces/{name}/configmaps/"
            for name in (self.cluster.source_namespace, self.cluster.target_namespace)
        )
        wanted = self.cluster.subject.sources.labels.items()
        for path in [path for path in self.objects if path.startswith(target)]:
            del self.objects[path]
        for path, found in [*self.objects.items()]:
            if path.startswith(source) and wanted <= found["metadata"]["labels"].items():
                self.put(path.replace(source, target), {"metadata": {}, "data": found["data"]})


class IdlePods(ControllerPods):
    """One replica with an empty queue."""

    def __init__(self) -> None:
        self.closed = False

    def answered(self) -> tuple[Page, ...]:
        """Nothing waits."""
        return (parse_page('workqueue_depth{name="configmap"} 0\n', at_s=0, source="pod"),)

    def close(self) -> None:
        """Remembers it."""
        self.closed = True


def waves(api: MirroringApi, pods: ControllerPods | None = None, timeout_s: float = 60.0) -> Waves:
    """Waves of three sources over a run without processes."""
    facts = SimpleNamespace(run_id="no-such-run", pod_address=lambda _ip, _port: "")
    stack = SimpleNamespace(ended=lambda: None)
    handles = SimpleNamespace(cluster=api.cluster, subject=api.cluster.subject, facts=facts, stack=stack)
    made = Waves(cast("StackHandles", handles), sources=3, timeout_s=timeout_s)
    made._pods = pods or IdlePods()
    return made


def test_the_waves_come_in_order_and_leave_nothing() -> None:
    """Create, update, delete; each after what it needs, and no object of the bench at the end."""
    api, pods, kept = MirroringApi(), IdlePods(), list[Wave]()
    waves(api, pods).measure(kept.append)
    assert [(one.name, one.sources) for one in kept] == [("create", 3), ("update", 3), ("delete", 3)]
    for one in kept:
        assert 0 < one.sent_s <= one.mirrored_s <= one.drained_s
        assert one.plain_per_s > 0
        assert one.controller_cpu_s is None
    assert pods.closed
    assert not [path for path in api.objects if "/configmaps/" in path]


def test_a_controller_that_does_nothing_is_not_measured() -> None:
    """The wave ends with what was seen last; none of it becomes a figure."""
    api, kept = MirroringApi(), list[Wave]()
    api.mirrors = False
    with pytest.raises(WaitTimeoutError) as caught:
        waves(api, timeout_s=0.0).measure(kept.append)
    assert "0 of 3 mirrors are like their sources" in caught.value.why
    assert kept == []


def test_a_controller_that_stops_in_between_leaves_the_wave_before() -> None:
    """What was measured is kept; outdated mirrors are none."""
    api, kept = MirroringApi(), list[Wave]()

    def keep(wave: Wave) -> None:
        kept.append(wave)
        api.mirrors = False

    with pytest.raises(WaitTimeoutError, match="update"):
        waves(api, timeout_s=0.0).measure(keep)
    assert [one.name for one in kept] == ["create"]


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_a_refusal_could_not_tell(method: str) -> None:
    """A server that refuses quickly must not look fast."""
    api = MirroringApi()
    api.refused = method
    with pytest.raises(CouldNotTellError):
        waves(api).measure(lambda _: None)


def test_sources_that_somebody_else_removes_are_noticed() -> None:
    """Fewer sources are mirrored sooner."""
    api = MirroringApi()
    made = waves(api)

    def keep(wave: Wave) -> None:
        if wave.name == "create":
            del api.objects[f"/api/v1/namespaces/{api.cluster.source_namespace}/configmaps/bench-1"]

    with pytest.raises(CouldNotTellError):
        made.measure(keep)


def test_a_controller_that_does_not_answer_is_not_idle() -> None:
    """One missed answer is waited out; no answer is no empty queue."""

    class SilentPods(IdlePods):
        def answered(self) -> tuple[Page, ...]:
            raise CouldNotTellError("no controller pod answers", why="timed out", fix="-")

    with pytest.raises(WaitTimeoutError) as caught:
        waves(MirroringApi(), SilentPods(), timeout_s=0.0).measure(lambda _: None)
    assert "timed out" in caught.value.why
