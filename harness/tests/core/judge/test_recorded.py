"""The independent computation agrees with a right rule and disagrees with each wrong one."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.contract.model import RecordedKind, RecordingPromise
from harness.core.duration import PromDuration
from harness.core.exposition import Family, Page, PageSample
from harness.core.judge.recorded import RecordingCase, Scrape, histogram_quantile, judge_recording
from harness.core.samples import Point, Series
from harness.core.verdict import Verdict

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN
WINDOW_S, SCRAPE_S = 5.0, 0.5

RATE = RecordingPromise(
    name="rate",
    meaning="per second",
    kind=RecordedKind.RATE,
    metric="done_total",
    quantile=None,
    window=PromDuration.parse("5m"),
    by=("controller",),
    tolerance_ratio=0.02,
)
P99 = replace(RATE, name="p99", kind=RecordedKind.QUANTILE, metric="time_seconds", quantile=0.99)
DEPTH = replace(RATE, name="max", kind=RecordedKind.MAX, metric="depth", window=None, by=())


def pages(
    metric: str, value: Callable[[float], float], *, source: str = "a", until_s: float = 20, **labels: str
) -> tuple[Page, ...]:
    """A page each quarter of a second with one series."""
    return tuple(
        Page(
            at_s=i / 4,
            source=source,
            families=(
                Family(name=metric, type="", samples=(PageSample(name=metric, labels=labels, value=value(i / 4)),)),
            ),
        )
        for i in range(int(until_s * 4))
    )


def case(promise: RecordingPromise, taken: tuple[Page, ...], recorded: tuple[Series, ...]) -> RecordingCase:
    """The evidence, compared from second 8 to second 18."""
    return RecordingCase(
        promise=promise,
        recorded=recorded,
        pages=taken,
        window_s=WINDOW_S,
        scrape_s=SCRAPE_S,
        scrapes={},
        start_s=8,
        end_s=18,
    )


def recorded(value: Callable[[float], float], **labels: str) -> tuple[Series, ...]:
    """A recorded series each half second."""
    points = tuple(Point(at_s=i / 2 + 0.1, value=value(i / 2 + 0.1)) for i in range(40))
    return (Series(labels={"__name__": "recorded", **labels}, points=points),)


STEADY = pages("done_total", lambda t: 8 * t, controller="secret")


def test_a_right_rate_is_verified() -> None:
    """8 per second, from the pages and recorded."""
    judged = judge_recording(case(RATE, STEADY, recorded(lambda _: 8, controller="secret")))
    assert judged.verdict is V
    assert judged.recorded is not None
    assert judged.recorded.expected == pytest.approx(8)
    assert judged.recorded.observed == 8
    assert judged.recorded.difference_ratio == pytest.approx(0, abs=1e-9)


def test_a_reset_of_the_counter_does_not_matter() -> None:
    """The process began again at zero; the rate went on."""
    taken = pages("done_total", lambda t: 8 * t if t < 10 else 8 * (t - 10), controller="secret")
    assert judge_recording(case(RATE, taken, recorded(lambda _: 8, controller="secret"))).verdict is V


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        pytest.param(8.5, {"controller": "secret"}, id="six-percent-off"),
        pytest.param(480, {"controller": "secret"}, id="per-minute"),
        pytest.param(0, {"controller": "secret"}, id="zero"),
        pytest.param(math.nan, {"controller": "secret"}, id="nan-despite-traffic"),
        pytest.param(8, {"controller": "secret", "pod": "a"}, id="label-too-much"),
        pytest.param(8, {"controller": "configmap"}, id="other-controller"),
    ],
)
def test_a_wrong_rate_is_caught(value: float, labels: dict[str, str]) -> None:
    """Value and labels."""
    judged = judge_recording(case(RATE, STEADY, recorded(lambda _: value, **labels)))
    assert judged.verdict is X
    assert judged.cause


def test_the_rates_of_several_pods_add_up() -> None:
    """Two pods at 8 and 4 per second are 12."""
    taken = (*STEADY, *pages("done_total", lambda t: 4 * t, source="b", controller="secret"))
    assert judge_recording(case(RATE, taken, recorded(lambda _: 12, controller="secret"))).verdict is V


SOME = replace(RATE, only_for={"controller": ("secret", "configmap")})
OTHERS = (*STEADY, *pages("done_total", lambda t: 4 * t, controller="other"))
RIGHT = recorded(lambda _: 8, controller="secret")


def test_what_is_promised_for_some_says_nothing_of_others() -> None:
    """Not recorded, recorded wrongly, with other labels: nobody's business."""
    assert judge_recording(case(RATE, OTHERS, RIGHT)).cause == 'nothing recorded for controller="other"'
    assert judge_recording(case(SOME, OTHERS, RIGHT)).verdict is V
    for odd in (recorded(lambda _: 99, controller="other"), recorded(lambda _: 4, controller="other", queue="x")):
        assert judge_recording(case(SOME, OTHERS, (*RIGHT, *odd))).verdict is V


def test_what_is_promised_for_some_is_asked_of_each_of_them() -> None:
    """A wrong value is one, and so is one that is missing."""
    wrong = recorded(lambda _: 9, controller="secret")
    assert judge_recording(case(SOME, OTHERS, wrong)).verdict is X
    both = (*STEADY, *pages("done_total", lambda t: 4 * t, controller="configmap"))
    assert judge_recording(case(SOME, both, RIGHT)).cause == 'nothing recorded for controller="configmap"'


def test_known_scrapes_make_an_unsteady_load_sharp() -> None:
    """With the scrape instants the expected value is one number even while the load grows."""
    scrapes = tuple(i / 2 for i in range(40))
    taken = pages("done_total", lambda t: t * t, controller="secret")

    def rate(t: float) -> float:
        inside = [s for s in scrapes if t - WINDOW_S < s <= t] if t > WINDOW_S else [0, 1]
        return (inside[-1] ** 2 - inside[0] ** 2) / (inside[-1] - inside[0])

    made = replace(
        case(RATE, taken, recorded(rate, controller="secret")),
        scrapes={"a": tuple(Scrape(at_s=each) for each in scrapes)},
    )
    assert judge_recording(made).verdict is V
    wrong = replace(made, recorded=recorded(lambda t: rate(t) * 1.025, controller="secret"))
    assert judge_recording(wrong).verdict is X
    # Without them the range is as wide as a scrape interval makes it, and the same value fits.
    assert judge_recording(replace(wrong, scrapes={})).verdict is V


def test_a_slow_scrape_makes_the_range_as_wide_as_it_took() -> None:
    """The page was written somewhere in between; what lies outside stays wrong."""
    instants = tuple(i / 2 for i in range(40))
    taken = pages("done_total", lambda t: 10 * t, controller="secret")
    slow = {"a": tuple(Scrape(at_s=each, took_s=0.4) for each in instants)}
    late = recorded(lambda _: 10 * (WINDOW_S - 0.5 + 0.4) / (WINDOW_S - 0.5), controller="secret")
    made = replace(case(replace(RATE, tolerance_ratio=0.01), taken, late), scrapes=slow)
    assert judge_recording(made).verdict is V
    quick = {"a": tuple(Scrape(at_s=each) for each in instants)}
    assert judge_recording(replace(made, scrapes=quick)).verdict is X
    wrong = recorded(lambda _: 13, controller="secret")
    assert judge_recording(replace(made, recorded=wrong)).verdict is X


def test_scrapes_so_slow_that_any_value_would_do_prove_nothing() -> None:
    """Neither right nor wrong."""
    instants = tuple(i / 2 for i in range(40))
    taken = pages("done_total", lambda t: 10 * t, controller="secret")
    slow = {"a": tuple(Scrape(at_s=each, took_s=WINDOW_S / 2) for each in instants)}
    made = replace(case(RATE, taken, recorded(lambda _: 10, controller="secret")), scrapes=slow)
    assert judge_recording(made).verdict is U


def test_a_recorded_number_after_the_traffic_ended_is_wrong() -> None:
    """Traffic until second 8 is out of every window from second 13 on; a rule that still sees it looks too far back."""
    taken = tuple(
        replace(
            page,
            families=tuple(
                replace(f, samples=tuple(replace(s, value=min(page.at_s, 8.0) * 50) for s in f.samples))
                for f in page.families
            ),
        )
        for page in histogram({"1": 1, "+Inf": 1})
    )
    made = case(P99, taken, recorded(lambda _: 0.99, controller="secret"))
    assert judge_recording(replace(made, end_s=12)).verdict is V
    assert judge_recording(replace(made, start_s=11)).verdict is X


def test_no_traffic_proves_nothing() -> None:
    """Recorded NaN beside nothing observed is no evidence."""
    bucket = pages("time_seconds_bucket", lambda _: 0, controller="secret", le="+Inf")
    judged = judge_recording(case(P99, bucket, recorded(lambda _: math.nan, controller="secret")))
    assert judged.verdict is U


def test_a_value_out_of_nowhere_is_not_compared_to_nothing() -> None:
    """Without one instant with traffic there is no verdict."""
    bucket = pages("time_seconds_bucket", lambda _: 0, controller="secret", le="+Inf")
    assert judge_recording(case(P99, bucket, recorded(lambda _: 3, controller="secret"))).verdict is U


def histogram(rates: dict[str, float]) -> tuple[Page, ...]:
    """Pages with a histogram whose cumulative buckets grow at these rates."""
    return tuple(
        Page(
            at_s=i / 4,
            source="a",
            families=(
                Family(
                    name="time_seconds",
                    type="histogram",
                    samples=tuple(
                        PageSample(
                            name="time_seconds_bucket", labels={"controller": "secret", "le": le}, value=rate * i / 4
                        )
                        for le, rate in rates.items()
                    ),
                ),
            ),
        )
        for i in range(80)
    )


def test_a_quantile_is_computed_from_the_buckets() -> None:
    """p99 of 50 below 1 s, 100 below 2 s is 1.98 s; p95 is another number."""
    taken = histogram({"1": 50, "2": 100, "+Inf": 100})
    right = case(P99, taken, recorded(lambda _: 1.98, controller="secret"))
    assert judge_recording(right).verdict is V
    wrong = case(P99, taken, recorded(lambda _: 1.9, controller="secret"))
    assert judge_recording(wrong).verdict is X


def test_the_maximum_is_over_all_pods() -> None:
    """The larger of two depths."""
    taken = (*pages("depth", lambda _: 7, name="secret"), *pages("depth", lambda _: 9, source="b", name="secret"))
    assert judge_recording(case(DEPTH, taken, recorded(lambda _: 9))).verdict is V
    assert judge_recording(case(DEPTH, taken, recorded(lambda _: 7))).verdict is X
    assert judge_recording(case(DEPTH, taken, recorded(lambda _: 16))).verdict is X


def test_a_maximum_that_moves_lies_between_its_neighbours() -> None:
    """What was scraped lies between the pages around it."""
    taken = pages("depth", lambda t: 10 * t)
    assert judge_recording(case(DEPTH, taken, recorded(lambda t: 10 * (t - 0.4)))).verdict is V
    assert judge_recording(case(DEPTH, taken, recorded(lambda t: 10 * t + 20))).verdict is X


@pytest.mark.parametrize(
    ("promise", "taken"),
    [
        pytest.param(RATE, pages("done_total", lambda t: t, until_s=6, controller="secret"), id="rate"),
        pytest.param(DEPTH, pages("depth", lambda t: t, until_s=6), id="max"),
        pytest.param(RATE, (), id="no-pages"),
    ],
)
def test_pages_that_do_not_cover_the_window_prove_nothing(promise: RecordingPromise, taken: tuple[Page, ...]) -> None:
    """Nobody looked while Prometheus did."""
    assert judge_recording(case(promise, taken, recorded(lambda _: 1, controller="secret"))).verdict is U


def test_a_target_scraped_less_than_twice_has_no_rate() -> None:
    """Prometheus has none either."""
    made = case(RATE, STEADY, recorded(lambda _: 8, controller="secret"))
    assert judge_recording(replace(made, scrapes={"a": (Scrape(at_s=9.0),)})).verdict is U


@pytest.mark.parametrize(
    ("value", "expected"), [pytest.param(8.0, X, id="traffic"), pytest.param(0.0, U, id="no-traffic")]
)
def test_nothing_recorded_is_a_violation_only_if_there_was_something(value: float, expected: Verdict) -> None:
    """A missing series is never zero."""
    taken = pages("done_total", lambda t: value * t, controller="secret")
    assert judge_recording(case(RATE, taken, ())).verdict is expected


def test_a_rule_that_is_not_loaded_is_a_violation() -> None:
    """Whatever the samples say."""
    made = case(RATE, STEADY, recorded(lambda _: 8, controller="secret"))
    judged = judge_recording(replace(made, rule_fault="no rule of this name is loaded"))
    assert (judged.verdict, judged.cause) == (X, "no rule of this name is loaded")


def test_a_value_beside_zero_differs_infinitely() -> None:
    """There is no relative difference to zero."""
    taken = pages("done_total", lambda _: 5, controller="secret")
    assert judge_recording(case(RATE, taken, recorded(lambda _: 0, controller="secret"))).verdict is V
    judged = judge_recording(case(RATE, taken, recorded(lambda _: 1, controller="secret")))
    assert judged.recorded is not None
    assert judged.recorded.difference_ratio == math.inf


@pytest.mark.parametrize(
    ("quantile", "buckets", "expected"),
    [
        pytest.param(0.5, [(1, 10), (2, 20), (math.inf, 20)], 1.0, id="on-a-bound"),
        pytest.param(0.75, [(1, 10), (2, 20), (math.inf, 20)], 1.5, id="within"),
        pytest.param(0.99, [(1, 10), (math.inf, 20)], 1.0, id="above-the-highest-bound"),
        pytest.param(0, [(1, 0), (2, 20), (math.inf, 20)], 0.0, id="rank-zero"),
        pytest.param(0.5, [(1, 0), (math.inf, 0)], math.nan, id="no-observations"),
        pytest.param(0.5, [(1, 5)], math.nan, id="no-infinite-bucket"),
        pytest.param(0.5, [(1, 5), (2, 6)], math.nan, id="no-infinite-bucket-of-two"),
        pytest.param(0.5, [], math.nan, id="no-buckets"),
    ],
)
def test_the_quantile_is_prometheus_own(quantile: float, buckets: list[tuple[float, float]], expected: float) -> None:
    """Linear within the bucket, the highest finite bound above it."""
    assert histogram_quantile(quantile, buckets) == pytest.approx(expected, nan_ok=True)


@given(st.lists(st.floats(0.001, 9.9), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_the_quantile_lies_in_the_bucket_of_the_observation(values: list[float], quantile: float) -> None:
    """As near to the true quantile as the buckets are fine."""
    bounds = [float(bound) for bound in range(1, 11)]
    buckets = [(bound, float(sum(value <= bound for value in values))) for bound in bounds]
    found = histogram_quantile(quantile, [*buckets, (math.inf, float(len(values)))])
    true = sorted(values)[math.ceil(quantile * len(values) - 1e-9) - 1]
    assert math.ceil(true) - 1 <= found <= math.ceil(true)
