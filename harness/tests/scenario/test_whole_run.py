"""The life of a stack is read while everything runs, judged for every promised alert, and never guessed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from harness.clients.querier import LoadedGroup, LoadedGroups, LoadedRule
from harness.core.contract.model import Contract
from harness.core.contract.quantity import Exporter, Quantity
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError
from harness.core.judge import Clause, Component, Disruption
from harness.core.judge.fault_window import FaultWindow
from harness.core.judge.whole_run import WholeRun
from harness.core.samples import Point, Series
from harness.core.verdict import Verdict
from harness.scenario.stack_handles import StackHandles
from harness.scenario.whole_run import judge_whole_run, retired, torn_down
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime
from harness.witness.stall import StallWatch

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED
_RULE = LoadedRule(name=PROMISE.name, query="depth > 100", health="ok", type="alerting", duration=15)
_WINDOW = FaultWindow(start_s=0, end_s=0, alerts=frozenset({PROMISE.name}), because="flood")


@dataclass
class _Past:
    """What Prometheus remembers: evaluations twice a second from `start_s` on, a firing, values."""

    clock: VirtualTime
    start_s: float
    firing: tuple[float, float] = (0.0, 0.0)
    pending: tuple[float, float] = (0.0, 0.0)
    rule: LoadedRule = _RULE
    values: tuple[tuple[float, float], ...] = ()
    broken: Callable[[str], Exception | None] = lambda _query: None

    def handles(self, promised: Contract | None = None) -> StackHandles:
        group = LoadedGroup(name="g", file="f", interval=0.5, rules=(self.rule,))
        prometheus = fakes.FakePrometheus(
            instants=self.instant, ranges=self.range, grids=self.grid, groups=LoadedGroups(groups=(group,))
        )
        handles = fakes.handles(prometheus=prometheus, promised=promised)
        handles.history.start_s = self.start_s
        return handles

    def instant(self, query: str) -> tuple[Series, ...]:
        self._may_break(query)
        found: tuple[Series, ...] = ()
        if query.startswith("ALERTS{"):
            for state, (start_s, end_s) in (("firing", self.firing), ("pending", self.pending)):
                if start_s <= self.clock.now_s <= end_s:
                    found = (*found, fakes.series(alertname=PROMISE.name, alertstate=state))
        return found

    def range(self, query: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        self._may_break(query)
        beats = [self.start_s + i / 2 for i in range(int((self.clock.now_s - self.start_s) * 2) + 1)]
        fired = [at_s for at_s in beats if self.firing[0] <= at_s <= self.firing[1]]
        if query.startswith("harness:evaluated"):
            return _line(beats, start_s, end_s, rule_group="g")
        if query.startswith("ALERTS{") and PROMISE.name in query:
            waited = [at_s for at_s in beats if self.pending[0] <= at_s <= self.pending[1]]
            base = {"alertname": PROMISE.name, "name": "secret"}
            found = _line(waited, start_s, end_s, alertstate="pending", **base)
            return (*found, *_line(fired, start_s, end_s, alertstate="firing", **base))
        return ()

    def grid(self, query: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        self._may_break(query)
        assert query == "depth"
        assert end_s >= start_s + 60
        return (
            Series(labels={}, points=tuple(Point(at_s=start_s + at_s, value=value) for at_s, value in self.values)),
        )

    def _may_break(self, query: str) -> None:
        error = self.broken(query)
        if error is not None:
            raise error


def _line(instants: list[float], start_s: float, end_s: float, **labels: str) -> tuple[Series, ...]:
    points = tuple(Point(at_s=at_s, value=1) for at_s in instants if start_s <= at_s <= end_s)
    return (Series(labels=labels, points=points),) if points else ()


@pytest.fixture
def past(clock: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> _Past:
    """A stack that has lived for 60 s, and kept silent."""
    monkeypatch.setattr("harness.scenario.whole_run.time", clock)
    return _Past(clock=clock, start_s=clock.now_s - 60)


def _finding(whole: WholeRun, clause: Clause) -> tuple[Verdict, str]:
    return next((one.outcome, one.actual) for one in whole.judgement.findings if one.clause is clause)


def test_every_promised_alert_is_judged(past: _Past) -> None:
    """In the contract's order; of one whose rule is not loaded nothing is claimed."""
    found = judge_whole_run(past.handles(fakes.contract(replace(PROMISE, name="Other"), PROMISE)))
    assert [(one.judgement.name, one.judgement.verdict) for one in found] == [("Other", S), (PROMISE.name, V)]
    assert _finding(found[1], Clause.EVALUATED)[1].startswith("121 evaluations, +0.00 s to +60.00 s")


def test_a_page_outside_every_window_is_violated(past: _Past) -> None:
    """Read back from the beginning of the stack on, not only since the last scenario."""
    past.firing = (past.start_s + 20, past.start_s + 30)
    (whole,) = judge_whole_run(past.handles())
    assert whole.judgement.verdict is X
    assert "fired at +20.00 s" in whole.judgement.cause


def test_a_page_in_its_window_is_none(past: _Past) -> None:
    """The scenario that caused it has declared it."""
    past.firing = (past.start_s + 20, past.start_s + 30)
    handles = past.handles()
    handles.history.windows.append(replace(_WINDOW, start_s=past.start_s + 5, end_s=past.start_s + 29))
    (whole,) = judge_whole_run(handles)
    assert whole.judgement.verdict is V


def test_keep_firing_for_is_granted_as_promised(past: _Past) -> None:
    """7 s of it, and the alert went on for 6; that the rule has it is no excuse, but the cause."""
    past.firing = (past.start_s + 20, past.start_s + 30)
    past.rule = LoadedRule.model_validate({**_RULE.model_dump(by_alias=True), "keepFiringFor": 7})
    kept = replace(PROMISE, keep_firing_for=PromDuration.parse("7m"))
    for promise, verdict in ((kept, V), (PROMISE, X)):
        handles = past.handles(fakes.contract(promise))
        handles.history.windows.append(replace(_WINDOW, start_s=past.start_s + 5, end_s=past.start_s + 24))
        (whole,) = judge_whole_run(handles)
        assert whole.judgement.verdict is verdict
    assert "keep_firing_for 7 s on the clock in the rule, none promised" in whole.judgement.cause


def test_what_is_pending_for_as_long_as_it_can_be_is_not_silent(past: _Past) -> None:
    """No window allows it: it is waited for until its `for` is over, and if it is pending still nothing is verified."""
    now_s = past.clock.now_s
    past.pending = (now_s - 5, now_s + 1_000)
    past.rule = LoadedRule.model_validate({**_RULE.model_dump(), "duration": 40.0})
    (whole,) = judge_whole_run(past.handles())
    # its `for`, a scrape and two evaluations
    assert past.clock.now_s - now_s == pytest.approx(41.5, abs=1.5)
    outcome, actual = _finding(whole, Clause.OUTSIDE_FAULTS)
    assert outcome is U
    assert actual.startswith("still pending when nobody looked any longer, for 47")
    assert actual.endswith("of its 40 s: it may fire yet")


def test_the_end_of_the_last_window_is_waited_for_while_something_fires(past: _Past) -> None:
    """Until it is silent and one evaluation says so: no longer than needed."""
    now_s = past.clock.now_s
    past.firing = (now_s - 10, now_s + 2)
    handles = past.handles()
    handles.history.windows.append(replace(_WINDOW, start_s=now_s - 30, end_s=now_s + 5))
    (whole,) = judge_whole_run(handles)
    assert whole.judgement.verdict is V
    assert past.clock.now_s - now_s == pytest.approx(2.5, abs=0.3)


def test_what_is_still_pending_is_waited_for_as_well(past: _Past) -> None:
    """It could fire while the stack is taken away."""
    now_s = past.clock.now_s
    past.pending = (now_s - 10, now_s + 2)
    handles = past.handles()
    handles.history.windows.append(replace(_WINDOW, start_s=now_s - 30, end_s=now_s + 5))
    judge_whole_run(handles)
    assert past.clock.now_s - now_s == pytest.approx(2.5, abs=0.3)


def test_what_goes_on_firing_is_not_waited_for_beyond_the_window(past: _Past) -> None:
    """One evaluation after it tells."""
    now_s = past.clock.now_s
    past.firing = (now_s - 10, now_s + 100)
    handles = past.handles()
    handles.history.windows.append(replace(_WINDOW, start_s=now_s - 30, end_s=now_s + 5))
    (whole,) = judge_whole_run(handles)
    assert whole.judgement.verdict is X
    assert past.clock.now_s - now_s == pytest.approx(5 + 1.5, abs=1.1)


def test_the_nearest_value_is_told_with_its_instant(past: _Past) -> None:
    """Asked for at the rule's own evaluations, without the comparison."""
    past.values = ((0, 3), (10, 67), (20, 5))
    (whole,) = judge_whole_run(past.handles())
    nearest = whole.approach.nearest
    assert nearest is not None
    assert (nearest.value, nearest.at_s, nearest.limit) == (67, past.start_s + 10, 100)


@pytest.mark.parametrize(
    ("query", "why"), [pytest.param("depth > 100", "planted", id="refused"), ("absent(x)", "compares nothing")]
)
def test_a_value_that_cannot_be_told_changes_no_verdict(past: _Past, query: str, why: str) -> None:
    """The reason stands in its place."""
    past.rule = _RULE.model_copy(update={"query": query})
    past.broken = lambda asked: CouldNotTellError("no values", why="planted", fix="-") if asked == "depth" else None
    (whole,) = judge_whole_run(past.handles())
    assert whole.judgement.verdict is V
    assert whole.approach.nearest is None
    assert why in whole.approach.why_no_value


def test_a_prometheus_that_is_gone_leaves_everything_unknown(past: _Past) -> None:
    """With its own words, also after the tear-down; and it raises nothing."""
    past.broken = lambda _query: CouldNotTellError("Prometheus does not answer", why="planted", fix="-")
    found = torn_down(judge_whole_run(past.handles()), gone_s=past.clock.now_s)
    assert [one.judgement.verdict for one in found] == [U]
    assert "Prometheus does not answer" in found[0].judgement.cause


def test_a_lost_component_leaves_silence_unknown(past: _Past) -> None:
    """Whatever Prometheus still says."""
    handles = past.handles()
    stack = handles.stack
    assert isinstance(stack, fakes.FakeStack)
    stack.dead = "etcd ended by signal 9"
    (whole,) = judge_whole_run(handles)
    assert whole.judgement.verdict is U
    assert "etcd ended by signal 9" in whole.judgement.cause


def test_a_page_after_a_component_died_is_the_place_s(past: _Past) -> None:
    """It may have died since the last scenario began."""
    past.firing = (past.start_s + 40, past.start_s + 50)
    handles = past.handles()
    stack = handles.stack
    assert isinstance(stack, fakes.FakeStack)
    stack.dead = "etcd ended by signal 9"
    handles.history.windows.append(replace(_WINDOW, start_s=past.start_s + 20, end_s=past.start_s + 25))
    assert _finding(judge_whole_run(handles)[0], Clause.OUTSIDE_FAULTS)[0] is U
    past.firing = (past.start_s + 1, past.start_s + 10)
    assert _finding(judge_whole_run(handles)[0], Clause.OUTSIDE_FAULTS)[0] is X


class _Stalled(StallWatch):
    """Was there, and saw the machine stand still."""

    def __init__(self, *stalls: Disruption) -> None:
        self._seen = stalls

    @property
    def stalls(self) -> tuple[Disruption, ...]:
        return self._seen


def test_a_stalled_machine_explains_a_page(past: _Past) -> None:
    """All of it, and the `for` before it."""
    past.firing = (past.start_s + 30, past.start_s + 33)
    handles = past.handles()
    start_s, end_s = past.start_s + 14, past.start_s + 33
    handles.history.stalls = _Stalled(
        Disruption(component=Component.MACHINE, start_s=start_s, end_s=end_s, cause="stood still")
    )
    (whole,) = judge_whole_run(handles)
    assert _finding(whole, Clause.OUTSIDE_FAULTS)[0] is U
    assert "stood still" in whole.judgement.cause


def test_a_page_at_the_start_is_a_violation(past: _Past) -> None:
    """The rules are loaded when the controller is scraped: there is nothing to be down."""
    down = replace(PROMISE, threshold=replace(PROMISE.threshold, quantity=Quantity.SERVING_REPLICAS))
    past.firing = (past.start_s + 15, past.start_s + 20)
    assert judge_whole_run(past.handles(fakes.contract(down)))[0].judgement.verdict is X


def test_the_tear_down_is_judged_by_when_prometheus_was_gone(past: _Past) -> None:
    """15 s of `for` and an evaluation after the last one that was read."""
    found = judge_whole_run(past.handles())
    for gone_s, verdict in ((past.clock.now_s + 15, V), (past.clock.now_s + 16, U)):
        assert _finding(torn_down(found, gone_s=gone_s)[0], Clause.TEAR_DOWN)[0] is verdict


def test_what_fires_until_the_rules_are_out_of_force_is_seen(past: _Past) -> None:
    """Where Prometheus outlives the stack; what fired before is no news, and no answer is not silence."""
    handles = past.handles()
    found = judge_whole_run(handles)
    read_s, past.clock.now_s = past.clock.now_s, past.clock.now_s + 40
    for firing, verdict in (((0.0, 0.0), V), ((read_s - 5, read_s - 1), V), ((read_s + 20, read_s + 21), U)):
        past.firing = firing
        assert _finding(retired(handles, found, since_s=read_s)[0], Clause.TEAR_DOWN)[0] is verdict
    past.broken = lambda _query: CouldNotTellError("no answer", why="-", fix="-")
    verdict, actual = _finding(retired(handles, found, since_s=read_s)[0], Clause.TEAR_DOWN)
    assert verdict is U
    assert "no answer" in actual


@pytest.mark.parametrize(
    ("quantity", "verdict"), [(Quantity.MEMORY_USE, V), (Quantity.QUEUE_DEPTH, X)], ids=["old figures", "new figures"]
)
def test_a_page_may_go_on_for_as_long_as_its_figures_are_old(past: _Past, quantity: Quantity, verdict: Verdict) -> None:
    """20 s of a container's figures, and nothing of anybody else's."""
    past.firing = (past.start_s + 20, past.start_s + 45)
    promise = replace(PROMISE, threshold=replace(PROMISE.threshold, quantity=quantity))
    handles = past.handles(fakes.contract(promise))
    handles = replace(handles, facts=replace(handles.facts, refresh_s={Exporter.CADVISOR: 20}))
    handles.history.windows.append(replace(_WINDOW, start_s=past.start_s + 5, end_s=past.start_s + 29))
    (whole,) = judge_whole_run(handles)
    assert whole.judgement.verdict is verdict
