"""What recording adds is the sum of what each scenario's recording took, over the scenarios' own time."""

import pytest

from harness.bench.recordings import recordings_of
from harness.bench.spread import Spread
from harness.report.schema import Results, ScenarioResult
from harness.tests.bench.test_pace import VERIFIED, results


def _with(*scenarios: ScenarioResult) -> Results:
    return results(VERIFIED).model_copy(update={"scenarios": scenarios})


def _scenario(nodeid: str, seconds: float, took: float, size: int) -> ScenarioResult:
    said = {"nodeid": nodeid, "about": "a", "verdict": "VERIFIED", "seconds": seconds}
    return ScenarioResult.model_validate({**said, "recording_seconds": took, "recording_bytes": size})


def test_each_scenario_counts_once() -> None:
    """However many promises it judged; one without a recording does not."""
    cost = recordings_of(
        _with(
            _scenario("a", 10, 0.1, 1_000),
            _scenario("a", 10, 0.1, 1_000),
            _scenario("b", 30, 0.3, 3_000),
            _scenario("c", 9, 0, 0),
        )
    )
    assert cost is not None
    assert (cost.recorded, cost.total_bytes) == (2, 4_000)
    assert cost.ratio == pytest.approx(0.01)
    assert cost.seconds.median == pytest.approx(0.2)
    assert cost.size_bytes == Spread(median=2_000, low=1_000, high=3_000)


def test_a_run_without_recordings_has_no_figure() -> None:
    """Not 0."""
    assert recordings_of(_with(_scenario("a", 10, 0, 0))) is None
