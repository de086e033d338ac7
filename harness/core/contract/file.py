"""The contract file: YAML text to `harness.core.contract.model.Contract`, or every mistake in it with its place.

Its shape is `harness.core.contract.schema`; what the parts say together is checked here.
"""

from collections.abc import Iterator

from harness.core.contract.model import (
    AlertPromise,
    AnnotationPromise,
    Contract,
    MetricPromise,
    MetricType,
    PanelPromise,
    RecordedKind,
    RecordingPromise,
    RoutePromise,
    Threshold,
)
from harness.core.contract.schema import AlertModel, ContractModel, RecordingModel, RouteModel
from harness.core.files.located import LocatedYaml
from harness.core.files.mistakes import FileMistakesError, Path, suggestion
from harness.core.files.validated import validate

#: what each kind of recorded value is computed from
_RECORDED_FROM = {
    RecordedKind.QUANTILE: MetricType.HISTOGRAM,
    RecordedKind.RATE: MetricType.COUNTER,
    RecordedKind.MAX: MetricType.GAUGE,
}
#: labels that scraping adds to every series of a target, by a ServiceMonitor's defaults
_TARGET_LABELS = ("namespace", "job", "pod", "container", "service", "endpoint", "instance")


def load_contract(text: str, source: str) -> Contract:
    """Reads a contract.

    Args:
        text: the file's content.
        source: the file's name, for messages and `Contract.source`.

    Raises:
        FileMistakesError: with every mistake, each with line, key and fix.
    """
    document = LocatedYaml(text, source)
    file = validate(document, ContractModel)
    mistakes = [document.mistake(path, problem, fix) for path, problem, fix in _contradictions(file)]
    if mistakes:
        raise FileMistakesError(source, mistakes)
    return Contract(
        source=source,
        scrape_interval=file.intervals.scrape,
        evaluation_interval=file.intervals.evaluation,
        alerts=tuple(_alert(name, alert) for name, alert in file.alerts.items()),
        recording_rules=tuple(_recording(name, rule) for name, rule in file.recording_rules.items()),
        metrics=tuple(
            MetricPromise(name=name, type=metric.type, labels=metric.labels) for name, metric in file.metrics.items()
        ),
        panels=tuple(
            PanelPromise(title=title, shows=panel.shows, reads=panel.reads) for title, panel in file.panels.items()
        ),
        route=RoutePromise(
            matchers=file.route.matchers,
            receiver=file.route.receiver,
            continues=file.route.continues,
            group_by=file.route.group_by,
            repeat_interval=file.route.repeat_interval,
            told_when_over=file.route.told_when_over,
        ),
        retention=file.retention,
    )


def _contradictions(file: ContractModel) -> Iterator[tuple[Path, str, str]]:
    """What each part says well and the parts together do not."""
    for name, rule in file.recording_rules.items():
        yield from _not_recordable(("recording_rules", name), rule, file)
    for title, panel in file.panels.items():
        for index, read in enumerate(panel.reads):
            if ":" in read and read not in file.recording_rules:
                yield (
                    ("panels", title, "reads", index),
                    f"is {read}, which `recording_rules` does not list",
                    suggestion(read, tuple(file.recording_rules) or ("a metric's name",)),
                )
    for name, alert in file.alerts.items():
        yield from _not_routed(("alerts", name, "labels"), alert, file.route)
    yield from _not_told_apart(file)


def _not_recordable(at: Path, rule: RecordingModel, file: ContractModel) -> Iterator[tuple[Path, str, str]]:
    metric = file.metrics.get(rule.metric)
    if metric is None:
        known = tuple(file.metrics) or ("a metric's name",)
        yield (*at, "metric"), f"is {rule.metric}, which `metrics` does not list", suggestion(rule.metric, known)
        return
    needed = _RECORDED_FROM[rule.kind]
    if metric.type is not needed:
        yield (
            (*at, "kind"),
            f"is {rule.kind}, which needs a {needed}; {rule.metric} is a {metric.type}",
            "correct `kind`, or name another metric",
        )
    labels = (*metric.labels, *_TARGET_LABELS)
    for index, label in enumerate(rule.by):
        if label not in labels:
            problem = f"is {label!r}, a label that {rule.metric} does not have"
            yield (*at, "by", index), problem, suggestion(label, labels)


def _not_routed(at: Path, alert: AlertModel, route: RouteModel) -> Iterator[tuple[Path, str, str]]:
    for label, value in route.matchers.items():
        if label not in alert.instance_labels and _fixed_labels(alert).get(label) != value:
            yield (
                at,
                f"lacks {label}: {value}, so the route to {route.receiver} does not match it",
                f"add `{label}: {value}`, or correct `route`",
            )


def _not_told_apart(file: ContractModel) -> Iterator[tuple[Path, str, str]]:
    """Promises about one alert by which nobody could find the rule that each means."""
    seen: list[tuple[str, AlertModel]] = []
    for name, alert in file.alerts.items():
        for other, former in seen:
            same_alert = (alert.alert or name) == (former.alert or other)
            same_group = not (alert.group and former.group) or alert.group == former.group
            if same_alert and same_group and _fixed_labels(alert) == _fixed_labels(former):
                yield (
                    ("alerts", name),
                    f"speaks of alert {alert.alert or name} with the same labels as {other!r}",
                    "give each the severity and labels of its rule, or name both groups: `group: NAME`",
                )
        seen.append((name, alert))


def _fixed_labels(alert: AlertModel) -> dict[str, str]:
    return {"severity": alert.severity, **alert.labels}


def _alert(name: str, alert: AlertModel) -> AlertPromise:
    return AlertPromise(
        name=name,
        promise=alert.promise,
        severity=alert.severity,
        threshold=Threshold(
            quantity=alert.threshold.quantity,
            side=alert.threshold.side,
            value=alert.threshold.value,
            unit=alert.threshold.unit,
            meaning=alert.threshold.meaning,
            window=alert.threshold.window,
            untestable=alert.threshold.untestable or "",
        ),
        hold=alert.hold,
        labels=_fixed_labels(alert),
        instance_labels=alert.instance_labels,
        keep_firing_for=alert.keep_firing_for,
        of_alert=alert.alert or "",
        group=alert.group or "",
        annotations=tuple(
            AnnotationPromise(name=key, carries=annotation.carries, labels=annotation.labels)
            for key, annotation in alert.annotations.items()
        ),
    )


def _recording(name: str, rule: RecordingModel) -> RecordingPromise:
    return RecordingPromise(
        name=name,
        meaning=rule.meaning,
        kind=rule.kind,
        metric=rule.metric,
        quantile=rule.quantile,
        window=rule.window,
        by=rule.by,
        tolerance_ratio=rule.tolerance.ratio,
        only_for=rule.only_for,
    )
