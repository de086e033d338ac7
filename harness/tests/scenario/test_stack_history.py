"""A scenario's fault window is what it did and what its witnesses saw, and lets fire only what its row does."""

from dataclasses import replace

import pytest

from harness.core.contract.matrix import COLUMNS, Cell, Row
from harness.core.contract.quantity import Quantity
from harness.core.judge import Expectation
from harness.core.reading import Reading
from harness.core.scenario import Aim, ScenarioLog, ScenarioPlan, Target
from harness.scenario.stack_history import StackHistory, declared_window
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes

_DOWN, _LATE = (
    replace(PROMISE, name=name, threshold=replace(PROMISE.threshold, quantity=quantity))
    for name, quantity in (("Down", Quantity.SERVING_REPLICAS), ("Late", Quantity.RECONCILE_LATENCY))
)
_CONTRACT = fakes.contract(PROMISE, _DOWN, _LATE)
_SILENT = dict[Quantity, Cell]((column, Cell(expectation=Expectation.MUST_NOT)) for column in COLUMNS)
_CELLS = _SILENT | {
    Quantity.QUEUE_DEPTH: Cell(expectation=Expectation.MUST),
    Quantity.RECONCILE_LATENCY: Cell(expectation=Expectation.MAY, reason="it follows"),
}
_PLAN = ScenarioPlan(
    targets=(Target(promise=PROMISE, aim=Aim.PAGES),), row=Row(name="flood", faults=("queue-flood",), cells=_CELLS)
)
_RECORD = ScenarioLog(start_s=0, inject_s=10, undo_s=20, injected=["queue-flood"])


def _looks(*holds: bool | None, start_s: float = 9.0) -> tuple[Reading, ...]:
    """One look a second."""
    return tuple(Reading(at_s=start_s + i, value=None, holds=each) for i, each in enumerate(holds))


def test_a_window_begins_with_the_first_injection() -> None:
    """And says whose it is."""
    window = declared_window(_PLAN, _RECORD, _CONTRACT, [], undone_s=20, closed_s=30)
    assert window is not None
    assert (window.start_s, window.end_s, window.because) == (10, 20, "flood (queue-flood)")
    assert not window.blinds


def test_without_an_injection_there_is_none() -> None:
    """A survey, or a scenario that failed before its fault."""
    assert declared_window(ScenarioPlan(), ScenarioLog(start_s=0), _CONTRACT, [], undone_s=20, closed_s=30) is None


@pytest.mark.parametrize(
    ("witnessed", "end_s"),
    [
        pytest.param([_looks(False, *[True] * 5, *[False] * 20)], 20, id="over-before-the-undo"),
        pytest.param([_looks(False, *[True] * 14, False)], 24, id="over-after-the-undo"),
        pytest.param([_looks(False, *[True] * 14, None, False)], 24, id="a-look-that-failed-saw-no-effect"),
        pytest.param([_looks(False, *[True] * 20)], 30, id="still-seen-at-the-end"),
        pytest.param([_looks(False, False, False)], 20, id="never-seen"),
        pytest.param([()], 20, id="never-looked"),
        pytest.param([_looks(False, *[True] * 12, False), _looks(True, *[True] * 16, False)], 26, id="the-last-of-two"),
    ],
)
def test_it_ends_when_nobody_sees_the_effect_any_more(witnessed: list[tuple[Reading, ...]], end_s: float) -> None:
    """Not before the last fault was taken back."""
    window = declared_window(_PLAN, _RECORD, _CONTRACT, witnessed, undone_s=20, closed_s=30)
    assert window is not None
    assert window.end_s == end_s


def test_an_end_that_is_seen_late_is_granted() -> None:
    """As the scenario says, with its reason."""
    late = replace(_RECORD, resolve_lag_s=7.5)
    window = declared_window(_PLAN, late, _CONTRACT, [], undone_s=20, closed_s=30)
    assert window is not None
    assert window.end_s == 27.5


@pytest.mark.parametrize(
    ("plan", "alerts"),
    [
        pytest.param(_PLAN, {PROMISE.name, "Late"}, id="must-and-may"),
        pytest.param(
            replace(_PLAN, targets=(*_PLAN.targets, Target(promise=_LATE, aim=Aim.SILENT))),
            {PROMISE.name},
            id="wanted-silent",
        ),
        pytest.param(ScenarioPlan(), set(), id="no-row"),
    ],
)
def test_only_what_the_row_lets_fire_may(plan: ScenarioPlan, alerts: set[str]) -> None:
    """An alert that must not fire has no window."""
    window = declared_window(plan, _RECORD, _CONTRACT, [], undone_s=20, closed_s=30)
    assert window is not None
    assert set(window.alerts or ()) == alerts


@pytest.mark.parametrize(("near_ratio", "near"), [(0.6, {PROMISE.name}), (0.0, set())])
def test_what_is_brought_near_on_purpose_is_named(near_ratio: float, near: set[str]) -> None:
    """It may fire no more than before."""
    plan = replace(_PLAN, targets=(Target(promise=PROMISE, aim=Aim.SILENT),))
    window = declared_window(plan, replace(_RECORD, near_ratio=near_ratio), _CONTRACT, [], undone_s=20, closed_s=30)
    assert window is not None
    assert window.near == near
    assert not window.allows(PROMISE.name)


def test_a_restart_of_prometheus_stops_the_evaluation() -> None:
    """So missed evaluations are its own."""
    restarted = replace(_RECORD, injected=["killed-pod", "prometheus-restart"])
    window = declared_window(_PLAN, restarted, _CONTRACT, [], undone_s=20, closed_s=30)
    assert window is not None
    assert window.blinds


def test_a_life_that_nobody_watches_has_no_troubles() -> None:
    """It says so only while a watch is kept."""
    assert StackHistory().disruptions == ()
