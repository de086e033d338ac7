"""What must simply be there: absent is never a pass."""

import pytest

from harness.core.contract.model import MetricPromise, MetricType
from harness.core.judge import Clause, judge_metric
from harness.core.judge.finding import Finding
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


def said(
    promise: MetricPromise, found: list[Series], stated: str | None, *, why_absent: str = ""
) -> dict[Clause, Finding]:
    """Each clause."""
    judged = judge_metric(promise, found, stated, why_absent=why_absent)
    return {one.clause: one for one in judged.findings}


def test_what_is_not_scraped_is_named_with_why() -> None:
    """Each of a histogram's three names; its type and its labels are then not looked at."""
    found = said(HISTOGRAM, [series("time_seconds_sum")], None)
    assert (found[Clause.SCRAPED].outcome, found[Clause.SCRAPED].actual) == (
        X,
        "no samples of time_seconds_bucket, time_seconds_count",
    )
    assert found[Clause.SCRAPED].expected == "scraped: time_seconds_bucket, time_seconds_sum, time_seconds_count"
    assert found[Clause.TYPE].outcome is Verdict.SKIPPED
    dropped = said(GAUGE, [], None, why_absent="it is dropped")
    assert dropped[Clause.SCRAPED].actual == "no samples of depth; it is dropped"
    assert dropped[Clause.LABELS].outcome is Verdict.SKIPPED


def test_what_is_scraped_is_counted_with_its_type_and_labels() -> None:
    """Series of another name have no part in the labels."""
    both = [series("depth", name="a"), series("depth", name="b"), series("other")]
    found = said(GAUGE, both, "gauge")
    assert found[Clause.SCRAPED].actual == "3 series"
    assert (found[Clause.TYPE].expected, found[Clause.TYPE].actual) == ("type gauge", "type gauge")
    assert (found[Clause.LABELS].expected, found[Clause.LABELS].actual) == ("labels name", "on all 2 series")
    bare = said(GAUGE, [series("depth")], "gauge")[Clause.LABELS]
    assert (bare.outcome, bare.actual) == (X, "depth without name")
    own = said(HISTOGRAM, [series("time_seconds_sum")], "histogram")[Clause.LABELS]
    assert (own.outcome, own.expected) == (V, "labels (none of its own)")


def test_the_cause_is_the_first_clause_that_is_not_verified() -> None:
    """And none where all are."""
    judged = judge_metric(GAUGE, [series("depth", name="a")], None)
    assert (judged.name, judged.cause) == ("depth", f"{Clause.TYPE}: Prometheus has no metadata of it")
    assert judge_metric(GAUGE, [series("depth", name="a")], "gauge").promise == "depth is a gauge of the controller"
