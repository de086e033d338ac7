"""A recording has what each source knows, whatever the others say; taking it never fails."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from harness.clients.endpoint import UnexpectedAnswerError
from harness.clients.kubernetes import Json, KubeApi
from harness.core.alertmanager.delivery import Delivery
from harness.core.errors import CouldNotTellError
from harness.core.judge import Component, Disruption
from harness.core.judge.fault_window import FaultWindow
from harness.core.rules.file import parse_rules
from harness.core.rules.speed import Speed
from harness.core.samples import Series
from harness.core.timeline import AlertState
from harness.core.verdict import Verdict
from harness.recording.writing import Taken
from harness.scenario.recording import recording_of_scenario, recording_of_stack
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
_STALLED = Disruption(component=Component.MACHINE, start_s=1.0, end_s=2.0, cause="stalled")


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

    def scenario(self) -> tuple[Taken, ScenarioRun]:
        """What was taken of one in which something was injected."""
        with ScenarioRun(self.handles, fakes.plan()) as scenario:
            scenario.watch({PROMISE.name: fakes.SteadyWitness((False, False, True))})
            scenario.inject(fakes.NotedFault("a", lambda _: None))
            scenario.log.gave_up.append("a wait (last seen: x)")
            scenario.log.disruptions.append(_STALLED)
            return taken(scenario), scenario


def taken(scenario: ScenarioRun, failure: str = "it failed") -> Taken:
    """All of it."""
    return recording_of_scenario("t.py::test_it", scenario, verdict=Verdict.VIOLATED, failure=failure)


@pytest.fixture
def place(tmp_path: Path) -> _Place:
    """Where everything answers."""
    return _Place(tmp_path)


def test_a_scenario_s_own_notes_are_in_it(place: _Place) -> None:
    """Instants, what was done, what was waited for in vain, what its witness saw, what may fire because of it."""
    found, scenario = place.scenario()
    facts = found.facts
    assert facts.instants["inject"] == scenario.log.inject_s
    assert (facts.injected, facts.gave_up) == (("a",), ("a wait (last seen: x)",))
    assert facts.disruptions == (_STALLED,)
    first, *_ = facts.witnesses[PROMISE.name]
    assert (first.at_s, first.value, first.holds, first.note) == (1.0, None, False, "look 1")
    assert (facts.about, facts.verdict, found.failure) == ("t.py::test_it", "VIOLATED", "it failed")
    (window,) = facts.fault_windows
    assert window.start_s == scenario.log.inject_s
    assert window.alerts == frozenset({PROMISE.name})
    assert abs(facts.clock_step_s) < 1


def test_the_stack_is_in_it(place: _Place) -> None:
    """As much of it as whoever asks the samples has to know; its external labels are taken off what is read."""
    place.prometheus.external = {"cluster": "a"}
    found, _ = place.scenario()
    setting = found.facts.setting
    assert setting is not None
    assert (setting.stack, setting.speed, setting.scrape_s, setting.lookback_s) == ("embedded", 60, 0.5, 300)
    assert (setting.namespace, setting.job) == (fake_api.subject().namespace, fake_api.subject().workload.service)
    assert (setting.for_grace_s, setting.for_outage_s, setting.started_s) == (10, 60, 1.5)
    assert (setting.external_labels, setting.external_url) == ({"cluster": "a"}, "http://prometheus.example")
    assert setting.programs == {"prometheus": "3.13.5", "alertmanager": "0.31.1"}


def test_the_intervals_that_were_read_are_in_it(place: _Place) -> None:
    """Those by which is evaluated and those by which is told; what nobody has read is not asked for."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        unread = taken(scenario).facts
        pace, told = scenario.pace, scenario.delivery_pace
        read = taken(scenario).facts
    assert (unread.pace, unread.delivery_pace) == (None, None)
    assert (read.pace, read.delivery_pace) == (pace, told)


def test_what_each_source_recorded_is_in_it(place: _Place) -> None:
    """Rules as loaded, what the receiver was told, pods, events."""
    found, _ = place.scenario()
    (group,) = parse_rules(found.rules, "rules").groups
    (rule,) = group.rules
    assert (group.name, str(group.interval), rule.name, rule.expr) == (
        "g",
        "500ms",
        PROMISE.name,
        "rate(depth[5m]) > 100",
    )
    assert found.facts.deliveries == (_TOLD,)
    assert [one["name"] for one in found.facts.pods] == [_POD]
    assert [one["about"] for one in found.facts.events] == [f"Pod {_POD}"]
    assert set(found.facts.unread) == {"contract", "dashboard"}  # files that are nowhere


def test_a_look_back_that_prometheus_gives_all_groups_is_in_it(place: _Place) -> None:
    """Its API tells none of any group."""
    place.prometheus.offset_ms = 2_000
    found, _ = place.scenario()
    assert [str(one.query_offset) for one in parse_rules(found.rules, "rules").groups] == ["2s"]


def test_samples_reach_back_as_far_as_the_rules_look(place: _Place) -> None:
    """All of the subject's namespace and job, what rules read elsewhere, what they wrote, how the scrapes went."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.asked.clear()
        taken(scenario)
        start_s = scenario.log.start_s
    selectors = {selector for selector, _ in place.asked}
    assert {
        f'{{namespace="{place.handles.subject.namespace}"}}',
        f'{{job="{place.handles.subject.workload.service}"}}',
        '{__name__="depth"}',
        '{__name__=~"up|scrape_.+", metrics_path="/metrics/cadvisor"}',
        '{__name__=~"up|scrape_.+", job="kube-state-metrics"}',
        f'{{__name__="ALERTS", alertname=~"{PROMISE.name}"}}',
        f'{{__name__="ALERTS_FOR_STATE", alertname=~"{PROMISE.name}"}}',
        '{__name__="harness:evaluated"}',
    } == selectors
    assert {since_s for _, since_s in place.asked} == {
        start_s - 300 - 300 - 15 - 0.5
    }  # window, lookback, `for`, and an evaluation


def test_what_the_dashboard_asks_is_asked_for_too(place: _Place, tmp_path: Path) -> None:
    """Its panels, their variables put in; what Prometheus alone would not understand is left out."""
    targets = [{"expr": 'sum(rate(seen_total{x="$y"}[$__rate_interval]))'}, {"expr": "$unknown("}]
    file = tmp_path / "dashboard.json"
    variable = {"name": "y", "type": "constant", "query": "1"}
    panel = {"type": "graph", "targets": targets}
    file.write_text(json.dumps({"title": "d", "panels": [panel], "templating": {"list": [variable]}}))
    files = replace(place.handles.subject.files, dashboard=file, contract=file)
    place.handles = replace(place.handles, subject=replace(place.handles.subject, files=files))
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.asked.clear()
        found = taken(scenario)
    assert '{__name__="seen_total", x="1"}' in {selector for selector, _ in place.asked}
    assert (found.facts.unread, found.contract) == ({}, file.read_text())


def _wrote(found: Taken) -> tuple[set[str], set[str]]:
    return tuple({one.labels["__name__"] for one in part.series()} for part in (found.scraped, found.recorded))  # type: ignore[return-value]


def test_what_rules_wrote_is_apart_from_what_was_scraped(place: _Place) -> None:
    """So that the rules can be asked again without their own answers."""

    def samples(selector: str, _start_s: float, end_s: float) -> tuple[Series, ...]:
        names = ("depth", "up") if "depth" in selector else ("ALERTS", "harness:evaluated")
        return tuple(fakes.series(1, at_s=end_s, __name__=name, alertstate="firing", rule_group="g") for name in names)

    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.prometheus.ranges = samples
        found = taken(scenario)
    assert _wrote(found) == ({"depth", "up"}, {"ALERTS", "harness:evaluated"})


def test_the_timelines_are_in_it_as_prometheus_wrote_them(place: _Place) -> None:
    """An alert that was never active has an entry without label sets: its rule was evaluated."""

    def samples(selector: str, _start_s: float, end_s: float) -> tuple[Series, ...]:
        own = {"alertname": PROMISE.name, "alertstate": "firing"}
        found = {"evaluated": fakes.series(1, at_s=end_s, __name__="harness:evaluated", rule_group="g")}
        found['"ALERTS"'] = fakes.series(1, at_s=end_s, __name__="ALERTS", **own)
        return tuple(one for name, one in found.items() if name in selector)

    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.prometheus.ranges = samples
        (line,) = taken(scenario).facts.timelines[PROMISE.name]
        place.prometheus.ranges = lambda *asked: samples(*asked) if "evaluated" in asked[0] else ()
        silent = taken(scenario).facts.timelines
    assert [change.state for change in line.changes] == [AlertState.FIRING]
    assert line.labels == {"alertname": PROMISE.name}
    assert silent == {PROMISE.name: ()}


def test_logs_are_in_it_where_it_failed(place: _Place) -> None:
    """Of the controller's pods, and of nobody else's in its namespace."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        failed, verified = taken(scenario), taken(scenario, failure="")
    assert set(failed.logs) - {"etcd.log"} == {f"{_POD}.c.log"}
    assert (verified.logs, verified.failure) == ({}, "")


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
        found = taken(scenario)
    assert found.facts.unread[source] == "it does not answer: planted"
    empty = {name for name in ("deliveries", "pods", "events") if not getattr(found.facts, name)}
    assert empty == {*missing}
    assert found.rules
    assert bool(found.scraped.count) is (source != "Prometheus")
    assert bool(found.logs.keys() - {"etcd.log"}) is (source != "API server")
    assert found.logs["etcd.log"] == "its last words"


def test_a_source_that_failed_is_not_asked_again(place: _Place) -> None:
    """Each question to one that is silent takes seconds; one that is silent has refused nothing."""
    asked: list[str] = []

    def silent(selector: str, *_: float) -> tuple[Series, ...]:
        asked.append(selector)
        raise _GONE

    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.prometheus.ranges = silent
        found = taken(scenario)
    assert len(asked) == 1
    assert found.facts.lost == ()


def _refusing(place: _Place) -> None:
    storage = cast("fakes.FakeStorage", place.handles.storage)
    storage.refusal = UnexpectedAnswerError("Prometheus answered /api/v1/read unexpectedly", why="status 404", fix="-")


def test_where_remote_read_is_refused_queries_are_asked_and_what_is_lost_is_said(place: _Place) -> None:
    """Once: the refusal is remembered."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        _refusing(place)
        place.asked.clear()
        found = taken(scenario)
    (lost,) = found.facts.lost
    assert lost == "staleness markers: remote read was refused, and queries were asked instead (status 404)"
    assert '{__name__="depth"}' in _wrote(found)[0]
    assert "Prometheus" not in found.facts.unread


def test_a_refused_question_keeps_no_other_from_being_asked(place: _Place) -> None:
    """Prometheus is there; it only did not like this one."""

    def refusing(selector: str, _start_s: float, end_s: float) -> tuple[Series, ...]:
        if '"ALERTS"' in selector:
            raise UnexpectedAnswerError("Prometheus refuses ALERTS", why="bad_data", fix="-")
        return (fakes.series(1, at_s=end_s, __name__=selector),)

    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        _refusing(place)
        place.prometheus.ranges = refusing
        found = taken(scenario)
    assert found.facts.unread["Prometheus, Prometheus refuses ALERTS"] == "bad_data"
    assert any("ALERTS_FOR_STATE" in name for name in _wrote(found)[0])


def test_samples_in_no_order_are_said_to_be_and_left_out(place: _Place) -> None:
    """Whatever is the matter with that Prometheus: the verdict stays."""

    def odd(selector: str, _start_s: float, end_s: float) -> tuple[Series, ...]:
        one = fakes.series(1, at_s=end_s, __name__=selector)
        return (replace(one, points=(*one.points, *one.points)),)

    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        place.prometheus.ranges = odd
        found = taken(scenario)
    assert found.scraped.count == 0
    assert "two samples at one instant" in found.facts.unread["samples"]


def test_a_rule_that_is_not_understood_is_in_it_as_it_is(place: _Place) -> None:
    """Somebody's Prometheus may run with a feature flag."""
    place.prometheus.groups = fakes.loaded(PROMISE.name, query="mad_over_time(depth[5m]) > 1")
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        found = taken(scenario)
    assert "expr: mad_over_time(depth[5m]) > 1" in found.rules


def test_of_a_stack_that_has_died_only_what_was_noted_is_in_it(place: _Place) -> None:
    """Nobody is asked: there is nobody to answer."""
    with ScenarioRun(place.handles, fakes.plan()) as scenario:
        scenario.inject(fakes.NotedFault("a", lambda _: None))
        place.asked.clear()
        place.stack.dead = "etcd ended by signal 9"
        found = taken(scenario)
        place.stack.dead = None
    facts = found.facts
    assert {"Prometheus", "receiver", "API server", "Alertmanager"} <= set(facts.unread)
    assert "etcd ended by signal 9" in facts.unread["Prometheus"]
    assert (found.scraped.count, found.logs, place.asked) == (0, {"etcd.log": "its last words"}, [])
    assert facts.injected == ("a",)


def test_windows_of_scenarios_before_are_in_it_as_far_as_they_reach_into_the_samples(place: _Place) -> None:
    """An alert that still fires at its beginning has a reason."""
    place.handles.history.windows += [
        FaultWindow(start_s=1.0, end_s=2.0, alerts=None, because="long ago"),
        FaultWindow(start_s=1.0, end_s=place.handles.history.start_s - 60, alerts=None, because="just before"),
    ]
    found, _ = place.scenario()
    assert [one.because for one in found.facts.fault_windows] == ["just before", "planted (a)"]


def test_a_stack_s_life_has_its_fault_windows(place: _Place) -> None:
    """And what was recorded from its beginning on."""
    now_s = place.handles.history.start_s
    windows = (
        FaultWindow(start_s=now_s, end_s=now_s + 2.0, alerts=frozenset({"B", "A"}), because="down (a)"),
        FaultWindow(start_s=now_s + 3.0, end_s=now_s + 4.0, alerts=None, because="a fault of no row (b)"),
    )
    place.handles.history.windows += windows
    found = recording_of_stack("stack x", place.handles, verdict=Verdict.VIOLATED, failure="it fired")
    assert found.facts.about == "stack x"
    assert found.facts.fault_windows == windows
    assert {since_s for _, since_s in place.asked} == {place.handles.history.start_s - 615.5}
