"""The handover of the lease: one pod is replaced, and how the lease went on is what was measured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json
from harness.core.contract.quantity import Quantity
from harness.core.handover import Handover
from harness.faults.cluster import Cluster
from harness.scenario.stack_handles import StackHandles
from harness.session.handover import measure_handover
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime
from harness.waiting import NotYet, WaitTimeoutError

_LEASE = "/apis/coordination.k8s.io/v1/namespaces/other-system/leases/other-leader"
_PODS = "/api/v1/namespaces/other-system/pods"
#: seconds after the old pod was deleted: it is gone, and the new one is ready
_GONE_S, _READY_S = 0.6, 1.8
_RETRY_S = 2.0


@dataclass
class _World:
    """A controller whose pod is replaced, in virtual time: who holds the lease, and since when."""

    clock: VirtualTime
    api: "_Api"
    handles: StackHandles

    def holds(self, name: str, duration_s: int = 15) -> None:
        """Somebody of this name holds the lease."""
        renewed = datetime.fromtimestamp(self.clock.now_s // _RETRY_S * _RETRY_S, UTC).isoformat()
        spec = {"holderIdentity": name, "leaseDurationSeconds": duration_s, "renewTime": renewed}
        self.api.put(_LEASE, {"spec": spec})


class _Api(fake_api.FakeApi):
    """Goes on by the clock once a pod was deleted."""

    def __init__(self, clock: VirtualTime, *, taken_after_s: float | None) -> None:
        super().__init__()
        self.clock, self.taken_after_s = clock, taken_after_s
        self.deleted_s: float | None = None
        self.deleted = ""
        self.world: _World | None = None

    def send(self, request: ApiRequest) -> ApiAnswer:
        """A deletion takes its time; whatever is asked, it is as it is by then."""
        if request.method == "DELETE" and request.path.startswith(_PODS):
            self.deleted, self.deleted_s = request.path, self.clock.now_s
            return fake_api.answer(200)
        self._go_on()
        return super().send(request)

    def items(self, path: str, *, labels: Mapping[str, str] | str = "") -> list[Json]:
        """As it is by then."""
        self._go_on()
        return super().items(path, labels=labels)

    def _go_on(self) -> None:
        if self.deleted_s is None or self.world is None:
            return
        passed_s = self.clock.now_s - self.deleted_s
        if passed_s >= _GONE_S:
            self.objects.pop(self.deleted, None)
            if f"{_PODS}/manager-new" not in self.objects:
                fake_api.pod(self, "manager-new", uid="new")
        if passed_s >= _READY_S:
            self.objects[f"{_PODS}/manager-new"]["status"]["conditions"] = [{"type": "Ready", "status": "True"}]
        if self.taken_after_s is not None and passed_s >= self.taken_after_s:
            self.world.holds("manager-new_7")


def _healthy(_handles: StackHandles) -> None:
    """As the subject always is."""


def _world(clock: VirtualTime, monkeypatch: pytest.MonkeyPatch, *, taken_after_s: float | None) -> _World:
    monkeypatch.setattr("harness.session.handover.time", clock)
    api = _Api(clock, taken_after_s=taken_after_s)
    fake_api.deployment(api)
    fake_api.pod(api, "manager-standby", uid="s", deletionTimestamp="now")
    fake_api.pod(api, "manager-other", uid="o")
    fake_api.pod(api, "manager-old", uid="1")
    cluster: Cluster = fake_api.cluster(api)
    world = api.world = _World(clock, api, fakes.handles(cluster=cluster))
    world.holds("manager-old_1")
    return world


def test_a_lease_that_is_given_up_is_no_matter_of_its_duration(
    clock: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever leads is replaced, and no other; the alerts that may fire for it have a window for it."""
    world = _world(clock, monkeypatch, taken_after_s=None)
    start_s = clock.now_s
    found = _measured(world, released_at_s=0.3)
    assert world.api.deleted == f"{_PODS}/manager-old"
    assert (found.lease, found.lease_s, found.released, found.retry_s) == ("other-system/other-leader", 15.0, True, 0.0)
    (window,) = world.handles.history.windows
    assert (window.start_s, window.end_s) == (start_s, clock.now_s)
    assert "how long nobody leads" in window.because


def _measured(world: _World, *, released_at_s: float) -> Handover:
    """Measures a controller that gives its lease up so many seconds after its pod was deleted."""
    go_on = world.api._go_on

    def released() -> None:
        go_on()
        if world.api.deleted_s is not None and world.clock.now_s - world.api.deleted_s >= released_at_s:
            world.holds("", 1)

    world.api._go_on = released  # type: ignore[method-assign]
    found = measure_handover(world.handles, _healthy)
    assert found is not None
    return found


def test_a_lease_that_runs_out_is_measured_with_its_renewals(
    clock: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its duration as it was held, the start of the pod, and how often the new one renews."""
    world = _world(clock, monkeypatch, taken_after_s=17.0)
    found = measure_handover(world.handles, _healthy)
    assert found is not None
    assert (found.lease_s, found.released, found.retry_s) == (15.0, False, _RETRY_S)
    assert found.start_s == pytest.approx(_READY_S - _GONE_S, abs=0.2)
    assert found.leaderless_s == pytest.approx(1.2 + 15 + 4.4, abs=0.2)


def test_a_lease_that_nobody_takes_any_more_is_told(clock: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the window is declared all the same: its alerts fire rightly."""
    world = _world(clock, monkeypatch, taken_after_s=None)
    with pytest.raises(WaitTimeoutError, match="lease taken by another pod: not within 60 s"):
        measure_handover(world.handles, _healthy)
    assert len(world.handles.history.windows) == 1


@pytest.mark.parametrize("spec", [{}, {"holderIdentity": ""}, {"holderIdentity": "a", "leaseDurationSeconds": 0}])
def test_where_nobody_holds_a_lease_nothing_is_replaced(
    clock: VirtualTime, monkeypatch: pytest.MonkeyPatch, spec: Json
) -> None:
    """Election may be switched off."""
    world = _world(clock, monkeypatch, taken_after_s=None)
    world.api.put(_LEASE, {"spec": spec})
    assert measure_handover(world.handles, _healthy) is None
    del world.api.objects[_LEASE]
    assert measure_handover(world.handles, _healthy) is None
    assert (world.api.deleted, world.handles.history.windows) == ("", [])


def test_a_subject_that_is_not_healthy_is_not_measured(clock: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be measured is something else."""
    world = _world(clock, monkeypatch, taken_after_s=None)
    with pytest.raises(WaitTimeoutError, match="healthy controller: not within"):
        measure_handover(world.handles, lambda _handles: NotYet("0 targets"))
    assert world.api.deleted == ""


def test_only_alerts_about_leading_and_serving_may_fire_for_it(
    clock: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue has nothing to do with it."""
    leads = replace(PROMISE, name="Leads", threshold=replace(PROMISE.threshold, quantity=Quantity.LEADING_REPLICAS))
    world = _world(clock, monkeypatch, taken_after_s=16.0)
    handles = replace(world.handles, contract=fakes.contract(PROMISE, leads))
    measure_handover(handles, _healthy)
    (window,) = handles.history.windows
    assert window.alerts == frozenset({"Leads"})
