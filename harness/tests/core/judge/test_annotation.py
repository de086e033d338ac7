"""A rendered annotation names its labels and carries its number on the side that alerts, and no template debris."""

from dataclasses import replace

import pytest

from harness.core.contract.model import AnnotationPromise, Carries, Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.judge.annotation import Seen, annotation_faults, faults_of, numbers
from harness.tests.core.judge.world import World

RATIO = Threshold(quantity=Quantity.MEMORY_USE, side=">", value=0.1, unit=Unit.RATIO, meaning="errors")
SECONDS = Threshold(quantity=Quantity.RECONCILE_LATENCY, side=">", value=5, unit=Unit.SECONDS, meaning="p99")
ITEMS = Threshold(quantity=Quantity.QUEUE_DEPTH, side=">", value=100, unit=Unit.ITEMS, meaning="depth")
REPLICAS = Threshold(quantity=Quantity.SERVING_REPLICAS, side="<", value=1, unit=Unit.REPLICAS, meaning="pods")


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        pytest.param("12.5% of all", Carries.PERCENTAGE, (0.125,), id="percentage"),
        pytest.param("12.5 % and 7%", Carries.PERCENTAGE, (0.125, 0.07), id="two-percentages"),
        pytest.param("p99 is 6.1s.", Carries.DURATION, (6.1,), id="seconds-not-p99"),
        pytest.param("took 1m 3s", Carries.DURATION, (63,), id="humanized"),
        pytest.param("took 250ms", Carries.DURATION, (0.25,), id="milliseconds"),
        pytest.param("130 items, 5s, 12%.", Carries.NUMBER, (130,), id="plain-only"),
        pytest.param("depth is 130.", Carries.NUMBER, (130,), id="end-of-sentence"),
        pytest.param("1.5e+03 items", Carries.NUMBER, (1500,), id="exponent"),
        pytest.param("1.5k items", Carries.NUMBER, (1500,), id="humanize"),
        pytest.param("12.5 percent of all", Carries.PERCENTAGE, (0.125,), id="percentage-in-words"),
        pytest.param("took 6.1 seconds", Carries.DURATION, (6.1,), id="seconds-in-words"),
        pytest.param("1h 1m 3s, then 2d", Carries.DURATION, (3663, 172_800), id="two-durations"),
        pytest.param("6s 5s", Carries.DURATION, (6, 5), id="one-after-the-other"),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, kind: Carries, expected: tuple[float, ...]) -> None:
    """In the unit of the threshold."""
    assert numbers(text, kind) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "carries", "threshold", "expected"),
    [
        pytest.param("secret: 12.5% fail", Carries.PERCENTAGE, RATIO, "", id="good"),
        pytest.param("secret: 12.5% fail (more than 10%)", Carries.PERCENTAGE, RATIO, "", id="quotes-threshold"),
        pytest.param("secret: 100 items", Carries.NUMBER, ITEMS, "", id="rounded-to-the-threshold"),
        pytest.param(
            "secret: some (limit 10%)", Carries.PERCENTAGE, RATIO, "carries 10 %, not > 10 %", id="quote-alone"
        ),
        pytest.param("secret: 0 pods", Carries.NUMBER, REPLICAS, "", id="below"),
        pytest.param("secret: 6.1s", Carries.DURATION, SECONDS, "", id="duration"),
        pytest.param("secret: 12.5%", Carries.PERCENTAGE, ITEMS, "", id="other-unit-is-not-compared"),
        pytest.param("secret is late", None, SECONDS, "", id="no-number-promised"),
        pytest.param(None, None, RATIO, "text is missing", id="missing"),
        pytest.param("  ", None, RATIO, "text is empty", id="empty"),
        pytest.param("secret <no value>", None, RATIO, "contains '<no value>'", id="no-value"),
        pytest.param("secret {{ $value }}", None, RATIO, "contains '{{'", id="unrendered"),
        pytest.param("secret NaN", Carries.PERCENTAGE, RATIO, "contains 'NaN' and carries no percentage", id="nan"),
        pytest.param("secret +Inf", None, RATIO, "contains '+Inf'", id="inf"),
        pytest.param("secret %!f(string=1)", None, RATIO, "contains '%!'", id="go-formatting"),
        pytest.param("12.5% fail", Carries.PERCENTAGE, RATIO, "does not name name 'secret'", id="label"),
        pytest.param("secret fails", Carries.PERCENTAGE, RATIO, "carries no percentage", id="no-number"),
        pytest.param(
            "secret: 0.125% (> 10%)", Carries.PERCENTAGE, RATIO, "carries 0.12 %, 10 %, not > 10 %", id="wrong"
        ),
        pytest.param("secret: 12.5%%", Carries.PERCENTAGE, RATIO, "two units, '12.5%%'", id="two-signs"),
        pytest.param("secret: 12.5% %", Carries.PERCENTAGE, RATIO, "two units, '12.5% %'", id="two-signs-apart"),
        pytest.param("secret: 12.5% percent", Carries.PERCENTAGE, RATIO, "two units", id="a-sign-and-a-word"),
        pytest.param("secret: 1250%", Carries.PERCENTAGE, RATIO, "a share is never above 100 %", id="scaled-twice"),
        pytest.param("secret: 0.125", Carries.PERCENTAGE, RATIO, "carries no percentage", id="not-scaled"),
        pytest.param("secret: 6.1ss", Carries.DURATION, SECONDS, "carries no duration", id="a-letter-twice"),
        pytest.param("secret: 6.1s seconds", Carries.DURATION, SECONDS, "two units", id="a-letter-and-a-word"),
        pytest.param("secret: 6.1", Carries.DURATION, SECONDS, "carries no duration", id="no-unit"),
        pytest.param("secret: 6.1ms", Carries.DURATION, SECONDS, "carries 0.0061 s, not > 5 s", id="milliseconds"),
        pytest.param("secret: 61%", Carries.NUMBER, ITEMS, "carries no number", id="a-share-of-items"),
        pytest.param("secret: <nil> items", Carries.NUMBER, ITEMS, "contains '<nil>'", id="nil"),
        pytest.param("secret: map[a:b] 130 items", Carries.NUMBER, ITEMS, "contains 'map['", id="all-labels"),
        pytest.param("secret: %!d(float64=130) items", Carries.NUMBER, ITEMS, "contains '%!'", id="go-verb"),
        pytest.param(
            "secret: 2 pods", Carries.NUMBER, REPLICAS, "carries 2 replicas, not < 1 replica", id="wrong-side"
        ),
    ],
)
def test_each_fault_of_an_annotation_is_named(
    text: str | None, carries: Carries | None, threshold: Threshold, expected: str
) -> None:
    """What is wrong, in words; nothing for a good one."""
    promise = AnnotationPromise(name="text", carries=carries, labels=("name",))
    found = faults_of(promise, threshold, text, {"name": "secret", "empty": ""})
    assert expected in found
    assert bool(found) is bool(expected)


def test_digits_of_a_label_are_not_the_value() -> None:
    """`pod-130` is a name."""
    promise = AnnotationPromise(name="text", carries=Carries.NUMBER, labels=("pod",))
    assert "carries no number" in faults_of(promise, ITEMS, "130 is deep", {"pod": "130"})


def test_a_label_that_the_alert_lacks_is_named() -> None:
    """The promise asks for a label that is not there."""
    promise = AnnotationPromise(name="text", carries=None, labels=("pod",))
    assert "no such label" in faults_of(promise, ITEMS, "deep", {})


@pytest.mark.parametrize(
    ("text", "carries", "threshold", "seen", "expected"),
    [
        pytest.param("6100s", Carries.DURATION, SECONDS, Seen(low=5.5, high=6.5), "carries 6100 s, while", id="ms"),
        pytest.param("6m 6s", Carries.DURATION, SECONDS, Seen(low=5.5, high=6.5), "carries 366 s, while", id="min"),
        pytest.param("6.1s", Carries.DURATION, SECONDS, Seen(low=5.5, high=6.5), "", id="seconds"),
        pytest.param("13000 items", Carries.NUMBER, ITEMS, Seen(low=120, high=140), "13000 items, while", id="items"),
        pytest.param("101 items", Carries.NUMBER, ITEMS, Seen(low=120, high=700), "", id="it-was-less-before"),
        pytest.param("0 pods", Carries.NUMBER, REPLICAS, Seen(low=0, high=0), "", id="none"),
        pytest.param(
            "more than 100 items", Carries.NUMBER, ITEMS, Seen(low=120, high=140), "carries 100 items alone", id="quote"
        ),
        pytest.param(
            "less than 1 pod", Carries.NUMBER, REPLICAS, Seen(low=0, high=0), "the threshold, while", id="few"
        ),
        pytest.param("100 items", Carries.NUMBER, ITEMS, Seen(low=101, high=140), "", id="rounded"),
        pytest.param("99% (> 10%)", Carries.PERCENTAGE, RATIO, Seen(low=0.11, high=0.12), "while", id="another-share"),
        pytest.param("12% (> 10%)", Carries.PERCENTAGE, RATIO, Seen(low=0.11, high=0.12), "", id="share"),
    ],
)
def test_a_number_of_another_unit_is_not_what_was_seen(
    text: str, carries: Carries, threshold: Threshold, seen: Seen, expected: str
) -> None:
    """Seconds written as milliseconds are on the right side as well; the witness saw another number."""
    found = faults_of(AnnotationPromise(name="text", carries=carries, labels=()), threshold, text, {}, seen)
    assert expected in found
    assert bool(found) is bool(expected)


def test_what_a_label_says_is_no_debris() -> None:
    """A name is data."""
    promise = AnnotationPromise(name="text", carries=None, labels=("name",))
    assert faults_of(promise, ITEMS, "{{odd}} is deep", {"name": "{{odd}}"}) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("100% fail", "", id="all of it is a share"),
        pytest.param("100.1% fail", "carries 100.1 %: a share is never above 100 %", id="more is none"),
        pytest.param("150% (> 10%)", "carries 150 %, 10 %: a share is never above 100 %", id="beside its threshold"),
        pytest.param("150% now, 12% before", "", id="one that is a share is enough"),
        pytest.param("10%", "carries 10 %, not > 10 %", id="its threshold alone"),
    ],
)
def test_a_share_is_at_most_all(text: str, expected: str) -> None:
    """The threshold does not speak for the value."""
    promise = AnnotationPromise(name="text", carries=Carries.PERCENTAGE, labels=())
    assert faults_of(promise, RATIO, text, {}) == (f"text {expected}: {text!r}" if expected else "")


@pytest.mark.parametrize(
    ("text", "seen", "fault"),
    [
        pytest.param("10s", Seen(low=80, high=90), False, id="an eighth"),
        pytest.param("9.99s", Seen(low=80, high=90), True, id="less"),
        pytest.param("80s", Seen(low=9, high=10), False, id="eight times"),
        pytest.param("80.1s", Seen(low=9, high=10), True, id="more"),
        pytest.param("100s", Seen(low=0, high=1), False, id="beside nothing everything is far"),
        pytest.param("100s", Seen(low=1, high=2), True, id="beside one it is not"),
        pytest.param("100s, or 9s", Seen(low=9, high=10), False, id="one of two"),
        pytest.param("5s", Seen(low=80, high=90), True, id="its threshold alone"),
    ],
)
def test_a_number_is_near_what_was_seen(text: str, seen: Seen, *, fault: bool) -> None:
    """Within a factor of eight: what is in another unit is off by sixty or more."""
    promise = AnnotationPromise(name="text", carries=Carries.DURATION, labels=())
    found = faults_of(promise, SECONDS, text, {}, seen)
    assert ("while the witness saw" in found) is fault


def test_what_was_seen_is_told_with_one_unit() -> None:
    """Beside what the text carries."""
    promise = AnnotationPromise(name="text", carries=Carries.DURATION, labels=())
    found = faults_of(promise, SECONDS, "6100s", {}, Seen(low=5.5, high=6.5))
    assert found == "text carries 6100 s, while the witness saw 5.5 to 6.5 s: '6100s'"


@pytest.mark.parametrize(
    ("text", "carries", "threshold", "compared"),
    [
        ("1 item", Carries.NUMBER, ITEMS, True),
        ("2 pods", Carries.NUMBER, REPLICAS, True),
        ("1 of them", Carries.NUMBER, SECONDS, False),
        ("1 of them", Carries.NUMBER, RATIO, False),
        ("1s", Carries.DURATION, SECONDS, True),
        ("1s", Carries.DURATION, ITEMS, False),
        ("0.01s", Carries.DURATION, RATIO, False),
        ("1%", Carries.PERCENTAGE, RATIO, True),
        ("1%", Carries.PERCENTAGE, SECONDS, False),
    ],
)
def test_only_what_counts_in_the_thresholds_unit_is_compared(
    text: str, carries: Carries, threshold: Threshold, *, compared: bool
) -> None:
    """Each of these is on the side that does not alert."""
    promise = AnnotationPromise(name="text", carries=carries, labels=())
    assert bool(faults_of(promise, threshold, text, {})) is compared


def test_a_label_without_a_value_is_not_named() -> None:
    """Nothing is in every text."""
    promise = AnnotationPromise(name="text", carries=None, labels=("pod",))
    assert faults_of(promise, ITEMS, "deep", {"pod": ""}) == "text does not name pod '': 'deep'"


def test_of_two_label_values_the_longer_is_left_out_first() -> None:
    """Else a part of it would be taken for the value."""
    promise = AnnotationPromise(name="text", carries=Carries.NUMBER, labels=())
    for labels in ({"a": "pod", "b": "pod 130"}, {"b": "pod 130", "a": "pod"}):
        assert "carries no number" in faults_of(promise, ITEMS, "pod 130 is deep", labels)
    assert faults_of(promise, ITEMS, "130 items", {"none": ""}) == ""


def test_every_annotation_that_is_wrong_is_told() -> None:
    """Each with all that is wrong with it; those that are right are not."""
    each = (
        AnnotationPromise(name="summary", carries=None, labels=()),
        AnnotationPromise(name="description", carries=Carries.NUMBER, labels=("name",)),
        AnnotationPromise(name="link", carries=None, labels=()),
    )
    promise = replace(World().case().promise, annotations=each)
    found = annotation_faults(promise, {"summary": "Deep", "description": "<no value>"}, {"name": "secret"})
    assert found == (
        "description contains '<no value>' and does not name name 'secret' and carries no number: '<no value>'; "
        "link is missing"
    )


@pytest.mark.parametrize(
    ("text", "carries", "threshold", "seen", "alone"),
    [
        pytest.param("5s", Carries.DURATION, SECONDS, Seen(low=5.5, high=9), False, id="a tenth above"),
        pytest.param("5s", Carries.DURATION, SECONDS, Seen(low=5.51, high=9), True, id="more above"),
        pytest.param("1 pod", Carries.NUMBER, REPLICAS, Seen(low=0.5, high=0.9), False, id="a tenth below"),
        pytest.param("1 pod", Carries.NUMBER, REPLICAS, Seen(low=0.5, high=0.95), False, id="less below"),
        pytest.param("1 pod", Carries.NUMBER, REPLICAS, Seen(low=0.5, high=0.89), True, id="more below"),
    ],
)
def test_a_value_may_be_rounded_to_the_threshold_and_not_by_more_than_a_tenth(
    text: str, carries: Carries, threshold: Threshold, seen: Seen, *, alone: bool
) -> None:
    """All that was seen has to be farther away for the text to have quoted the threshold alone."""
    found = faults_of(AnnotationPromise(name="text", carries=carries, labels=()), threshold, text, {}, seen)
    assert ("alone, the threshold" in found) is alone
    assert bool(found) is alone
