"""What must simply be there: absent is never a pass."""

import pytest

from harness.core.contract import MetricPromise, MetricType
from harness.core.judge import judge_metric
from harness.core.samples import Point, Series
from harness.core.verdict import Verdict

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN
GAUGE = MetricPromise(name="depth", type=MetricType.GAUGE, labels=("name",))
HISTOGRAM = MetricPromise(name="time_seconds", type=MetricType.HISTOGRAM, labels=())
NOW = (Point(at_s=1, value=1),)


def series(metric: str, points: tuple[Point, ...] = NOW, **labels: str) -> Series:
    """One series of a metric."""
    return Series(labels={"__name__": metric, **labels}, points=points)


@pytest.mark.parametrize(
    ("promise", "found", "stated", "expected"),
    [
        pytest.param(GAUGE, [series("depth", name="a")], "gauge", V, id="as-promised"),
        pytest.param(
            HISTOGRAM,
            [series("time_seconds" + s) for s in ("_bucket", "_sum", "_count")],
            "histogram",
            V,
            id="histogram",
        ),
        pytest.param(HISTOGRAM, [series("time_seconds_sum")], "histogram", X, id="half-a-histogram"),
        pytest.param(GAUGE, [], None, X, id="absent"),
        pytest.param(GAUGE, [series("depth", (), name="a")], "gauge", X, id="no-samples"),
        pytest.param(GAUGE, [series("depth", name="a")], "counter", X, id="wrong-type"),
        pytest.param(GAUGE, [series("depth", name="a")], None, U, id="no-metadata"),
        pytest.param(GAUGE, [series("depth", name="a"), series("depth")], "gauge", X, id="label-missing"),
    ],
)
def test_a_metric_is_scraped_with_type_and_labels(
    promise: MetricPromise, found: list[Series], stated: str | None, expected: Verdict
) -> None:
    """Each part is a clause of its own."""
    judged = judge_metric(promise, found, stated)
    assert judged.verdict is expected
    assert bool(judged.cause) is (expected is not V)
