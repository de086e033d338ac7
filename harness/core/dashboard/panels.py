"""A dashboard: its panels with their queries, ready to be asked, and what a query gives."""

import re
from dataclasses import dataclass
from typing import Final

from harness.core.samples import Series

#: what Grafana's server puts in by itself, all of them lengths of time:
#: https://github.com/grafana/grafana/blob/v12.1.1/pkg/promlib/models/query.go (`interpolateVariables`)
SERVERS_OWN: Final = frozenset(
    f"__{name}{unit}"
    for name, units in (("interval", ("", "_ms")), ("rate_interval", ("", "_ms")), ("range", ("", "_s", "_ms")))
    for unit in units
)
_LENGTH = re.compile(r"\$(?:(__\w+)|\{(__\w+)(?::\w+)?\})")


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelQuery:
    """One query of a panel, the dashboard's variables in place."""

    #: its letter, `refId`
    ref: str
    expr: str
    #: uid of the data source, or what the dashboard says where Grafana has none of that name
    source: str
    #: `prometheus`; empty where there is no such data source
    source_kind: str
    instant: bool
    #: variables that are still in `expr` or `source`, because their value is not known here
    not_understood: tuple[str, ...] = ()
    #: those of them that the dashboard does not have
    undefined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel with its queries; none for a panel of text."""

    title: str
    kind: str
    queries: tuple[PanelQuery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard."""

    #: empty in a file that leaves it to Grafana
    uid: str
    title: str
    #: those of folded rows among them
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelAnswer:
    """What one query of a panel gives."""

    query: PanelQuery
    series: tuple[Series, ...]
    #: what went wrong, in Grafana's or Prometheus's words; empty for nothing
    error: str


def for_prometheus(expr: str, *, range_s: float) -> str:
    """The expression with each length that Grafana's server would put in, as Prometheus can be asked it.

    All of them become the range, the longest of them: a longer window sees no less.
    """

    def length(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name not in SERVERS_OWN:
            return found[0]
        if name.endswith("_ms"):
            return str(round(range_s * 1_000))
        seconds = str(max(1, round(range_s)))
        return seconds if name.endswith("_s") else f"{seconds}s"

    return _LENGTH.sub(length, expr)
