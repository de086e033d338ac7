"""Where the bundle's files disagree with the contract, as sentences; no sentence means that they agree."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ruamel.yaml import YAML

from harness.core.contract.model import AlertPromise, Contract, RecordingPromise
from harness.core.duration import PromDuration
from harness.core.promql import Expression
from harness.core.promql.tree import VectorSelector

#: what formats a value of each kind in a template
_FORMAT = {"percentage": "humanizePercentage }}", "duration": "humanizeDuration }}", "number": 'printf "%.0f" }}'}
_LABEL_IN_TEMPLATE = re.compile(r"\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the PrometheusRule."""

    name: str
    alerting: bool
    expression: Expression
    hold: PromDuration
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def rules(prometheusrule: str) -> list[Rule]:
    """All rules of a PrometheusRule."""
    groups = YAML(typ="safe", pure=True).load(prometheusrule)["spec"]["groups"]
    return [
        Rule(
            name=rule.get("alert") or rule["record"],
            alerting="alert" in rule,
            expression=Expression.parse(rule["expr"]),
            hold=PromDuration.parse(rule.get("for", "0s")),
            labels=rule.get("labels", {}),
            annotations=rule.get("annotations", {}),
        )
        for group in groups
        for rule in group["rules"]
    ]


def metrics_read(expression: Expression) -> set[str]:
    """The names of all metrics that an expression selects."""
    return {node.name for node in expression.nodes() if isinstance(node, VectorSelector) and node.name}


def _windows(expression: Expression) -> set[PromDuration]:
    return {stretch.length for stretch in expression.stretches()}


def rules_against_contract(contract: Contract, prometheusrule: str) -> list[str]:
    """Where names, counts, severities, waiting times, labels, thresholds or windows differ."""
    found = rules(prometheusrule)
    documented = [*(alert.name for alert in contract.alerts), *(rule.name for rule in contract.recording_rules)]
    names = [rule.name for rule in found]
    by_name = {rule.name: rule for rule in found}
    return [
        *(f"{name} is documented and has no rule" for name in documented if name not in names),
        *(f"{name} has a rule and is not documented" for name in names if name not in documented),
        *(f"{name} has {names.count(name)} rules" for name in sorted(set(names)) if names.count(name) > 1),
        *(line for alert in contract.alerts if alert.name in by_name for line in _alert(alert, by_name[alert.name])),
        *(
            line
            for record in contract.recording_rules
            if record.name in by_name
            for line in _record(record, by_name[record.name])
        ),
    ]


def _alert(promise: AlertPromise, rule: Rule) -> Iterator[str]:
    name = promise.name
    if rule.hold != promise.hold:
        yield f"{name}: for is {rule.hold}, documented {promise.hold}"
    if rule.labels.get("severity") != promise.severity:
        yield f"{name}: severity is {rule.labels.get('severity')}, documented {promise.severity}"
    for label, value in rule.labels.items():
        if promise.labels.get(label) != value:
            yield f"{name}: label {label} is {value}, documented {promise.labels.get(label)}"
    yield from _annotations(promise, rule)


def _annotations(promise: AlertPromise, rule: Rule) -> Iterator[str]:
    name = promise.name
    annotations = {annotation.name for annotation in promise.annotations}
    if set(rule.annotations) != annotations:
        yield f"{name}: annotations are {sorted(rule.annotations)}, documented {sorted(annotations)}"
    known = {*promise.labels, *promise.instance_labels}
    for annotation in promise.annotations:
        text = rule.annotations.get(annotation.name, "")
        used = set(_LABEL_IN_TEMPLATE.findall(text))
        for label in sorted(used - known):
            yield f"{name}: {annotation.name} shows the label {label}, which the alert never has"
        for label in sorted(set(annotation.labels) - used):
            yield f"{name}: {annotation.name} does not show {label}"
        if ("$value" in text) is (annotation.carries is None):
            yield f"{name}: {annotation.name} shows a value and promises none, or the other way round"
        if annotation.carries and f"| {_FORMAT[annotation.carries]}" not in text:
            yield f"{name}: {annotation.name} does not format its value as {annotation.carries}"


def _record(promise: RecordingPromise, rule: Rule) -> Iterator[str]:
    reads = {metric.removesuffix("_bucket") for metric in metrics_read(rule.expression)}
    if reads != {promise.metric}:
        yield f"{promise.name}: reads {sorted(reads)}, documented {promise.metric}"
    windows = set() if promise.window is None else {promise.window}
    if _windows(rule.expression) != windows:
        yield f"{promise.name}: another window than documented"


def dashboard_against_contract(contract: Contract, dashboard: str) -> list[str]:
    """Where titles, metrics or the data source differ; every query must be PromQL."""
    panels = json.loads(dashboard)["panels"]
    titles = [panel["title"] for panel in panels]
    documented = [panel.title for panel in contract.panels]
    wrong = [f"panels are {titles}, documented {documented}"] if titles != documented else []
    for panel in panels:
        promise = next((panel_ for panel_ in contract.panels if panel_.title == panel["title"]), None)
        reads = set().union(*(metrics_read(Expression.parse(target["expr"])) for target in panel["targets"]))
        unread = sorted(set(promise.reads if promise else ()) - reads)
        wrong.extend(f"{panel['title']}: does not read {metric}" for metric in unread)
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        if any(source["uid"] != "${datasource}" for source in sources):
            wrong.append(f"{panel['title']}: is bound to one data source")
    if len({panel["id"] for panel in panels}) != len(panels):
        wrong.append("two panels have the same id")
    return wrong
