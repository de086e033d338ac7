"""A dashboard as its file has it and as Grafana holds it: JSON read, and the dashboard's variables put in place.

`$__interval`, `$__rate_interval`, `$__range` and their like stay as they are: Grafana's server replaces them itself
(`harness.core.dashboard.panels.SERVERS_OWN`). The dashboard's own variables it does not know; in a browser the page
replaces them.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from string import ascii_uppercase
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from harness.core.dashboard.panels import SERVERS_OWN, Dashboard, Panel, PanelQuery
from harness.core.errors import MisuseError

_PROMETHEUS = "prometheus"
#: `$name`, `${name}`, `${name:format}`, `[[name]]`
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\]")
#: kinds of variables whose value is the chosen one, or else what the dashboard has under `query`
_CHOSEN = frozenset({"query", "custom", "constant", "textbox", "interval"})
_FIXED = frozenset({"constant", "textbox"})
#: the kind whose values a data source tells
_ASKED = "query"
_ALL = "$__all"
#: the page's own, beside those of the server
_BUILT_IN = "__"
#: `label_replace` has a language of its own in which `$1` and `${name}` are groups of a regular expression
_GROUP = re.compile(r"\(\?P?<(\w+)>")


class _Shape(BaseModel):
    """Fields that are not named here are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class DataSource(_Shape):
    """One element of `/api/datasources`."""

    uid: str
    name: str = ""
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
    #: when the page asks what there is to choose: 0 never, 1 when it is opened, 2 also when its time changes
    refresh: object = None
    current: _Choice = _Choice()
    all_value: str | None = Field(default=None, alias="allValue")


class _Target(_Shape):
    #: a page gives one to a query that has none
    ref: str = Field(default="", alias="refId")
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
    """`dashboard` of `/api/dashboards/uid/UID`, and the content of a dashboard's file."""

    #: Grafana makes one up for a file that has none
    uid: str | None = None
    title: str
    panels: tuple[_Panel, ...] = ()
    templating: _Templating = _Templating()

    def filled_in(self, sources: tuple[DataSource, ...]) -> Dashboard:
        """With its variables' values, and with each data source as a uid."""
        page = _Page(self.templating.variables, sources)
        panels = tuple(page.panel(panel) for panel in _flat(self.panels))
        return Dashboard(uid=self.uid or "", title=self.title, panels=panels)


def read_dashboard(text: str, source: str) -> DashboardModel:
    """The content of a dashboard's file.

    Args:
        text: JSON.
        source: the file, for messages.

    Raises:
        MisuseError: it is no dashboard.
    """
    try:
        return DashboardModel.model_validate_json(text)
    except ValidationError as error:
        raise MisuseError(
            f"{source} is no dashboard of Grafana's",
            why="; ".join(f"{'.'.join(map(str, one['loc'])) or 'it'}: {one['msg']}" for one in error.errors()),
            fix="export it from Grafana as JSON, without the surrounding `dashboard` of its API",
        ) from error


def _flat(panels: tuple[_Panel, ...]) -> Iterator[_Panel]:
    """Rows are no panels of their own."""
    for panel in panels:
        if panel.kind != "row":
            yield panel
        yield from _flat(panel.panels)


class _Page:
    """What a page knows that shows a dashboard: the values of its variables, and the data sources."""

    def __init__(self, variables: tuple[_Variable, ...], sources: tuple[DataSource, ...]) -> None:
        self._sources = sources
        self._names = frozenset(one.name for one in variables)
        self._known = {one.name: value for one in variables if (value := _value(one, sources)) is not None}
        self._default = next((one.uid for one in sources if one.default), "")

    def panel(self, panel: _Panel) -> Panel:
        """With its queries; those that a page would not ask are left out."""
        queries = tuple(
            self._query(ref, one, one.source or panel.source or self._default)
            for ref, one in _with_refs(panel.targets)
            if one.expr and not one.hidden
        )
        return Panel(title=panel.title, kind=panel.kind, queries=queries)

    def _query(self, ref: str, target: _Target, reference: str) -> PanelQuery:
        expr, missing = self._replaced(target.expr)
        named, unnamed = self._replaced(reference)
        # in old dashboards by its name
        source = next((one for one in self._sources if named in (one.uid, one.name)), None)
        left = tuple(dict.fromkeys((*missing, *unnamed)))
        return PanelQuery(
            ref=ref,
            expr=expr,
            source=named if source is None else source.uid,
            source_kind="" if source is None else source.kind,
            instant=target.instant,
            not_understood=left,
            undefined=tuple(name for name in left if name not in self._names and not name.startswith(_BUILT_IN)),
        )

    def _replaced(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text with the variables' values, and the names of those that have none."""
        missing: list[str] = []
        groups = _GROUP.findall(text)

        def value(found: re.Match[str]) -> str:
            name = next(filter(None, found.groups()))
            if name in self._known:
                return self._known[name]
            if name in self._names or not (name in SERVERS_OWN or name in groups or name.isdigit()):
                missing.append(name)
            return found.group()

        return _VARIABLE.sub(value, text), tuple(missing)


def _with_refs(targets: tuple[_Target, ...]) -> Iterator[tuple[str, _Target]]:
    """Each with its letter; one without it has the next that is free, as a page does it (`getNextRefId`).

    https://github.com/grafana/grafana/blob/e2fa81b997a83095c45507aa116f67d92525c9dc/packages/grafana-data/src/query/refId.ts
    """
    used = {one.ref for one in targets}
    free = (ref for ref in (*ascii_uppercase, *map("".join, product(ascii_uppercase, repeat=2))) if ref not in used)
    for one in targets:
        yield one.ref or next(free), one


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
        value = variable.all_value or ""
    elif variable.kind == _ASKED and variable.refresh:
        value = ""  # what was saved may not be there any more, then the page takes something else
    else:
        # several are alternatives of a regular expression
        value = chosen if isinstance(chosen, str) else f"({'|'.join(chosen)})" if chosen else ""
    # an interval that is left to the page, `$__auto_interval_name`, or another variable
    return value if value and "$" not in value else None


def _source(variable: _Variable, sources: tuple[DataSource, ...]) -> str | None:
    """The chosen one if it is there; else the page takes the default one of that type, or the first."""
    fitting = [one for one in sources if one.kind == (variable.query or _PROMETHEUS)]
    fitting.sort(key=lambda one: (one.uid != variable.current.value, not one.default))
    return fitting[0].uid if fitting else None
