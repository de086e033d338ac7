"""An accident makes any judgement unknown, and is its first cause."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause, Finding, Judgement
from harness.core.judge.accident import by_accident
from harness.core.judge.finding import RecordedFigures
from harness.core.verdict import Verdict


def _judgement(verdict: Verdict) -> Judgement:
    finding = Finding(clause=Clause.FIRING, outcome=verdict, expected="e", actual="a")
    return Judgement(name="Alert", verdict=verdict, promise="p", findings=(finding,), cause="the usual")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_whatever_was_found_is_unknown(verdict: Verdict) -> None:
    """Neither verified nor violated; the findings stay for the reader."""
    judged = by_accident(_judgement(verdict), ["the disk was full", "etcd exited"])
    assert judged.verdict is Verdict.UNKNOWN
    assert judged.cause == "accident: the disk was full; accident: etcd exited; the usual"
    assert judged.findings == _judgement(verdict).findings


def test_a_recorded_value_is_unknown_as_well() -> None:
    """It was compared on a place that failed."""
    figures = RecordedFigures(expected=1, observed=2, difference_ratio=1, tolerance_ratio=0.1, instants=5)
    compared = replace(_judgement(Verdict.VIOLATED), recorded=figures, cause="too far")
    judged = by_accident(compared, ["etcd exited"])
    assert (judged.verdict, judged.cause) == (Verdict.UNKNOWN, "accident: etcd exited; too far")
    assert judged.recorded is figures
    assert by_accident(compared, ()) is compared


def test_without_accidents_nothing_changes() -> None:
    """Also not the cause."""
    judged = _judgement(Verdict.VIOLATED)
    assert by_accident(judged, ()) is judged


def test_an_accident_may_be_the_only_cause() -> None:
    """Of a judgement that had none."""
    judged = Judgement(name="Alert", verdict=Verdict.VERIFIED, promise="p", findings=())
    assert by_accident(judged, ["x"]).cause == "accident: x"
