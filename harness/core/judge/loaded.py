"""Judging what must simply be there: the documented metrics."""

from collections.abc import Sequence

from harness.core.contract.model import MetricPromise, MetricType
from harness.core.judge.finding import Clause, Finding, Judgement, skipped, unknown, verified, violated, weigh
from harness.core.samples import Series

_HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")


def judge_metric(
    promise: MetricPromise, series: Sequence[Series], stated_type: str | None, *, why_absent: str = ""
) -> Judgement:
    """The metric is scraped, with the documented type and labels.

    Args:
        promise: as documented.
        series: what Prometheus has under the name or, for a histogram, under its three names; from the controller's
            target only.
        stated_type: the type in Prometheus's metadata; None if it has none for this name.
        why_absent: of one that is not there: who drops it, or the likeliest names that are there.
    """
    wanted = [promise.name + suffix for suffix in _HISTOGRAM_SUFFIXES]
    names = wanted if promise.type is MetricType.HISTOGRAM else [promise.name]
    having = {each.labels.get("__name__", "") for each in series if each.points}
    absent = [name for name in names if name not in having]
    expected_type = f"type {promise.type}"
    if absent:
        actual = "no samples of " + ", ".join(absent) + (f"; {why_absent}" if why_absent else "")
        scraped = violated(Clause.SCRAPED, "scraped: " + ", ".join(names), actual)
    else:
        scraped = verified(Clause.SCRAPED, "scraped: " + ", ".join(names), f"{len(series)} series")
    if stated_type is None:
        typed = (
            skipped(Clause.TYPE, expected_type, "it is not scraped")
            if absent
            else unknown(Clause.TYPE, expected_type, "Prometheus has no metadata of it")
        )
    else:
        right = stated_type == promise.type
        typed = (verified if right else violated)(Clause.TYPE, expected_type, f"type {stated_type}")
    findings = (scraped, typed, _judge_metric_labels(promise, series, names))
    return _judgement(promise.name, f"{promise.name} is a {promise.type} of the controller", findings)


def _judge_metric_labels(promise: MetricPromise, series: Sequence[Series], names: Sequence[str]) -> Finding:
    expected = "labels " + (", ".join(promise.labels) or "(none of its own)")
    mine = [each for each in series if each.labels.get("__name__") in names]
    if not mine:
        return skipped(Clause.LABELS, expected, "it is not scraped")
    for each in mine:
        missing = [label for label in promise.labels if label not in each.labels]
        if missing:
            return violated(Clause.LABELS, expected, f"{each.labels['__name__']} without {', '.join(missing)}")
    return verified(Clause.LABELS, expected, f"on all {len(mine)} series")


def _judgement(name: str, promise: str, findings: tuple[Finding, ...]) -> Judgement:
    broken = [finding for finding in findings if finding.outcome != "VERIFIED"]
    cause = f"{broken[0].clause}: {broken[0].actual}" if broken else ""
    return Judgement(name=name, verdict=weigh(findings), promise=promise, findings=findings, cause=cause)
