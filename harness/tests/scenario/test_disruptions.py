"""Disruptions: whatever happens to the place and is no fault's doing is told; what a fault does is not."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.clients.kubernetes import Json
from harness.core.errors import CouldNotTellError
from harness.core.judge import Component, Disruption
from harness.core.marks import RUN_LABEL
from harness.core.rules.speed import Speed
from harness.core.samples import Point, Series
from harness.faults.fault import Fault, Wear
from harness.scenario.disruptions import STANDSTILL_S, Disruptions, PodSeen, changes
from harness.scenario.run import ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.stacks.base import Outage
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime

_START_S, _END_S = 1_000_000.0, 1_000_010.0
_RECEIVER = "/api/v1/pods/receiver"
_CONTROLLER = "/api/v1/namespaces/other-system/pods/one"


def _status(*, restarts: int = 0, exit_code: int | None = None, over: bool = False) -> Json:
    ended = {"terminated": {"exitCode": exit_code, "reason": "Error"}}
    return {
        "name": "manager",
        "restartCount": restarts,
        "state": ended if over else {"running": {}},
        "lastState": {} if exit_code is None or over else ended,
    }


@dataclass
class _Place:
    """A healthy controller and an agent, in an API server and a Prometheus of the test's own."""

    api: fake_api.FakeApi
    stack: fakes.FakeStack
    prometheus: fakes.FakePrometheus
    accidents: Disruptions

    def found(self, *stalls: Disruption, prometheus_restarted: bool = False) -> tuple[str, ...]:
        """What is told of the usual ten seconds."""
        return self.accidents.found(
            start_s=_START_S, end_s=_END_S, stalls=stalls, prometheus_restarted=prometheus_restarted
        )

    def beats(self, *instants: float) -> None:
        """The rules are evaluated at these instants after the start, and at no others."""
        points = tuple(Point(at_s=_START_S + instant, value=1) for instant in instants)
        self.prometheus.ranges = lambda _query, _start_s, _end_s: (Series(labels={"rule_group": "g"}, points=points),)

    def becomes(self, path: str, status: Json) -> None:
        """The pod's container goes on like this."""
        self.api.put(path, {**self.api.objects[path], "status": {"containerStatuses": [status]}})


@pytest.fixture
def place(tmp_path: Path, clock: VirtualTime) -> Iterator[_Place]:
    """Everything well until a test says otherwise."""
    del clock  # whoever waits does so by it
    api = fake_api.FakeApi()
    fake_api.deployment(api)
    fake_api.pod(api, "one", uid="1", namespace="other-system")
    api.put(_RECEIVER, {"metadata": {"uid": "2", "namespace": "h", "labels": {RUN_LABEL: fake_api.RUN}}})
    stack, prometheus = fakes.FakeStack(Speed(60), lambda _: None), fakes.FakePrometheus()
    handles: StackHandles = fakes.handles(stack=stack, prometheus=prometheus, cluster=fake_api.cluster(api))
    accidents = Disruptions(replace(handles, facts=fakes.facts(Speed(60), tmp_path)))
    made = _Place(api, stack, prometheus, accidents)
    made.beats(*range(11))
    for path in (_RECEIVER, _CONTROLLER):
        made.becomes(path, _status())
    accidents.begin()
    yield made
    accidents.stop()


def test_where_nothing_happened_nothing_is_told(place: _Place) -> None:
    """Also of a pod that was added meanwhile."""
    fake_api.pod(place.api, "two", uid="3")
    assert place.found() == ()


def test_a_dead_component_is_told_and_nobody_else_is_asked(place: _Place) -> None:
    """Who would answer may be what died."""
    place.stack.dead = "etcd exited"
    place.api.requests.clear()
    place.prometheus.asked.clear()
    assert place.found() == ("lost a component: etcd exited",)
    assert place.api.requests == []
    assert place.prometheus.asked == []


@pytest.mark.parametrize("path", [_RECEIVER, _CONTROLLER])
@pytest.mark.parametrize(
    ("status", "times"),
    [
        pytest.param(_status(restarts=1, exit_code=137), 1, id="started again"),
        pytest.param(_status(exit_code=137, over=True), 1, id="not started again yet"),
        pytest.param(_status(restarts=2, exit_code=137, over=True), 3, id="again and again"),
    ],
)
def test_a_container_that_ended_is_told(place: _Place, path: str, status: Json, times: int) -> None:
    """Of the controller, and of the harness's own pods."""
    place.becomes(path, status)
    (told,) = place.found()
    name = place.api.objects[path]["metadata"]
    assert told == (
        f"container manager of pod {name['namespace']}/{name['name']} ended {times} time(s), the last with "
        "exit code 137, Error, and no fault does that"
    )


@pytest.mark.parametrize(
    "go", [lambda objects: objects.pop(_CONTROLLER), lambda objects: objects[_CONTROLLER]["metadata"].update(uid="9")]
)
def test_a_pod_that_is_gone_or_another_is_told(place: _Place, go: Callable[[dict[str, Json]], object]) -> None:
    """Somebody deleted it."""
    go(place.api.objects)
    assert place.found() == ("pod other-system/one was removed or replaced, and no fault does that",)


def test_a_prometheus_that_was_restarted_on_purpose_is_no_accident(place: _Place) -> None:
    """Where it is installed for the run its pod has the run's label too; whatever else ends beside it is one."""
    place.becomes(_RECEIVER, {**_status(restarts=0), "name": "prometheus"})
    place.accidents._before = None
    place.accidents.begin()
    place.becomes(_RECEIVER, {**_status(restarts=1, exit_code=0), "name": "prometheus"})
    assert place.found(prometheus_restarted=True) == ()
    assert any("container prometheus" in one for one in place.found())
    place.becomes(_CONTROLLER, _status(restarts=1, exit_code=0))
    assert any("container manager" in one for one in place.found(prometheus_restarted=True))


def test_a_pod_on_its_way_out_is_gone(place: _Place) -> None:
    """Its end is only a matter of time."""
    place.api.objects[_RECEIVER]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert place.found() == ("pod h/receiver was removed or replaced, and no fault does that",)


def _fault(name: str, wear: Wear) -> Fault:
    class _Planted(fakes.NotedFault):
        pass

    _Planted.wear = wear
    return _Planted(name, lambda _: None)


def test_a_fault_that_ends_containers_explains_the_controller_s_and_no_other(place: _Place) -> None:
    """The receiver is never a fault's target."""
    for path in (_RECEIVER, _CONTROLLER):
        place.becomes(path, _status(restarts=1, exit_code=137))
    place.accidents.expects(_fault("crash-loop", Wear.ENDS))
    (told,) = place.found()
    assert "pod h/receiver" in told


@pytest.mark.parametrize("wear", [Wear.NONE, Wear.REPLACES])
def test_a_container_that_ends_under_a_fault_is_an_accident_of_it(place: _Place, wear: Wear) -> None:
    """A limit came down, and the kernel ended the process: the fault is named, and so is how."""
    place.accidents.expects(_fault("memory-squeeze", wear))
    place.becomes(_CONTROLLER, _status(restarts=2, exit_code=137))
    (told,) = place.found()
    ended = "container manager of pod other-system/one ended 2 time(s), the last with exit code 137, Error"
    assert told == f"{ended}, which memory-squeeze is not meant to do"


def test_pods_that_a_fault_replaces_are_no_accident_and_their_ends_are(place: _Place) -> None:
    """Where nothing is resized in place others come; one of them that was started again was hurt."""
    place.accidents.expects(_fault("slow-api", Wear.NONE))
    place.accidents.expects(_fault("cpu-squeeze", Wear.REPLACES))
    del place.api.objects[_CONTROLLER]
    fake_api.pod(place.api, "two", uid="7", namespace="other-system")
    assert place.found() == ()
    place.becomes(_CONTROLLER.replace("one", "two"), _status(restarts=1, exit_code=2))
    (told,) = place.found()
    assert told.startswith("container manager of pod other-system/two ended 1 time(s)")
    assert told.endswith("which slow-api and cpu-squeeze are not meant to do")


def test_what_ended_is_told_although_its_pod_is_gone_by_then(place: _Place) -> None:
    """It was looked at before the fault was undone, which replaced the pod; and it is told once."""
    place.accidents.expects(_fault("memory-squeeze", Wear.REPLACES))
    place.becomes(_CONTROLLER, _status(restarts=1, exit_code=137))
    place.accidents.look()
    del place.api.objects[_CONTROLLER]
    assert len(place.found()) == 1
    assert len(place.found()) == 1


def test_a_pod_that_goes_where_none_is_to_go_is_told_with_the_faults(place: _Place) -> None:
    """Slow writes replace nobody."""
    place.accidents.expects(_fault("slow-api", Wear.NONE))
    del place.api.objects[_CONTROLLER]
    assert place.found() == ("pod other-system/one was removed or replaced, which slow-api is not meant to do",)


def test_nobody_looks_where_containers_are_meant_to_end(place: _Place) -> None:
    """Nor before the scenario has begun."""
    place.accidents.expects(_fault("killed-pod", Wear.ENDS))
    place.api.requests.clear()
    place.accidents.look()
    Disruptions(fakes.handles()).look()
    assert place.api.requests == []


def test_the_pods_are_looked_at_before_a_fault_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that fails keeps nothing from being undone."""
    log: list[str] = []

    def look(_: Disruptions) -> None:
        log.append("look")
        raise CouldNotTellError("no answer", why="planted", fix="-")

    monkeypatch.setattr(Disruptions, "look", look)
    with ScenarioRun(fakes.handles(), fakes.plan(faults=("a",))) as scenario:
        scenario.inject(fakes.NotedFault("a", log.append))
        scenario.recover()
    assert log == ["inject a", "look", "undo a"]


def test_what_was_broken_before_is_no_accident(place: _Place) -> None:
    """Only what happened since the beginning counts, and it begins once."""
    place.becomes(_CONTROLLER, _status(restarts=1, exit_code=137))
    place.accidents.begin()
    assert len(place.found()) == 1
    seen = PodSeen.of(copy.deepcopy(place.api.objects[_CONTROLLER]))
    assert list(changes({"1": seen}, {"1": seen})) == []


def test_pods_are_not_asked_for_where_nothing_was_seen_before(place: _Place) -> None:
    """A scenario that failed before it began says why itself."""
    place.accidents._before = None
    place.api.objects.clear()
    assert place.found() == ()


def test_who_cannot_be_asked_is_told(place: _Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can say then that nothing happened."""

    def refuse(_path: str, *, labels: object = "") -> list[Json]:
        raise CouldNotTellError("no answer", why=f"planted {labels}", fix="-")

    monkeypatch.setattr(place.api, "items", refuse)
    (told,) = place.found()
    assert told.startswith("the pods could not be looked at: no answer (planted")


def test_whoever_is_silent_may_have_died(place: _Place, clock: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its silence is heard at once, and its death known seconds later: then that is told, and nothing else."""

    def refuse(_path: str, *, labels: object = "") -> list[Json]:
        raise CouldNotTellError("no answer", why=f"planted {labels}", fix="-")

    def ended() -> str | None:
        return "the node's container exited" if clock.now_s - began_s >= 5 else None

    began_s = clock.now_s
    monkeypatch.setattr(place.api, "items", refuse)
    monkeypatch.setattr(place.stack, "ended", ended)
    assert place.found() == ("lost a component: the node's container exited",)


@pytest.mark.parametrize(
    ("instants", "told"),
    [
        pytest.param((0, 1, 3, 5, 7, 9), False, id="a bit late"),
        pytest.param((0, 1, 3.5, 5, 7, 9), True, id="in the middle"),
        pytest.param((3, 5, 7, 9), True, id="at the beginning"),
        pytest.param((0, 2, 4, 6), True, id="at the end"),
    ],
)
def test_a_prometheus_that_stood_still_is_told(place: _Place, instants: tuple[float, ...], *, told: bool) -> None:
    """Wherever the evaluations are missing, unless it was restarted on purpose."""
    place.beats(*instants)
    assert place.found(prometheus_restarted=True) == ()
    assert bool(place.found()) is told
    assert all("of rule group g" in one for one in place.found())


def test_slow_rules_may_be_evaluated_slowly(place: _Place) -> None:
    """At a low speed, seconds between two evaluations are as they should be."""
    place.prometheus.groups = fakes.loaded(PROMISE.name, interval=2)
    place.beats(0, 5, 10)
    assert place.found() == ()
    place.beats(0, 6.5, 10)
    assert place.found() == ("no evaluation for 6.5 s of rule group g",)


@pytest.mark.parametrize(
    ("start_s", "length_s", "told"),
    [
        pytest.param(_START_S + 1, STANDSTILL_S, True, id="long"),
        pytest.param(_START_S + 1, STANDSTILL_S - 0.1, False, id="short"),
        pytest.param(_START_S - 9, 5, False, id="before the scenario"),
    ],
)
def test_a_watcher_that_stood_still_is_told(place: _Place, start_s: float, length_s: float, *, told: bool) -> None:
    """Short stalls are left to the judge, who knows what they excuse."""
    stall = Disruption(component=Component.MACHINE, start_s=start_s, end_s=start_s + length_s, cause="stood still")
    assert place.found(stall) == (("this process stood still",) if told else ())


def test_a_full_disk_is_told_first(place: _Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what makes others die."""
    monkeypatch.setattr("harness.witness.disk.FULL_BYTES", 1 << 62)
    place.stack.dead = "etcd exited"
    disk, component = place.found()
    assert disk.startswith("no room on the disk of")
    assert component == "lost a component: etcd exited"


@pytest.mark.parametrize(
    ("end_s", "restarted", "told"),
    [
        (12.5, False, ("port-forward to pod/p was down for 1.5 s: lost connection to pod",)),
        (None, False, ("port-forward to pod/p was down and still is: lost connection to pod",)),
        (11.0, False, ()),
        (12.5, True, ()),
    ],
    ids=["meanwhile", "still", "before", "on purpose"],
)
def test_a_way_that_was_down_is_an_accident(end_s: float | None, *, restarted: bool, told: tuple[str, ...]) -> None:
    """Whoever read through it read nothing. That to a Prometheus that is restarted on purpose goes with it."""
    stack = fakes.FakeStack(Speed(60), lambda _: None)
    stack.unreached = (Outage(what="port-forward to pod/p", start_s=11, end_s=end_s, why="lost connection to pod"),)
    found = Disruptions(fakes.handles(stack=stack)).found(start_s=12, end_s=20, prometheus_restarted=restarted)
    assert tuple(one for one in found if "port-forward" in one) == told


def test_a_scenario_that_could_not_be_judged_says_what_happened() -> None:
    """Before what it ended with; the life of the whole stack is told as well."""
    stack = fakes.FakeStack(Speed(60), lambda _: None)
    handles = fakes.handles(stack=stack)
    with ScenarioRun(handles, fakes.plan()) as scenario:
        stack.dead = "etcd exited"
        told = scenario.cause_of(CouldNotTellError("no answer", why="planted", fix="-"))
    assert told.splitlines()[:2] == ["accident: lost a component: etcd exited", "no answer"]
    (disruption,) = handles.history.in_scenarios
    assert (disruption.component, disruption.cause) == (Component.MACHINE, "lost a component: etcd exited")
    assert handles.history.disruptions == (disruption,)


def test_a_fault_is_not_taken_back_from_a_stack_that_goes() -> None:
    """Nobody waits for an API server that is gone: the stack is taken away with all that is in it."""
    log: list[str] = []
    stack = fakes.FakeStack(Speed(60), lambda _: None)
    with ScenarioRun(fakes.handles(stack=stack), fakes.plan(faults=("a", "b"))) as scenario:
        scenario.inject(fakes.NotedFault("a", log.append))
        stack.dead = "kube-apiserver exited"
        scenario.recover()
    assert log == ["inject a"]
    assert scenario.standing == []
