"""A part of a promise is proved by a scenario that saw all of it, and by none that saw it broken."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.judge import Clause, Finding, Judgement, Observed
from harness.core.verdict import Verdict
from harness.report.parts import NO_SCENARIO, NOT_LOOKED_AT, Judged, parts_of, unproved_texts
from harness.report.schema import PartResult
from harness.tests.core.judge.world import PROMISE

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED


def judged(*said: tuple[Clause, Verdict], speed: float = 60, observed: Observed | None = None) -> Judged:
    """A scenario that said this."""
    findings = tuple(
        Finding(clause=clause, outcome=outcome, expected="", actual=f"{clause} {outcome}") for clause, outcome in said
    )
    judgement = Judgement(name="QueueDeep", verdict=V, promise="", findings=findings, observed=observed or Observed())
    return Judged(nodeid="a", judgement=judgement, speed=speed)


def part(name: str, scenarios: Sequence[Judged]) -> PartResult:
    """One part of the promise after these scenarios."""
    return next(one for one in parts_of(PROMISE, "kubemirror-team", scenarios) if one.part == name)


@pytest.mark.parametrize(
    ("scenarios", "verdict", "observed"),
    [
        pytest.param([], S, NO_SCENARIO, id="no-scenario"),
        pytest.param([judged()], S, NOT_LOOKED_AT, id="not-looked-at"),
        pytest.param([judged((Clause.SEVERITY, V))], V, "severity VERIFIED", id="held"),
        pytest.param([judged((Clause.SEVERITY, V)), judged((Clause.SEVERITY, X))], X, "severity VIOLATED", id="broken"),
        pytest.param(
            [judged((Clause.SEVERITY, V)), judged((Clause.SEVERITY, U))], V, "severity VERIFIED", id="open-once"
        ),
        pytest.param([judged((Clause.SEVERITY, S)), judged((Clause.SEVERITY, U))], U, "severity UNKNOWN", id="open"),
    ],
)
def test_a_part_is_proved_once_and_never_broken(scenarios: list[Judged], verdict: Verdict, observed: str) -> None:
    """What no scenario could tell is open, with its reason."""
    found = part("severity", scenarios)
    assert (found.verdict, found.observed) == (verdict, observed)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        pytest.param("for", Clause.NOT_BEFORE_HOLD, Clause.FIRING, id="for"),
        pytest.param("labels", Clause.INSTANCES, Clause.LABELS, id="labels"),
        pytest.param("routing", Clause.DELIVERED, Clause.RECEIVER, id="routing"),
        pytest.param("resolve", Clause.RESOLVED, Clause.RESOLVED_DELIVERED, id="resolve"),
        pytest.param("silence", Clause.EVALUATED, Clause.SILENT, id="silence"),
    ],
)
def test_a_part_of_two_clauses_needs_both_in_one_scenario(name: str, first: Clause, last: Clause) -> None:
    """Silence while nothing was evaluated proves none; firing after too short a `for` is no `for`."""
    assert part(name, [judged((first, V), (last, V))]).verdict is V
    assert part(name, [judged((first, U), (last, V))]).verdict is U
    assert part(name, [judged((first, X), (last, S))]).verdict is X
    assert part(name, [judged((first, V)), judged((last, U))]).verdict is U


def test_the_sharpest_look_at_the_threshold_is_shown() -> None:
    """Both sides before one, and near before far."""
    scenarios = [
        judged((Clause.THRESHOLD, V), observed=Observed(threshold_low=low, threshold_high=high))
        for low, high in ((99, None), (0, 240), (97, 131), (90, 131))
    ]
    assert part("threshold", scenarios).observed == "fires somewhere between 97 and 131 items"


def test_a_threshold_without_numbers_is_told_in_words() -> None:
    """A witness that counts nothing."""
    assert part("threshold", [judged((Clause.THRESHOLD, V))]).observed == "threshold VERIFIED"


def test_a_for_is_shown_with_what_it_exceeds() -> None:
    """From pending to firing, and the last evaluation before."""
    seen = Observed(pending_s=900, hold_above_s=870)
    held = ((Clause.NOT_BEFORE_HOLD, V), (Clause.FIRING, V))
    assert part("for", [judged(*held, observed=seen)]).observed == "15m, not yet at 14m30s"
    assert part("for", [judged(*held, observed=replace(seen, hold_above_s=None))]).observed == "15m"


def test_the_slowest_scenario_proves_the_for() -> None:
    """It is nearest to what is documented."""
    held = ((Clause.NOT_BEFORE_HOLD, V), (Clause.FIRING, V))
    assert part("for", [judged(*held, speed=60), judged(*held, speed=15)]).speed == 15


@pytest.mark.parametrize(
    ("speeds", "text"),
    [
        pytest.param([60, 15], ["unscaled durations: they ran divided by 15 and 60"], id="scaled"),
        pytest.param([60, 1], [], id="once-in-real-time"),
        pytest.param([], [], id="not-at-all"),
    ],
)
def test_durations_are_proved_in_real_time_only(speeds: list[float], text: list[str]) -> None:
    """By a `for` that was seen to hold."""
    held = ((Clause.NOT_BEFORE_HOLD, V), (Clause.FIRING, V))
    scenarios = [judged(*held, speed=speed) for speed in speeds]
    told = unproved_texts(parts_of(PROMISE, "r", scenarios), scenarios)
    assert [one for one in told if one.startswith("unscaled")] == text


@pytest.mark.parametrize(
    ("lag_s", "text"),
    [
        pytest.param(1.8, "inactive 1.8 s after the end, told 3.0 s later", id="after"),
        pytest.param(-4.2, "inactive at the end, told 3.0 s later", id="before"),
        pytest.param(None, "told 3.0 s later", id="not-known"),
    ],
)
def test_an_alert_may_be_over_before_the_undo_is(lag_s: float | None, text: str) -> None:
    """The end is that of the undo, if the condition ended earlier."""
    held = ((Clause.RESOLVED, V), (Clause.RESOLVED_DELIVERED, V))
    seen = Observed(resolve_lag_s=lag_s, resolved_delivery_lag_s=3.0)
    assert part("resolve", [judged(*held, observed=seen)]).observed == text
