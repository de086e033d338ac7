"""What must simply be there: absent is never a pass."""

import pytest

from harness.core.contract import MetricPromise, MetricType, RoutePromise
from harness.core.judge import TargetFact, judge_metric, judge_route, judge_rules, judge_target
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


@pytest.mark.parametrize(
    ("documented", "loaded", "expected"),
    [
        pytest.param(["A", "B"], {"A": "ok", "B": "ok", "C": "err"}, V, id="all"),
        pytest.param(["A", "B"], {"A": "ok"}, X, id="missing"),
        pytest.param(["A"], {"A": "err"}, X, id="broken"),
        pytest.param(["A"], {"A": "unknown"}, U, id="not-evaluated"),
        pytest.param([], {}, U, id="nothing-documented"),
    ],
)
def test_every_documented_rule_is_loaded(documented: list[str], loaded: dict[str, str], expected: Verdict) -> None:
    """And healthy."""
    assert judge_rules(documented, loaded).verdict is expected


def target(health: str, **labels: str) -> TargetFact:
    """One target."""
    return TargetFact(scrape_pool="pool", labels=labels, health=health, last_error="refused")


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        pytest.param([target("up", service="x"), target("down", service="x")], V, id="one-up"),
        pytest.param([target("down", service="x")], X, id="down"),
        pytest.param([target("unknown", service="x")], U, id="not-scraped-yet"),
        pytest.param([target("up", service="y")], X, id="others-only"),
        pytest.param([], X, id="none"),
    ],
)
def test_the_controller_is_a_healthy_target(targets: list[TargetFact], expected: Verdict) -> None:
    """By its labels."""
    assert judge_target({"service": "x"}, targets).verdict is expected


@pytest.mark.parametrize(
    ("receivers", "expected"),
    [
        pytest.param(["null", "team"], V, id="routed"),
        pytest.param(["null"], X, id="elsewhere"),
        pytest.param([], X, id="nowhere"),
    ],
)
def test_the_route_leads_to_the_documented_receiver(receivers: list[str], expected: Verdict) -> None:
    """Among others, because the route continues."""
    promise = RoutePromise(matchers={"component": "kubemirror"}, receiver="team", continues=True)
    assert judge_route(promise, receivers).verdict is expected
