"""A dashboard as Grafana holds it: its panels with their queries, the dashboard's variables in place.

`$__interval`, `$__rate_interval`, `$__range` and their like stay as they are: Grafana's server replaces them itself
(https://github.com/grafana/grafana/blob/v12.1.1/pkg/promlib/models/query.go, `interpolateVariables`). The dashboard's
own variables it does not know; in a browser the page replaces them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_PROMETHEUS = "prometheus"
#: `$name`, `${name}`, `${name:format}`, `[[name]]`
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]")
#: kinds of variables whose value is the chosen one, or else what the dashboard has under `query`
_CHOSEN = frozenset({"query", "custom", "constant", "textbox", "interval"})
_FIXED = frozenset({"constant", "textbox"})
_ALL = "$__all"
_BUILT_IN = "__"


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelQuery:
    """One query of a panel, ready to be asked."""

    #: its letter, `refId`
    ref: str
    expr: str
    #: uid of the data source
    source: str
    instant: bool
    #: what is still in `expr` or `source`, because its value is not known here
    not_understood: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel with its queries; none for a panel of text."""

    title: str
    kind: str
    queries: tuple[PanelQuery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard."""

    uid: str
    title: str
    panels: tuple[Panel, ...]


class _Shape(BaseModel):
    """Fields that are not named here are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class DataSource(_Shape):
    """One element of `/api/datasources`."""

    uid: str
    kind: str = Field(alias="type")
    default: bool = Field(default=False, alias="isDefault")


def _uid_of(value: object) -> object:
    """In old dashboards a reference is the name alone."""
    return value.get("uid") if isinstance(value, Mapping) else value


Reference = Annotated[str | None, BeforeValidator(_uid_of)]


class _Choice(_Shape):
    value: str | tuple[str, ...] = ""


class _Variable(_Shape):
    name: str
    kind: str = Field(alias="type")
    query: object = None
    current: _Choice = _Choice()
    all_value: str | None = Field(default=None, alias="allValue")


class _Target(_Shape):
    ref: str = Field(default="A", alias="refId")
    expr: str = ""
    source: Reference = Field(default=None, alias="datasource")
    instant: bool = False
    hidden: bool = Field(default=False, alias="hide")


class _Panel(_Shape):
    title: str = ""
    kind: str = Field(alias="type")
    source: Reference = Field(default=None, alias="datasource")
    targets: tuple[_Target, ...] = ()
    #: those of a row that is folded
    panels: tuple["_Panel", ...] = ()


class _Templating(_Shape):
    variables: tuple[_Variable, ...] = Field(default=(), alias="list")


class DashboardModel(_Shape):
    """`dashboard` of `/api/dashboards/uid/UID`."""

    uid: str
    title: str
    panels: tuple[_Panel, ...] = ()
    templating: _Templating = _Templating()

    def filled_in(self, sources: tuple[DataSource, ...]) -> Dashboard:
        """With its variables' values, and with each data source as a uid."""
        known = {one.name: value for one in self.templating.variables if (value := _value(one, sources)) is not None}
        default = next((one.uid for one in sources if one.default), "")
        panels = tuple(_read(panel, known, default) for panel in _flat(self.panels))
        return Dashboard(uid=self.uid, title=self.title, panels=panels)


def _flat(panels: tuple[_Panel, ...]) -> Iterator[_Panel]:
    """Rows are no panels of their own."""
    for panel in panels:
        if panel.kind != "row":
            yield panel
        yield from _flat(panel.panels)


def _read(panel: _Panel, known: Mapping[str, str], default: str) -> Panel:
    queries = tuple(
        _query(one, known, one.source or panel.source or default)
        for one in panel.targets
        if one.expr and not one.hidden
    )
    return Panel(title=panel.title, kind=panel.kind, queries=queries)


def _query(target: _Target, known: Mapping[str, str], reference: str) -> PanelQuery:
    expr, missing = _replaced(target.expr, known)
    source, unnamed = _replaced(reference, known)
    return PanelQuery(
        ref=target.ref,
        expr=expr,
        source=source,
        instant=target.instant,
        not_understood=tuple(dict.fromkeys((*missing, *unnamed))),
    )


def _replaced(text: str, known: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text with the variables' values, and the names of those that have none."""
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        name = next(filter(None, found.groups()))
        if name not in known and not name.startswith(_BUILT_IN):
            missing.append(name)
        return known.get(name, found.group())

    return _VARIABLE.sub(value, text), tuple(missing)


def _value(variable: _Variable, sources: tuple[DataSource, ...]) -> str | None:
    """What stands for the variable when nobody has chosen anything on the page; None where only the page can tell."""
    if variable.kind == "datasource":
        return _source(variable, sources)
    if variable.kind not in _CHOSEN:
        return None
    chosen = variable.current.value
    if not chosen and variable.kind in _FIXED and isinstance(variable.query, str):
        chosen = variable.query
    if chosen in (_ALL, (_ALL,)):
        return variable.all_value or None
    # several are alternatives of a regular expression
    return chosen if isinstance(chosen, str) and chosen else f"({'|'.join(chosen)})" if chosen else None


def _source(variable: _Variable, sources: tuple[DataSource, ...]) -> str | None:
    """The chosen one if it is there; else the page takes the default one of that type, or the first."""
    fitting = [one for one in sources if one.kind == (variable.query or _PROMETHEUS)]
    fitting.sort(key=lambda one: (one.uid != variable.current.value, not one.default))
    return fitting[0].uid if fitting else None
