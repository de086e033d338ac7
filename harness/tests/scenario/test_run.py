"""A scenario notes what happens and takes everything back, whatever fails on the way."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import pytest

from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.judge import Component, Judgement, Pace
from harness.core.reading import Reading
from harness.core.rules.speed import Speed
from harness.core.samples import Series
from harness.core.scenario import ScenarioLog, ScenarioPlan
from harness.faults.fault import Fault
from harness.scenario.run import SITUATION, RunParts, ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime
from harness.waiting import AwaitedGoneError, WaitTimeoutError

_PLAN = fakes.plan(faults=("a", "b", "c", "half"))
(_TARGET,) = _PLAN.targets
_OTHER = replace(PROMISE, name="Other")
_REFUSAL = CouldNotTellError("undo refused", why="planted", fix="-")


def _fault(name: str, log: list[str], *, lingers_s: float = 0.0, **refusals: Exception) -> Fault:
    return fakes.NotedFault(name, log.append, lingers_s=lingers_s, **refusals)


def _play(scenario: ScenarioRun, *acts: Callable[[], object]) -> None:
    with scenario:
        for act in acts:
            act()


def _interrupt() -> None:
    raise KeyboardInterrupt


def _stall_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "stall-watch"]


def test_leaving_takes_back_the_last_fault_first() -> None:
    """A fault may build on the one before it."""
    log: list[str] = []
    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        scenario.inject(_fault("a", log))
        scenario.inject(_fault("b", log))
    assert log == ["inject a", "inject b", "undo b", "undo a"]
    assert scenario.standing == []


def test_an_error_in_the_body_takes_back_all_the_same() -> None:
    """However the scenario ends."""
    log: list[str] = []
    scenario = ScenarioRun(fakes.handles(), _PLAN)
    with pytest.raises(KeyboardInterrupt):
        _play(scenario, lambda: scenario.inject(_fault("a", log)), _interrupt)
    assert log == ["inject a", "undo a"]


def test_an_undo_that_fails_keeps_no_other_from_being_done() -> None:
    """All are tried; the error comes out at the end, and threads are gone."""
    log: list[str] = []
    scenario = ScenarioRun(fakes.handles(), _PLAN)
    faults = (_fault("a", log), _fault("b", log, refuses_undo=_REFUSAL), _fault("c", log))
    with pytest.raises(CouldNotTellError, match="undo refused"):
        _play(
            scenario,
            lambda: scenario.on_close(lambda: log.append("first registered")),
            *(partial(scenario.inject, fault) for fault in faults),
        )
    assert log[3:] == ["undo c", "undo b", "undo a", "first registered"]
    assert not _stall_threads()


def test_a_fault_whose_injection_failed_is_taken_back() -> None:
    """Half a damage is damage."""
    log: list[str] = []
    scenario = ScenarioRun(fakes.handles(), _PLAN)
    with pytest.raises(CouldNotTellError), scenario:
        scenario.inject(_fault("half", log, refuses_inject=_REFUSAL))
    assert log == ["inject half", "undo half"]
    assert scenario.log.injected == ["half"]


def test_recover_notes_the_instant_after_the_last_undo(clock: VirtualTime) -> None:
    """The first injection and the last undo are the ends of the damage."""
    log: list[str] = []

    def slow(line: str) -> None:
        log.append(line)
        clock.now_s += 1

    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        begun_s = clock.now_s
        scenario.inject(fakes.NotedFault("a", slow))
        scenario.inject(fakes.NotedFault("b", slow))
        scenario.recover()
        assert scenario.log.inject_s == begun_s
        assert scenario.log.undo_s == begun_s + 4
    assert log == ["inject a", "inject b", "undo b", "undo a"], "nothing is taken back twice"


def test_a_recover_that_fails_is_completed_at_the_end() -> None:
    """The fault that stood below it has its turn, and nobody believes that it was over."""
    log: list[str] = []
    scenario = ScenarioRun(fakes.handles(), _PLAN)
    faults = (_fault("a", log), _fault("b", log, refuses_undo=_REFUSAL))
    with pytest.raises(CouldNotTellError):
        _play(scenario, *(partial(scenario.inject, fault) for fault in faults), scenario.recover)
    assert log[2:] == ["undo b", "undo b", "undo a"]
    assert scenario.log.undo_s is None


def test_the_namespaces_are_there_before_anything_else() -> None:
    """Both of the run's."""
    api = fake_api.FakeApi()
    with ScenarioRun(fakes.handles(cluster=fake_api.cluster(api)), ScenarioPlan()):
        assert sorted(path.rpartition("-")[2] for path in api.objects) == ["source", "target"]


def test_a_scenario_that_cannot_begin_leaves_no_thread() -> None:
    """The API server refuses the namespaces."""
    api = fake_api.FakeApi()
    api.interfere = lambda _: fake_api.answer(403)
    with pytest.raises(CouldNotTellError), ScenarioRun(fakes.handles(cluster=fake_api.cluster(api)), ScenarioPlan()):
        pytest.fail("the body must not run")
    assert not _stall_threads()


def test_a_wait_gives_up_on_time_only() -> None:
    """Time that is up is noted for the reader and the scenario goes on; anything else ends it."""

    def raising(error: Exception) -> Callable[[], None]:
        def waiting() -> None:
            raise error

        return waiting

    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        scenario.wait(raising(WaitTimeoutError("notification: not within 3 s", why="last seen: nothing", fix="-")))
        assert scenario.log.gave_up == ["notification: not within 3 s (last seen: nothing)"]
        for error in (AwaitedGoneError("x", why="died", fix="-"), CouldNotTellError("x", why="mute", fix="-")):
            with pytest.raises(type(error)):
                scenario.wait(raising(error))
    assert len(scenario.log.gave_up) == 1


def test_a_witness_has_looked_before_the_fault_and_stops_with_the_scenario() -> None:
    """Two looks at least, so that the absence of the condition was seen."""
    witness = fakes.SteadyWitness()
    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        assert scenario.readings(_TARGET) == ()
        scenario.watch({PROMISE.name: witness})
        assert len(scenario.readings(_TARGET)) >= 2
        assert witness.closed == 0
    assert witness.closed == 1
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("witness")]


def test_each_alert_has_the_readings_of_its_own_witness() -> None:
    """What one witness sees says nothing about the other alert."""
    plan = fakes.plan(PROMISE, _OTHER)
    with ScenarioRun(fakes.handles(), plan) as scenario:
        scenario.watch({PROMISE.name: fakes.SteadyWitness((True,)), "Other": fakes.SteadyWitness((False,))})
        seen = [{reading.holds for reading in scenario.readings(target)} for target in plan.targets]
    assert seen == [{True}, {False}]


def test_a_situation_is_seen_for_every_alert() -> None:
    """Where a fault must not page anybody, there is one witness of the fault."""
    plan = fakes.plan(PROMISE, _OTHER)
    with ScenarioRun(fakes.handles(), plan) as scenario:
        scenario.watch({SITUATION: fakes.SteadyWitness((True,))})
        first, second = (scenario.readings(target) for target in plan.targets)
    assert first
    assert first[0] == second[0]


def test_of_an_alert_without_a_witness_nothing_was_seen() -> None:
    """Another alert's witness does not stand in for it."""
    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        scenario.watch({"Other": fakes.SteadyWitness()})
        assert scenario.readings(_TARGET) == ()


def test_every_witness_has_looked_before_the_fault() -> None:
    """One that says nothing holds the scenario up, whatever the others say."""

    class _Blind(fakes.SteadyWitness):
        def observe(self) -> Reading:
            raise CouldNotTellError("no look", why="planted", fix="-")

    blind, seeing = _Blind(), fakes.SteadyWitness()
    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        scenario.watch({PROMISE.name: seeing, "Other": blind})
        readings = [recorder.readings for recorder in scenario._recorders.values()]
    assert [len(found) >= 2 for found in readings] == [True, True]
    assert {reading.holds for reading in readings[1]} == {None}
    assert (seeing.closed, blind.closed) == (1, 1)


def test_a_second_set_of_witnesses_is_refused() -> None:
    """Whose readings would count?"""
    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        scenario.watch({PROMISE.name: fakes.SteadyWitness()})
        with pytest.raises(CouldNotTellError, match="given once"):
            scenario.watch({SITUATION: fakes.SteadyWitness()})


def test_a_scenario_about_nothing_says_which_marker_is_missing() -> None:
    """A survey cannot wait for the stages of an alert."""
    with (
        ScenarioRun(fakes.handles(), ScenarioPlan()) as scenario,
        pytest.raises(MisuseError, match="about no alert") as caught,
    ):
        _ = scenario.targets
    assert "pytest.mark.promise" in caught.value.fix


@pytest.mark.parametrize(
    ("plan", "what", "why"),
    [
        pytest.param(_PLAN, "fault alien is not in row planted", "matrix.yaml lists a, b, c, half there", id="row"),
        pytest.param(
            ScenarioPlan(), "fault alien belongs to no row", "nothing says what every alert does", id="no row"
        ),
        pytest.param(
            replace(_PLAN, row=None), "fault alien belongs to no row", "the scenario names none", id="alert, no row"
        ),
    ],
)
def test_a_fault_that_the_row_does_not_list_does_no_damage(plan: ScenarioPlan, what: str, why: str) -> None:
    """Nothing is injected, noted or taken back: nobody has said what the alerts do meanwhile."""
    log: list[str] = []
    with ScenarioRun(fakes.handles(), plan) as scenario, pytest.raises(MisuseError, match=what) as caught:
        scenario.inject(_fault("alien", log))
    assert why in caught.value.why
    assert log == []
    assert (scenario.log.inject_s, scenario.log.injected, scenario.standing) == (None, [], [])


def test_what_is_no_fault_object_is_held_against_the_row_as_well() -> None:
    """An act that is listed is done and dates the beginning; one that is not is not done."""
    log: list[str] = []
    with ScenarioRun(fakes.handles(), fakes.plan(faults=("listed",))) as scenario:
        with pytest.raises(MisuseError, match="fault alien is not in row"):
            scenario.act("alien", lambda: log.append("alien"))
        assert scenario.log.inject_s is None
        scenario.act("listed", lambda: log.append("listed"))
        assert scenario.log.inject_s is not None
    assert log == ["listed"]
    assert scenario.log.injected == ["listed"]


def test_the_first_act_dates_the_beginning(clock: VirtualTime) -> None:
    """A second fault does not move it."""
    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        begun_s = clock.now_s
        scenario.act("a", lambda: None)
        clock.now_s += 3
        scenario.inject(_fault("b", []))
        assert scenario.log.inject_s == begun_s


def test_the_expression_of_a_rule_that_is_not_loaded_is_a_constant() -> None:
    """Which has no window to wait for."""
    prometheus = fakes.FakePrometheus()
    with ScenarioRun(fakes.handles(prometheus=prometheus), _PLAN) as scenario:
        assert scenario.rule_expr(_TARGET) == "depth > 100"
        prometheus.groups = fakes.loaded("Another")
        assert scenario.rule_expr(_TARGET) == "0"


def _down(query: str) -> tuple[Series, ...]:
    return (fakes.series(0, job="x"),) if query.startswith("up{") else ()


def _absent(_query: str) -> tuple[Series, ...]:
    return ()


def _waiting(query: str) -> tuple[Series, ...]:
    if query.startswith("up{"):
        return (fakes.series(1, job="x"),)
    return (fakes.series(7, name="secret"),) if query.startswith("workqueue_depth") else ()


def _pending(query: str) -> tuple[Series, ...]:
    if query.startswith("up{"):
        return (fakes.series(1, job="x"),)
    active = (fakes.series(1, alertname=PROMISE.name, alertstate="pending"),)
    return active if query.startswith("ALERTS") else ()


@pytest.mark.parametrize(
    ("instants", "seen"),
    [
        pytest.param(_down, "1 targets of job other-metrics, not all of them up", id="down"),
        pytest.param(_absent, "0 targets of job other-metrics", id="absent"),
        pytest.param(_waiting, "7 items wait in queue secret", id="queue"),
    ],
)
def test_no_scenario_begins_in_unrest(clock: VirtualTime, instants: fakes.Query, seen: str) -> None:
    """What a former scenario left would be judged as this one's; the last thing seen is told."""
    scenario, start_s = (
        ScenarioRun(fakes.handles(prometheus=fakes.FakePrometheus(instants=instants)), _PLAN),
        clock.now_s,
    )
    with pytest.raises(WaitTimeoutError, match="healthy controller before the scenario") as caught:
        _play(scenario, lambda: scenario.wait_for_quiet(90))
    assert seen in caught.value.why
    assert clock.now_s - start_s == pytest.approx(90, abs=0.1)


def _begin(api: fake_api.FakeApi, *targets: Series) -> None:
    """Waits for quiet where these targets are scraped."""
    prometheus = fakes.FakePrometheus(instants=lambda query: targets if query.startswith("up{") else ())
    scenario = ScenarioRun(fakes.handles(prometheus=prometheus, cluster=fake_api.cluster(api)), _PLAN)
    _play(scenario, lambda: scenario.wait_for_quiet(90))


@pytest.mark.usefixtures("clock")
def test_a_new_pod_is_waited_for_until_it_is_scraped() -> None:
    """The replaced one is still up for a moment, and says nothing about the new one."""
    api = fake_api.FakeApi()
    fake_api.deployment(api)["status"] = dict.fromkeys(("updatedReplicas", "availableReplicas", "replicas"), 2)
    for name in ("steady", "new"):
        fake_api.pod(api, name)

    with pytest.raises(WaitTimeoutError) as caught:
        _begin(api, fakes.series(1, pod="steady"), fakes.series(1, pod="old"))
    assert "new not scraped yet" in caught.value.why
    _begin(api, fakes.series(1, pod="steady"), fakes.series(1, pod="old"), fakes.series(1, pod="new"))


@pytest.mark.usefixtures("clock")
def test_a_pod_that_has_ended_is_not_waited_for() -> None:
    """An evicted one matches the selector until somebody deletes it, and is no target of anybody's."""
    api = fake_api.FakeApi()
    fake_api.deployment(api)["status"] = dict.fromkeys(("updatedReplicas", "availableReplicas", "replicas"), 2)
    fake_api.pod(api, "runs")
    fake_api.pod(api, "evicted", phase="Failed")
    _begin(api, fakes.series(1, pod="runs"))


@pytest.mark.usefixtures("clock")
def test_pods_whose_names_the_targets_do_not_have_are_counted() -> None:
    """A ServiceMonitor may drop the label; then as many targets as pods are enough, and fewer are not."""
    api = fake_api.FakeApi()
    fake_api.deployment(api)["status"] = dict.fromkeys(("updatedReplicas", "availableReplicas", "replicas"), 2)
    for name in ("a", "b"):
        fake_api.pod(api, name)

    with pytest.raises(WaitTimeoutError) as caught:
        _begin(api, fakes.series(1, instance="1:80"))
    assert "1 of 2 pods scraped" in caught.value.why
    _begin(api, fakes.series(1, instance="1:80"), fakes.series(1, instance="2:80"))


def test_quiet_is_what_the_rules_say_after_the_controller_is_healthy(clock: VirtualTime) -> None:
    """An alert about what a new pod told in its first scrape is not active before the rules are evaluated again."""
    evaluated_s, leads_s = clock.now_s + 3, clock.now_s + 8

    def instants(query: str) -> tuple[Series, ...]:
        pending = query.startswith("ALERTS") and evaluated_s <= clock.now_s < leads_s
        return _pending(query) if pending or query.startswith("up{") else ()

    def beats(_query: str, _start_s: float, _end_s: float) -> tuple[Series, ...]:
        last_s = evaluated_s if clock.now_s >= evaluated_s else evaluated_s - 10
        return (fakes.series(1, at_s=last_s, rule_group="g"),)

    scenario = ScenarioRun(fakes.handles(prometheus=fakes.FakePrometheus(instants=instants, ranges=beats)), _PLAN)
    _play(scenario, lambda: scenario.wait_for_quiet(90))
    assert scenario.log.start_s == pytest.approx(leads_s, abs=0.2)
    assert not scenario.log.unquiet


def test_an_alert_without_cause_is_left_to_the_judge(clock: VirtualTime) -> None:
    """It is noted, the scenario goes on, and the witness watches for longer before the fault."""
    scenario = ScenarioRun(fakes.handles(prometheus=fakes.FakePrometheus(instants=_pending)), _PLAN)
    _play(scenario, lambda: scenario.wait_for_quiet(90))
    assert scenario.log.unquiet
    assert "QueueDeep pending" in scenario.log.gave_up[0]
    assert scenario.log.start_s == clock.now_s


def test_a_quiet_start_is_not_noted() -> None:
    """Nothing was given up."""
    scenario = ScenarioRun(fakes.handles(), _PLAN)
    _play(scenario, lambda: scenario.wait_for_quiet(90))
    assert not scenario.log.unquiet
    assert scenario.log.gave_up == []


def test_the_record_begins_when_it_is_quiet(clock: VirtualTime) -> None:
    """What was active before is not this scenario's."""
    with ScenarioRun(fakes.handles(), _PLAN) as scenario:
        clock.now_s += 30
        scenario.wait_for_quiet(90)
        assert scenario.log.start_s == clock.now_s


def test_waiting_for_quiet_ends_with_the_stack() -> None:
    """A dead Prometheus does not get quiet."""
    stack = fakes.FakeStack(Speed(60), lambda _: None)
    stack.dead = "prometheus exited with status 2"
    handles = fakes.handles(prometheus=fakes.FakePrometheus(instants=_down), stack=stack)
    with ScenarioRun(handles, _PLAN) as scenario, pytest.raises(AwaitedGoneError, match="healthy controller"):
        scenario.wait_for_quiet(90)


def test_the_judge_is_told_of_a_dead_component() -> None:
    """And gets the readings of witnesses that have stopped, for each alert its own."""
    seen: list[ScenarioLog] = []

    def judge(
        _handles: StackHandles,
        plan: ScenarioPlan,
        log: ScenarioLog,
        readings: Mapping[str, tuple[Reading, ...]],
        _pace: Pace,
    ) -> tuple[Judgement, ...]:
        seen.append(log)
        assert len(readings[PROMISE.name]) >= 2
        assert readings["Other"] == ()
        return tuple(fakes.judgement(target.alert) for target in plan.targets)

    stack, witness = fakes.FakeStack(Speed(60), lambda _: None), fakes.SteadyWitness()
    with ScenarioRun(fakes.handles(stack=stack), fakes.plan(PROMISE, _OTHER), parts=RunParts(judge=judge)) as scenario:
        scenario.watch({PROMISE.name: witness})
        scenario.inject(_fault("a", []))
        stack.dead = "node ended by signal 9: no output"
        assert scenario.judgements() == (fakes.judgement(), fakes.judgement("Other"))
        assert witness.closed == 1
    (disruption,) = seen[0].disruptions
    assert disruption.component is Component.MACHINE
    assert disruption.cause == "lost a component: node ended by signal 9: no output"
    assert disruption.start_s == scenario.log.inject_s


def test_the_pace_is_what_alertmanager_has_loaded() -> None:
    """Intervals of the stack, timers of the route; a clock that is off counts, an estimate that may be does not."""
    prometheus = fakes.FakePrometheus(offset_s=(-0.3, 0.1))
    with ScenarioRun(fakes.handles(prometheus=prometheus), _PLAN) as scenario:
        pace, told = scenario.pace, scenario.delivery_pace
    assert (pace.speed, pace.scrape_s, pace.evaluation_s) == (60, 0.5, 0.5)
    assert (told.group_wait_s, told.group_interval_s, told.resend_s) == (0.5, 5, 1)
    assert pace.skew_s == pytest.approx(0.3)
    with ScenarioRun(fakes.handles(prometheus=fakes.FakePrometheus(offset_s=(0.05, 0.1))), _PLAN) as scenario:
        assert scenario.pace.skew_s == 0


@pytest.mark.parametrize("recovered", [True, False], ids=["recovered", "taken back at the end"])
def test_a_window_lasts_as_long_as_what_a_fault_had_begun(recovered: bool) -> None:
    """A write that was held back is answered late, and its reconcile is slow: seen on kind, 8 s after the fault."""
    handles = fakes.handles()
    with ScenarioRun(handles, _PLAN) as scenario:
        scenario.inject(_fault("a", [], lingers_s=8.0))
        scenario.inject(_fault("b", []))
        if recovered:
            scenario.recover()
    (window,) = handles.history.windows
    assert window.end_s == scenario.log.lingers_until_s
    assert window.start_s + 8.0 <= window.end_s <= time.time() + 8.0


def test_a_window_without_such_a_fault_ends_with_the_undo() -> None:
    """Nothing is granted that no fault does."""
    handles = fakes.handles()
    with ScenarioRun(handles, _PLAN) as scenario:
        scenario.inject(_fault("a", []))
        scenario.recover()
    (window,) = handles.history.windows
    assert window.end_s == scenario.log.undo_s
    assert scenario.log.lingers_until_s == 0.0
