"""Judging what must simply be there: documented metrics, rules, the scrape target, the route."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core.contract import MetricPromise, MetricType, RoutePromise
from harness.core.judge.finding import Clause, Finding, Judgement, skipped, unknown, verified, violated, weigh
from harness.core.samples import Series

_HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFact:
    """One active target as Prometheus lists it."""

    scrape_pool: str
    labels: Mapping[str, str]
    #: `up`, `down` or `unknown`
    health: str
    last_error: str


def judge_metric(promise: MetricPromise, series: Sequence[Series], stated_type: str | None) -> Judgement:
    """The metric is scraped, with the documented type and labels.

    Args:
        promise: as documented.
        series: what Prometheus has under the name or, for a histogram, under its three names; from the controller's
            target only.
        stated_type: the type in Prometheus's metadata; None if it has none for this name.
    """
    wanted = [promise.name + suffix for suffix in _HISTOGRAM_SUFFIXES]
    names = wanted if promise.type is MetricType.HISTOGRAM else [promise.name]
    having = {each.labels.get("__name__", "") for each in series if each.points}
    absent = [name for name in names if name not in having]
    expected_type = f"type {promise.type}"
    if absent:
        scraped = violated(Clause.SCRAPED, "scraped: " + ", ".join(names), "no samples of " + ", ".join(absent))
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


def judge_rules(documented: Iterable[str], loaded: Mapping[str, str]) -> Judgement:
    """Every documented rule is loaded and healthy.

    Args:
        documented: names of alerts and recording rules.
        loaded: health by name, as Prometheus says, of the alerts and recording rules it has.
    """
    wanted = tuple(documented)
    expected = f"{len(wanted)} documented rules loaded and healthy"
    missing = [name for name in wanted if name not in loaded]
    ill = [f"{name} is {loaded[name]}" for name in wanted if loaded.get(name) == "err"]
    waiting = [f"{name} is {loaded[name]}" for name in wanted if loaded.get(name) not in (None, "ok", "err")]
    if missing or ill:
        parts = ["not loaded: " + ", ".join(missing)] if missing else []
        finding = violated(Clause.LOADED, expected, "; ".join(parts + ill))
    elif waiting or not wanted:
        finding = unknown(Clause.LOADED, expected, "; ".join(waiting) or "no rule is documented")
    else:
        finding = verified(Clause.LOADED, expected, "all of them")
    return _judgement("rules", "Prometheus loads every documented rule", (finding,))


def judge_target(matching: Mapping[str, str], targets: Sequence[TargetFact]) -> Judgement:
    """The controller is a healthy target.

    Args:
        matching: labels of the controller's target, e.g. `namespace` and `service`.
        targets: all active targets.
    """
    expected = "a healthy target with " + ", ".join(f'{k}="{v}"' for k, v in sorted(matching.items()))
    mine = [target for target in targets if all(target.labels.get(k) == v for k, v in matching.items())]
    healthy = [target for target in mine if target.health == "up"]
    if healthy:
        finding = verified(Clause.TARGET, expected, f"{len(healthy)} of {len(mine)} up")
    elif not mine:
        pools = sorted({target.scrape_pool for target in targets})
        finding = violated(Clause.TARGET, expected, "none; there are " + (", ".join(pools) or "no targets at all"))
    elif any(target.health == "unknown" for target in mine):
        finding = unknown(Clause.TARGET, expected, "not scraped yet")
    else:
        finding = violated(Clause.TARGET, expected, f"{len(mine)} down: {mine[0].last_error}")
    return _judgement("target", "The ServiceMonitor leads Prometheus to the controller", (finding,))


def judge_route(promise: RoutePromise, receivers: Sequence[str]) -> Judgement:
    """An alert with the documented labels reaches the documented receiver.

    Args:
        promise: the documented route.
        receivers: those that Alertmanager names for an alert with these labels.
    """
    labels = ", ".join(f'{k}="{v}"' for k, v in sorted(promise.matchers.items()))
    expected = f"{{{labels}}} -> {promise.receiver}"
    actual = ", ".join(receivers) or "no receiver"
    right = promise.receiver in receivers
    finding = (verified if right else violated)(Clause.ROUTE, expected, actual)
    return _judgement("route", f"Alerts with {labels} go to {promise.receiver}", (finding,))


def _judgement(name: str, promise: str, findings: tuple[Finding, ...]) -> Judgement:
    broken = [finding for finding in findings if finding.outcome != "VERIFIED"]
    cause = f"{broken[0].clause}: {broken[0].actual}" if broken else ""
    return Judgement(name=name, verdict=weigh(findings), promise=promise, findings=findings, cause=cause)
