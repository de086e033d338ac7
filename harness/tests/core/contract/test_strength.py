"""The strength of a fault is a value of the alert's own quantity at which the alert must fire; all else is refused."""

from dataclasses import replace

import pytest

from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Quantity, Unit
from harness.core.contract.strength import ChosenStrength, strength_of
from harness.core.errors import MisuseError
from harness.tests.core.judge.world import PROMISE

LONGEST_S = 29.0


def _promise(quantity: Quantity, unit: Unit, value: float, side: str = ">") -> AlertPromise:
    threshold = replace(PROMISE.threshold, quantity=quantity, unit=unit, value=value, side=side)
    return replace(PROMISE, name="High", threshold=threshold)


QUEUE = _promise(Quantity.QUEUE_DEPTH, Unit.ITEMS, 100)
FAILED = _promise(Quantity.FAILED_RECONCILES, Unit.RATIO, 0.1)
OVERALL = _promise(Quantity.FAILED_RECONCILES_OVERALL, Unit.RATIO, 0.05)
LATENCY = _promise(Quantity.RECONCILE_LATENCY, Unit.SECONDS, 5)
MEMORY = _promise(Quantity.MEMORY_USE, Unit.RATIO, 0.9)


@pytest.mark.parametrize(
    ("promise", "text", "value"),
    [
        (QUEUE, "150", 150),
        (QUEUE, "101", 101),
        (QUEUE, " 150 items ", 150),
        (FAILED, "30%", 0.3),
        (FAILED, "30 %", 0.3),
        (FAILED, "0.3", 0.3),
        (FAILED, ".3", 0.3),
        (FAILED, "1", 1),
        (FAILED, "100%", 1),
        (OVERALL, "5.5%", 0.055),
        (LATENCY, "8s", 8),
        (LATENCY, "5.5s", 5.5),
        (LATENCY, "5500ms", 5.5),
        (LATENCY, "29s", 29),
        (MEMORY, "97%", 0.97),
        (_promise(Quantity.QUEUE_DEPTH, Unit.ITEMS, 3, "<"), "2", 2),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_read_in_the_unit_of_the_alert(promise: AlertPromise, text: str, value: float) -> None:
    """As people write it, percent or ratio; as it was written it is told again."""
    found = strength_of(promise, text, longest_s=LONGEST_S)
    assert found == ChosenStrength(alert="High", value=found.value, text=text.strip())
    assert found.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("promise", "texts"),
    [
        (QUEUE, ("150s", "150%", "150.5", "1e3", "nan", "inf", "-150", "", "many", "\u0661\u0665\u0660")),
        (FAILED, ("8s", "30 items", "nan", "NaN%", "inf", "-0.3", "", "%", "1e-1", "0.3.1")),
        (LATENCY, ("8", "0", "30%", "nan", "infs", "-8s", "", "s", "8 items", "8sec")),
        (MEMORY, ("60Mi", "nan", "8s", "")),
    ],
    ids=["items", "ratio", "seconds", "memory"],
)
def test_what_is_no_value_in_its_unit_is_refused(promise: AlertPromise, texts: tuple[str, ...]) -> None:
    """With how one is written."""
    for text in texts:
        with pytest.raises(MisuseError, match="cannot be used for High") as refused:
            strength_of(promise, text, longest_s=LONGEST_S)
        assert f"counts in {promise.threshold.unit}" in refused.value.why, text
        assert refused.value.fix.startswith("write ")
        assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("promise", "text", "why"),
    [
        (FAILED, "101%", "101 % of all reconciles cannot fail: no more than all of them do"),
        (FAILED, "30", "3000 % of all reconciles cannot fail: no more than all of them do"),
        (OVERALL, "1.01", "101 % of all reconciles cannot fail: no more than all of them do"),
        (MEMORY, "100%", "at 100 % of its memory limit the kernel ends the container"),
        (MEMORY, "1.2", "at 120 % of its memory limit the kernel ends the container"),
        (LATENCY, "29.1s", "the API server waits no longer than 29 s for what makes a write slow"),
        (LATENCY, "1m", "the API server waits no longer than 29 s for what makes a write slow"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_refused(promise: AlertPromise, text: str, why: str) -> None:
    """With the reason."""
    with pytest.raises(MisuseError) as refused:
        strength_of(promise, text, longest_s=LONGEST_S)
    assert refused.value.why == why


@pytest.mark.parametrize(
    ("promise", "text", "why", "fix"),
    [
        (QUEUE, "100", "fire > 100 items, and has no reason to at 100 items", "more than 100 items"),
        (QUEUE, "0", "fire > 100 items, and has no reason to at 0 items", "more than 100 items"),
        (FAILED, "10%", "fire > 10 %, and has no reason to at 10 %", "more than 10 %"),
        (FAILED, "9.99%", "fire > 10 %, and has no reason to at 9.99 %", "more than 10 %"),
        (LATENCY, "5s", "fire > 5 s, and has no reason to at 5 s", "more than 5 s"),
        (MEMORY, "88%", "fire > 90 %, and has no reason to at 88 %", "more than 90 %"),
        (_promise(Quantity.QUEUE_DEPTH, Unit.ITEMS, 3, "<"), "3", "fire < 3 items", "less than 3 items"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_alert_need_not_fire_at_is_refused(promise: AlertPromise, text: str, why: str, fix: str) -> None:
    """The threshold itself too; both numbers are told so that they do not look the same."""
    with pytest.raises(MisuseError) as refused:
        strength_of(promise, text, longest_s=LONGEST_S)
    assert why in refused.value.why
    assert refused.value.fix == f"ask for {fix}"


@pytest.mark.parametrize(
    "promise",
    [
        _promise(Quantity.SERVING_REPLICAS, Unit.REPLICAS, 1, "<"),
        _promise(Quantity.LEADING_REPLICAS, Unit.REPLICAS, 1, "<"),
        _promise(Quantity.CPU_THROTTLING, Unit.RATIO, 0.25),
        _promise(Quantity.OTHER, Unit.RATIO, 0.25),
        _promise(Quantity.QUEUE_DEPTH, Unit.REPLICAS, 100),
    ],
    ids=lambda promise: promise.threshold.quantity,
)
def test_what_has_no_strength_says_so(promise: AlertPromise) -> None:
    """Whatever value was given."""
    for text in ("0", "50%", "150"):
        with pytest.raises(MisuseError, match="--strength does not go with High") as refused:
            strength_of(promise, text, longest_s=LONGEST_S)
        assert refused.value.fix == "leave --strength out"
        assert refused.value.why


def test_it_is_that_of_one_alert() -> None:
    """Beside the one that is meant, another of the same scenario keeps the scenario's own."""
    found = strength_of(OVERALL, "30%", longest_s=LONGEST_S)
    assert found.of(OVERALL) == 0.3
    assert found.of(replace(FAILED, name="Other")) is None
