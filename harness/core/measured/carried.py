"""What the alerts of a measurement carry: their labels, and texts rendered at several values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise
from harness.core.judge.annotation import Seen, annotation_faults
from harness.core.label_text import pair, pairs
from harness.core.measured.situations import Trial
from harness.core.measured.summary import Line
from harness.core.verdict import Verdict

#: of what is wrong
_SHOWN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerted:
    """One alert at the end of a trial in which it must be active."""

    trial: Trial
    labels: Mapping[str, str]
    #: rendered
    annotations: Mapping[str, str]
    #: what the documented quantity is
    truth: float


def labels_line(promise: AlertPromise, found: Sequence[Alerted]) -> Line:
    """Whether every alert has exactly the documented labels."""
    wanted = {**promise.labels, "severity": promise.severity}
    expected = ", ".join(filter(None, [pairs(wanted), *promise.instance_labels]))
    wrong = {text: one.trial for one in found for text in _wrong(promise, wanted, one.labels)}
    if wrong:
        return Line(
            check="measured labels",
            verdict=Verdict.VIOLATED,
            expected=f"exactly {expected}",
            actual="; ".join(list(wrong)[:_SHOWN]),
            shown_by=tuple(wrong.values())[:1],
        )
    return Line(
        check="measured labels",
        verdict=Verdict.VERIFIED if found else Verdict.UNKNOWN,
        expected=f"exactly {expected}",
        actual=pairs(found[0].labels) if found else "it was never active",
    )


def annotations_line(promise: AlertPromise, found: Sequence[Alerted]) -> Line:
    """Whether every text says what is documented, at every value."""
    expected = ", ".join(one.name for one in promise.annotations) or "nothing is promised"
    wrong: dict[str, Trial] = {}
    for one in found:
        fault = annotation_faults(promise, one.annotations, one.labels, Seen(low=one.truth, high=one.truth))
        if fault:
            wrong.setdefault(fault, one.trial)
    if wrong:
        return Line(
            check="measured annotations",
            verdict=Verdict.VIOLATED,
            expected=expected,
            actual="; ".join(list(wrong)[:_SHOWN]),
            shown_by=tuple(wrong.values())[:1],
        )
    values = len({one.truth for one in found})
    return Line(
        check="measured annotations",
        verdict=Verdict.VERIFIED if found else Verdict.UNKNOWN,
        expected=expected,
        actual=f"rendered at {values} value{'s' if values > 1 else ''}" if found else "it was never active",
    )


def _wrong(promise: AlertPromise, wanted: Mapping[str, str], labels: Mapping[str, str]) -> Iterable[str]:
    names = {*wanted, *promise.instance_labels, "alertname"}
    for name, value in sorted(wanted.items()):
        if name in labels and labels[name] != value:
            yield f"{pair(name, labels[name])} instead of {pair(name, value)}"
    yield from (f"{name} missing" for name in sorted(names) if name not in labels)
    yield from (f"{pair(name, labels[name])} too much" for name in sorted(labels) if name not in names)
