"""Where the bundle's files disagree with the contract, as sentences; no sentence means that they agree.

What every bundle has to agree in `harness check` says. Here is what this bundle promises besides: how its annotations
are written, and a dashboard that works with any data source.
"""

import json
import re
from collections.abc import Iterator

from harness.core.contract.model import AlertPromise, Contract
from harness.core.contract.subject import Subject
from harness.core.rules.file import parse_rules
from harness.core.rules.model import AlertingRule
from harness.core.verdict import Verdict
from harness.offline.check.agreement import checked
from harness.offline.check.bundle import Bundle
from harness.toolchain import Progress

#: what formats a value of each kind in a template
_FORMAT = {"percentage": "humanizePercentage }}", "duration": "humanizeDuration }}", "number": 'printf "%.0f" }}'}
_LABEL_IN_TEMPLATE = re.compile(r"\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)")


def differences(subject: Subject, contract: Contract) -> list[str]:
    """What `harness check` finds wrong with a subject's files, and what it cannot tell."""
    found = checked(Bundle.read(subject, contract, Progress()))
    wrong = (Verdict.VIOLATED, Verdict.UNKNOWN)
    return [f"{one.about}: {one.check}: {one.cause}" for one in found if one.verdict in wrong]


def annotations_against_contract(contract: Contract, prometheusrule: str) -> list[str]:
    """Where annotations are others, show what an alert never has, or format their value in another way."""
    groups = parse_rules(prometheusrule, "prometheusrule.yaml").groups
    rules = {rule.alert: rule for group in groups for rule in group.rules if isinstance(rule, AlertingRule)}
    return [line for alert in contract.alerts if alert.name in rules for line in _annotations(alert, rules[alert.name])]


def _annotations(promise: AlertPromise, rule: AlertingRule) -> Iterator[str]:
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


def dashboard_is_portable(contract: Contract, dashboard: str) -> list[str]:
    """Where panels stand in another order, or are bound to one Grafana."""
    panels = json.loads(dashboard)["panels"]
    titles, documented = [panel["title"] for panel in panels], [panel.title for panel in contract.panels]
    wrong = [f"panels are {titles}, documented {documented}"] if titles != documented else []
    for panel in panels:
        sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
        if any(source["uid"] != "${datasource}" for source in sources):
            wrong.append(f"{panel['title']}: is bound to one data source")
    if len({panel["id"] for panel in panels}) != len(panels):
        wrong.append("two panels have the same id")
    return wrong
