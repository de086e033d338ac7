"""The setting of a stack: what its series are called, its rules as loaded, its routes.

It is lines of text, so that two settings are the same when their lines are, and a difference is a line that a person
can read. What names one cluster, one pod or one process says nothing about an alert and is left out: of such a label
only that it is there is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final

from harness.core.label_text import pair

#: the labels whose values are part of what rules and routes go by; all others are those of one cluster, one pod, one
#: piece of work
_MEANT: Final = frozenset(
    ("job", "namespace", "service", "endpoint", "container", "metrics_path", "resource", "unit", "rule_group")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigSnapshot:
    """One stack's monitoring, at one speed. Sorted lines."""

    speed: float
    #: between two evaluations, seconds of the clock
    evaluation_s: float
    #: the series that the subject's rules read
    series: tuple[str, ...] = ()
    #: the groups of the subject's rules
    rules: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    inhibitions: tuple[str, ...] = ()
    #: why it is not known; empty if it is
    unread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingDifference:
    """One line that one of two settings has and the other has not."""

    #: `series`, `rules`, `routes` or `inhibitions`
    part: str
    line: str
    #: whether the first has it
    first: bool


#: the parts that are compared
PARTS: Final = tuple(one.name for one in fields(ConfigSnapshot) if one.name not in {"speed", "evaluation_s", "unread"})


def series_lines(name: str, found: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """The kinds of series that a metric has: with the values of labels that are meant, and the names of all others.

    Args:
        name: of the metric.
        found: the labels of each series.
    """
    return tuple(sorted({f"{name}{{{_shown(labels)}}}" for labels in found})) or (f"{name} (no series)",)


def setting_differences(first: ConfigSnapshot, second: ConfigSnapshot) -> tuple[SettingDifference, ...]:
    """Every line that only one of the two has, part by part."""
    return tuple(
        SettingDifference(part=part, line=line, first=line in mine)
        for part in PARTS
        for mine, other in [(frozenset(getattr(first, part)), frozenset(getattr(second, part)))]
        for line in sorted(mine ^ other)
    )


def _shown(labels: Mapping[str, str]) -> str:
    return ", ".join(
        pair(label, value) if label in _MEANT else label
        for label, value in sorted(labels.items())
        if label != "__name__"
    )
