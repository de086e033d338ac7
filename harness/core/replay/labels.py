"""Labels as rules put them on series: one that is set to nothing is taken away.

https://github.com/prometheus/prometheus/blob/v3.13.5/model/labels/labels_common.go (`Builder.Set`)
"""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.rules.model import Rule, RuleGroup

#: sorted by name, none empty: what tells one series from another
LabelSet = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One series of what an expression gives at an instant."""

    #: all labels, `__name__` included where the expression keeps it
    labels: LabelSet
    value: float


def label_set(labels: Mapping[str, str]) -> LabelSet:
    """The labels that are not empty, in order."""
    return tuple(sorted((name, value) for name, value in labels.items() if value))


def merged(group: RuleGroup, rule: Rule) -> Mapping[str, str]:
    """What is set on all that a rule makes: its group's labels, and its own over them. A value may be empty."""
    return {**group.labels, **rule.labels}


def alert_labels(element: Element, set_labels: Mapping[str, str], alertname: str) -> LabelSet:
    """An alert's own labels: those of the series without its name, the rule's over them, and the alert's name.

    Args:
        element: of which the alert is.
        set_labels: the rule's, rendered.
        alertname: over everything.
    """
    return label_set({**dict(element.labels), "__name__": "", **set_labels, "alertname": alertname})


def recorded_labels(element: Element, set_labels: Mapping[str, str], record: str) -> LabelSet:
    """What a recording rule makes of a series' labels."""
    return label_set({**dict(element.labels), "__name__": record, **set_labels})
