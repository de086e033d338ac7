"""The labels that a rule as it is written gives its alerts, beside the documented ones.

A rule sets its own labels (and its group's) over those that its expression keeps. Certain is what the rule says itself,
and what an aggregation keeps or drops.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from harness.core.contract.model import AlertPromise, Contract
from harness.core.judge.finding import Clause, Finding, unread, verified, violated
from harness.core.label_text import pairs
from harness.core.promql import Expression
from harness.core.promql.tree import VectorSelector
from harness.core.rules.model import RecordingRule
from harness.core.rules.output_labels import Carried, carried

#: what scraping adds to every series of a target
TARGET_LABELS = frozenset({"namespace", "job", "pod", "container", "service", "endpoint", "instance"})
_TEMPLATE = "{{"
#: the alert's value is written into the label, and does not only choose what is
_VALUE = re.compile(r"\{\{-?\s*(?:\(?\s*printf\s+\S+\s+)?(?:\$value|\.Value)\b")


def judge_severity(promise: AlertPromise, labels: Mapping[str, str]) -> Finding:
    """The documented severity."""
    said, expected = labels.get("severity"), f"severity: {promise.severity}"
    if said == promise.severity:
        return verified(Clause.SEVERITY, expected, expected)
    if not said:
        actual = f"the rule has no label severity, the contract says {promise.severity}"
        return violated(Clause.SEVERITY, expected, actual)
    if _TEMPLATE in said:
        return unread(Clause.SEVERITY, expected, f"the label is a template, {said!r}")
    return violated(Clause.SEVERITY, expected, f"the rule says severity {said}, the contract {promise.severity}")


def judge_labels(
    promise: AlertPromise,
    contract: Contract,
    labels: Mapping[str, str],
    expression: Expression | None,
    recording: Mapping[str, RecordingRule],
) -> Finding:
    """Exactly the documented labels: each with its value, and no other that is sure to be there."""
    fixed = {name: value for name, value in promise.labels.items() if name != "severity"}
    expected = ", ".join(filter(None, [pairs(fixed), *promise.instance_labels]))
    kinds = () if expression is None else carried(expression.tree, recording)
    documented = _documented(contract, expression)
    wrong = list(dict.fromkeys([*_by_rule(promise, labels), *_by_kinds(promise, labels, kinds, documented)]))
    if wrong:
        return violated(Clause.LABELS, expected, "; ".join(wrong))
    open_ = [*_unread(promise, labels, kinds)]
    if open_:
        return unread(Clause.LABELS, expected, f"the text does not tell {', '.join(open_)}")
    return verified(Clause.LABELS, expected, expected)


def _by_rule(promise: AlertPromise, labels: Mapping[str, str]) -> Iterator[str]:
    """What the rule's own labels say otherwise."""
    for name, value in labels.items():
        if _VALUE.search(value):
            yield f"the rule says {name}: {value}, so that with every other value another alert begins"
        if name == "severity" or _TEMPLATE in value:
            continue
        asked = promise.labels.get(name)
        if name in promise.instance_labels:
            yield f"the rule says {name}: {value or '(removed)'}, the contract each instance's own"
        elif asked is not None and value != asked:
            yield f"the rule says {name}: {value or '(removed)'}, the contract {asked}"
        elif asked is None and value:
            yield f"the rule says {name}: {value}, the contract no such label"


def _by_kinds(
    promise: AlertPromise, labels: Mapping[str, str], kinds: Sequence[Carried], documented: frozenset[str]
) -> Iterator[str]:
    """What the expression drops, keeps with another value, or keeps too much of."""
    known = {*promise.labels, *promise.instance_labels}
    for kind in kinds:
        for name in (*promise.labels, *promise.instance_labels):
            if name in labels or name == "severity":
                continue
            if kind.lacks(name):
                yield f"the expression keeps no label {name}, the contract promises it"
            asked, value = promise.labels.get(name), kind.values.get(name)
            if asked is not None and value is not None and asked != value:
                yield f"the expression selects {name}={value}, the contract promises {asked}"
        for name in sorted((kind.names or frozenset()) & documented):
            if name not in known and name not in labels:
                yield f"the expression keeps the label {name}, the contract promises no such label"


def _unread(promise: AlertPromise, labels: Mapping[str, str], kinds: Sequence[Carried]) -> Iterator[str]:
    """What may be as promised or not."""
    for name in (*promise.labels, *promise.instance_labels):
        if name not in labels:
            unclear = not kinds or any(name not in kind.values and name in promise.labels for kind in kinds)
        else:
            unclear = name in promise.labels and name != "severity" and _TEMPLATE in labels[name]
        if unclear:
            yield f"the label {name}"
    if any(kind.names is None for kind in kinds):
        yield "which labels its series have"


def _documented(contract: Contract, expression: Expression | None) -> frozenset[str]:
    """The labels that every metric of the expression is documented to have; those of scraping of the controller's."""
    read = {
        node.name for node in (() if expression is None else expression.nodes()) if isinstance(node, VectorSelector)
    }
    metrics = {each: one for one in contract.metrics for each in (one.name, f"{one.name}_bucket")}
    if not read or not all(name in metrics for name in read):
        return frozenset()
    shared = [frozenset(metrics[name].labels) for name in read]
    return TARGET_LABELS | frozenset.intersection(*shared)
