"""A promise in one sentence, the same wherever it is told: as documented, as a condition, for how long, how severe."""

from harness.core.contract.model import AlertPromise, Threshold
from harness.core.figure import figure


def condition_in_words(threshold: Threshold) -> str:
    """The documented condition: `working set / memory limit > 90 %`."""
    return f"{threshold.meaning} {threshold.side} {figure(threshold.value, threshold.unit)}"


def in_words(promise: AlertPromise) -> str:
    """The documentation's own sentence, and what it means in figures."""
    said, condition = promise.promise.rstrip("."), condition_in_words(promise.threshold)
    return f"{said} ({condition} for {promise.hold}, severity {promise.severity})."
