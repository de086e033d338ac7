"""A dossier has what each source recorded, whatever the others say, and never fails."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import pytest

from harness.clients.endpoint import UnexpectedAnswerError
from harness.clients.kubernetes import Json, KubeApi
from harness.core.alertmanager.delivery import Delivery
from harness.core.errors import CouldNotTellError
from harness.core.files.json_text import json_text
from harness.core.judge import Component, Disruption
from harness.core.judge.fault_window import FaultWindow
from harness.core.rules.speed import Speed
from harness.core.samples import Series
from harness.scenario.dossier import dossier_of_scenario, dossier_of_stack
from harness.scenario.run import ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes

_POD = f"{fake_api.subject().workload.deployment}-1"
_GONE = CouldNotTellError("it does not answer", why="planted", fix="-")
_TOLD = Delivery(
    receiver="kubemirror-team",
    status="firing",
    labels={"alertname": PROMISE.name},
    annotations={},
    starts_at_s=1.0,
    ends_at_s=None,
    received_at_s=2.0,
    group_key="g",
    fingerprint="f",
)


class _Place:
    """A stack that recorded something everywhere."""

    def __init__(self, directory: Path) -> None:
        self.api = fake_api.FakeApi()
        namespace = fake_api.subject().namespace
        name = fake_api.subject().workload.deployment
        labels, other = {"app": "mirror"}, f"/api/v1/namespaces/{namespace}"
        self.api.put(
            f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
            {"spec": {"selector": {"matchLabels": labels}}},
        )
        status = {"containerStatuses": [{"name": "c"}]}
        self.api.put(f"{other}/pods/{name}-1", {"metadata": {"labels": labels}, "status": status})
        # somebody else's, in the same namespace
        self.api.put(f"{other}/pods/theirs", {"status": status})
        for about in (f"{name}-1", "theirs"):
            self.api.put(f"{other}/events/{about}", {"involvedObject": {"kind": "Pod", "name": about}})
        self.stack = fakes.FakeStack(Speed(60), lambda _: None)
        self.directory = directory
        (directory / "logs").mkdir()
        (directory / "logs" / "etcd.log").write_text("its last words")
        self.asked: list[tuple[str, float]] = []
        self.prometheus = fakes.FakePrometheus(
            groups=fakes.loaded(PROMISE.name, query="rate(depth[5m]) > 100"), ranges=self._samples
        )
        self.receiver = fakes.FakeReceiver([_TOLD])
        cluster = fake_api.cluster(self.api)
        handles = fakes.handles(
            prometheus=self.prometheus,
            receiver=self.receiver,
            stack=self.stack,
            cluster=replace(cluster, api=cast("KubeApi", self.api)),
        )
        self.handles: StackHandles = replace(handles, facts=replace(handles.facts, directory=directory))

    def _samples(self, selector: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        self.asked.append((selector, start_s))
        return (fakes.series(1, at_s=end_s, __name__=selector),)

    def scenario(self) -> tuple[dict[str, Any], ScenarioRun]:
        """The story of one in which something was injected, as JSON has it."""
        with ScenarioRun(self.handles, fakes.plan()) as scenario:
            scenario.watch({PROMISE.name: fakes.SteadyWitness((False, False, True))})
            scenario.inject(fakes.NotedFault("a", lambda _: None))
            scenario.log.gave_up.append("a wait (last seen: x)")
            scenario.log.disruptions.append(
                Disruption(component=Component.MACHINE, start_s=1.0, end_s=2.0, cause="stalled")
            )
            found = dossier_of_scenario("t.py::test_it", scenario)
        return json.loads(json_text(dict(found.story))), scenario


@pytest.fixture
def place(tmp_path: Path) -> _Place:
    """Where everything answers."""
    return _Place(tmp_path)


def test_a_scenario_s_own_notes_are_in_it(place: _Place) -> None:
    """Instants, what was done, what was waited for in vain, what its witness saw."""
    story, scenario = place.scenario()
    assert story["instants"]["inject"] == scenario.log.inject_s
    assert (story["injected"], story["gave_up"]) == (["a"], ["a wait (last seen: x)"])
    assert story["troubles"] == [{"place": "the machine", "start": 1.0, "end": 2.0, "cause": "stalled"}]
    looks = story["witnesses"][PROMISE.name]
    assert looks[0] == {"at": 1.0, "value": None, "holds": False, "note": "look 1"}
    assert (story["stack"], story["speed"]) == ("embedded", 60)


def test_the_intervals_that_were_read_are_in_it(place: _Place) -> None:
    """Those by which is evaluated and those by which is told; what nobody has read is not asked for."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        unread = dossier_of_scenario("t", scenario).story
        pace, told = scenario.pace, scenario.delivery_pace
        read = dossier_of_scenario("t", scenario).story
    assert (unread["pace"], unread["delivery_pace"]) == (None, None)
    assert (read["pace"], read["delivery_pace"]) == (asdict(pace), asdict(told))


def test_what_each_source_recorded_is_in_it(place: _Place) -> None:
    """Rules as loaded, what the receiver was told, pods, events."""
    story, _ = place.scenario()
    assert story["rules"][0].startswith(f"g, every 500ms, 1 of 1: {PROMISE.name} = rate(depth[5m]) > 100 for 15s")
    assert story["deliveries"][0]["labels"] == {"alertname": PROMISE.name}
    assert [one["name"] for one in story["pods"]] == [_POD]
    assert [one["about"] for one in story["events"]] == [f"Pod {_POD}"]
    assert story["unread"] == {}


def test_samples_reach_back_as_far_as_the_rules_look(place: _Place) -> None:
    """What they read, in the subject's namespace; what came of it; how the scrapes went; when rules were evaluated."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.asked.clear()
        found = dossier_of_scenario("t", scenario)
        start_s = scenario.log.start_s
    selectors = [selector for selector, _ in place.asked]
    inside = f'namespace="{place.handles.subject.namespace}"'
    assert f'{{__name__="depth", {inside}}}' in selectors
    names = {selector.partition("{")[0] for selector in selectors}
    assert {"ALERTS", "ALERTS_FOR_STATE", "up", "scrape_duration_seconds"} <= names
    assert any("evaluated" in selector for selector in selectors)
    assert {since_s for _, since_s in place.asked} == {start_s - 300}
    assert len(found.samples) == len(selectors) == len(set(selectors))


def test_logs_are_in_it(place: _Place) -> None:
    """Of the controller's pods, and of nobody else's in its namespace."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        found = dossier_of_scenario("t", scenario)
    assert set(found.logs) == {f"{_POD}.c.log"}


def _silent_prometheus(place: _Place) -> None:
    def silent(*_: object) -> tuple[Series, ...]:
        raise _GONE

    place.prometheus.ranges = silent


def _silent_receiver(place: _Place) -> None:
    def silent(**_: object) -> tuple[Delivery, ...]:
        raise _GONE

    place.receiver.deliveries = silent  # type: ignore[method-assign]


def _silent_api(place: _Place) -> None:
    def silent(*_: object, **__: object) -> list[Json]:
        raise _GONE

    place.api.items = silent  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("source", "silence", "missing"),
    [
        ("Prometheus", _silent_prometheus, ()),
        ("receiver", _silent_receiver, ("deliveries",)),
        ("API server", _silent_api, ("pods", "events")),
    ],
)
def test_a_source_that_is_silent_is_named_and_takes_nothing_from_the_others(
    place: _Place, source: str, silence: Callable[[_Place], None], missing: tuple[str, ...]
) -> None:
    """And is not asked again."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        silence(place)
        found = dossier_of_scenario("t", scenario)
    story = found.story
    assert story["unread"] == {source: "it does not answer: planted"}
    lists = {name for name in ("rules", "deliveries", "pods", "events") if not story[name]}
    assert lists == {*missing}
    assert bool(found.samples) is (source != "Prometheus")
    assert bool(found.logs.keys() - {"etcd.log"}) is (source != "API server")
    assert found.logs["etcd.log"] == "its last words"


def test_a_source_that_failed_is_not_asked_again(place: _Place) -> None:
    """Each question to one that is silent takes seconds."""
    asked: list[str] = []

    def silent(selector: str, *_: float) -> tuple[Series, ...]:
        asked.append(selector)
        raise _GONE

    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.prometheus.ranges = silent
        dossier_of_scenario("t", scenario)
    assert len(asked) == 1


def test_a_refused_question_keeps_no_other_from_being_asked(place: _Place) -> None:
    """Prometheus is there; it only did not like this one."""

    def refusing(selector: str, *_: float) -> tuple[Series, ...]:
        if selector.startswith("ALERTS{"):
            raise UnexpectedAnswerError("Prometheus refuses ALERTS", why="bad_data", fix="-")
        return (Series(labels={"asked": selector}, points=()),)

    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.prometheus.ranges = refusing
        found = dossier_of_scenario("t", scenario)
    assert found.story["unread"] == {"Prometheus, Prometheus refuses ALERTS": "bad_data"}
    assert any(one.labels["asked"].startswith("ALERTS_FOR_STATE{") for one in found.samples)


def test_a_rule_that_is_not_understood_is_in_it_as_it_is(place: _Place) -> None:
    """Somebody's Prometheus may run with a feature flag."""
    place.prometheus.groups = fakes.loaded(PROMISE.name, query="mad_over_time(depth[5m]) > 1")
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        found = dossier_of_scenario("t", scenario)
    assert any("mad_over_time(depth[5m]) > 1" in line for line in found.story["rules"])


def test_of_a_stack_that_has_died_only_what_was_noted_is_in_it(place: _Place) -> None:
    """Nobody is asked: there is nobody to answer."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        scenario.inject(fakes.NotedFault("a", lambda _: None))
        place.asked.clear()
        place.stack.dead = "etcd ended by signal 9"
        found = dossier_of_scenario("t", scenario)
        place.stack.dead = None
    assert set(found.story["unread"]) == {"Prometheus", "receiver", "API server"}
    assert "etcd ended by signal 9" in found.story["unread"]["Prometheus"]
    assert (found.samples, found.logs, place.asked) == ((), {"etcd.log": "its last words"}, [])
    assert found.story["injected"] == ["a"]


def test_a_stack_s_life_has_its_fault_windows(place: _Place) -> None:
    """And what was recorded from its beginning on."""
    place.handles.history.windows += [
        FaultWindow(start_s=1.0, end_s=2.0, alerts=frozenset({"B", "A"}), because="down (a)"),
        FaultWindow(start_s=3.0, end_s=4.0, alerts=None, because="a fault of no row (b)"),
    ]
    found = dossier_of_stack("stack x", place.handles)
    story = json.loads(json_text(dict(found.story)))
    assert found.about == "stack x"
    assert story["fault_windows"] == [
        {"start": 1.0, "end": 2.0, "because": "down (a)", "may_fire": ["A", "B"]},
        {"start": 3.0, "end": 4.0, "because": "a fault of no row (b)", "may_fire": None},
    ]
    assert {since_s for _, since_s in place.asked} == {place.handles.history.start_s - 300}
