"""What was measured, in words."""

from dataclasses import replace

import pytest

from harness.core.contract.quantity import Quantity, Unit
from harness.core.measured.axes import axes
from harness.core.measured.compare import Deviation, Life
from harness.core.measured.scene import Phase, Scene
from harness.core.measured.situations import Kind, Trial
from harness.core.measured.state import State
from harness.core.measured.summary import Line, Tried, brackets, lines
from harness.core.verdict import Verdict
from harness.tests.core.measured.made_up import CATALOG, promise

_FAILING = promise(
    Quantity.FAILED_RECONCILES_OVERALL, value=0.1, unit=Unit.RATIO, window="5m", hold="10m", instance_labels=()
)
_AXIS = axes(CATALOG, _FAILING.threshold)[0]
_SCENE = Scene(name="they fail", phases=(Phase(lasts_s=60, state=State()),))
_EARLY = Deviation(alert="Promised", from_s=70, to_s=300, expected=frozenset(), actual=frozenset({(("name", "a"),)}))


def _level(level: float, *, active: bool, beside: str = "") -> Tried:
    trial = Trial(kind=Kind.LEVEL, scene=_SCENE, about="Promised", axis=_AXIS, level=level, beside=beside)
    return Tried(trial=trial, deviations=(_EARLY,) if active is not _AXIS.alerts(level) else (), active=active)


def _ladder(from_level: float, beside: str = "") -> list[Tried]:
    return [_level(level, active=level >= from_level, beside=beside) for level in _AXIS.levels]


def _life(hold_above_s: float, hold_s: float, *deviations: Deviation) -> Tried:
    trial = Trial(kind=Kind.LIFE, scene=_SCENE, about="Promised", axis=_AXIS, level=1.0)
    seen = Life(pending_lag_s=0, hold_above_s=hold_above_s, hold_s=hold_s, resolved_lag_s=30)
    return Tried(trial=trial, deviations=deviations, active=False, life=seen)


def _one(check: str, *tried: Tried) -> Line:
    return next(one for one in lines(_FAILING, tried) if one.check == check)


def test_a_threshold_as_documented_is_told_to_one_per_cent() -> None:
    """The last level that is silent and the first that is not stand on both sides of it."""
    line = _one("measured threshold", *_ladder(0.1001))
    assert (line.verdict, line.expected) == (Verdict.VERIFIED, "> 10 %")
    assert line.actual == "silent up to 9.9 %, active from 10.1 %, in 1 way"


@pytest.mark.parametrize(
    ("from_level", "actual"),
    [
        pytest.param(0.094, "silent up to 9 %, active from 9.5 %", id="too early"),
        pytest.param(0.102, "silent up to 10.1 %, active from 10.2 %", id="too late by a little"),
        pytest.param(9.0, "silent even at 100 %", id="never"),
        pytest.param(0.0, "active at 1 % already", id="always"),
    ],
)
def test_another_threshold_is_told_with_where_it_is(from_level: float, actual: str) -> None:
    """Beside the documented one, and by what it was brought about."""
    line = _one("measured threshold", *_ladder(from_level))
    assert line.verdict is Verdict.VIOLATED
    assert line.actual == f"{actual} (the share of all reconciles that fail)"
    assert line.shown_by


def test_one_load_at_which_it_is_wrong_is_enough() -> None:
    """Right at the usual load, and wrong at another."""
    line = _one("measured threshold", *_ladder(0.1001), *_ladder(0.2, "at 100 reconciles/s"))
    assert line.verdict is Verdict.VIOLATED
    assert "at 100 reconciles/s" in line.actual


def test_what_is_active_here_and_there_is_no_threshold() -> None:
    """Silent above a level at which it was active: the bracket holds all of it."""
    found = [_level(level, active=level in {0.05, 0.4, 1.0}) for level in _AXIS.levels]
    (bracket,) = brackets(found)
    assert bracket.silent == pytest.approx(0.025)
    assert bracket.active == 0.4
    assert not bracket.as_documented


def test_an_alert_of_the_wrong_instance_is_no_proof_of_a_threshold() -> None:
    """Active on the right side, and for somebody else."""
    wrong = replace(_EARLY, expected=frozenset({(("name", "b"),)}))
    tried = [*_ladder(0.1001)]
    tried[-1] = replace(tried[-1], deviations=(wrong,))
    line = _one("measured threshold", *tried)
    assert line.verdict is Verdict.VIOLATED
    assert line.actual == "they fail: active for name=a from 1m10s to 5m, where it must be for name=b"


@pytest.mark.parametrize(
    ("above_s", "hold_s", "verdict", "actual"),
    [
        (570, 600, Verdict.VERIFIED, "more than 9m30s, at most 10m"),
        (540, 570, Verdict.VIOLATED, "more than 9m, at most 9m30s"),
        (600, 630, Verdict.VIOLATED, "more than 10m, at most 10m30s"),
        (-0.001, 0, Verdict.VIOLATED, "it fires at once"),
    ],
)
def test_a_for_lies_between_two_evaluations(above_s: float, hold_s: float, verdict: Verdict, actual: str) -> None:
    """The documented one must lie there too."""
    line = _one("measured for", _life(above_s, hold_s))
    assert (line.verdict, line.expected, line.actual) == (verdict, "10m", actual)


def test_what_never_fires_breaks_the_promise() -> None:
    """No life, no `for`."""
    silent = Tried(trial=_life(0, 0).trial, deviations=(), active=False, life=None)
    assert _one("measured for", silent).verdict is Verdict.VIOLATED


def test_a_course_that_differs_is_told_with_its_stretch() -> None:
    """From when to when, and what it must have been."""
    line = _one("course", _life(570, 600, _EARLY))
    assert line.verdict is Verdict.VIOLATED
    assert line.actual == "they fail: active from 1m10s to 5m, where it must be silent"
    assert _one("course", _life(570, 600)).verdict is Verdict.VERIFIED


def test_a_situation_of_others_counts_as_well() -> None:
    """Another alert's life is a situation to this one."""
    other = Trial(kind=Kind.LIFE, scene=_SCENE, about="Another", axis=_AXIS, level=1.0)
    plain = Trial(kind=Kind.SITUATION, scene=_SCENE)
    good = [Tried(trial=plain, deviations=(), active=True), Tried(trial=other, deviations=(), active=False)]
    line = _one("situations", *good)
    assert (line.verdict, line.actual) == (Verdict.VERIFIED, "silent in 1, active in 1")
    bad = Tried(trial=other, deviations=(_EARLY,), active=True)
    assert _one("situations", *good, bad).verdict is Verdict.VIOLATED
