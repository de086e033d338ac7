"""The dashboard as its file has it: the documented panels, each of which reads what is documented."""

from collections.abc import Iterator, Sequence

from harness.core.check import CheckFinding
from harness.core.contract.model import PanelPromise
from harness.core.dashboard.file import DataSource, read_dashboard
from harness.core.dashboard.panels import Panel, PanelQuery, for_prometheus
from harness.core.files.located import Document, json_object
from harness.core.files.mistakes import Path as Keys
from harness.core.nearest import shown as likeliest
from harness.core.promql import Expression, PromQLError
from harness.core.promql.tree import VectorSelector
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle, lines_of, shown

#: panels that ask nobody
_SILENT = frozenset(("row", "text", "dashlist", "news"))
#: stands for the one that a page would take
_PROMETHEUS = DataSource(uid="prometheus", name="prometheus", type="prometheus", isDefault=True)
#: any: a documented query is the same at each
_RANGE_S = 3_600.0


def dashboard_findings(bundle: Bundle) -> Iterator[CheckFinding]:
    """Titles, what the queries read, and variables that the dashboard has not."""
    source = shown(bundle.subject.files.dashboard)
    document = json_object(bundle.dashboard, source)
    dashboard = read_dashboard(bundle.dashboard, source).filled_in((_PROMETHEUS,))
    asking = [panel for panel in dashboard.panels if panel.kind not in _SILENT]
    titles = list(dict.fromkeys(panel.title for panel in asking))
    documented = {one.title for one in bundle.contract.panels}
    for promise in bundle.contract.panels:
        if mine := [panel for panel in asking if panel.title == promise.title]:
            yield from _panel(document, mine, promise)
            continue
        there = likeliest(promise.title, set(titles) - documented)
        yield _finding(
            document,
            promise.title,
            "panel",
            verdict=Verdict.VIOLATED,
            expected=f"a panel {promise.title}, which shows {promise.shows}",
            actual="there is none of this title",
            cause=f"no panel has this title; titles that nothing documents: {there}",
        )
    for title in titles:
        if title not in documented:
            yield _finding(
                document,
                title,
                "panel",
                verdict=Verdict.VIOLATED,
                expected=f"the {len(documented)} documented panels and no other",
                actual="a panel of which no promise speaks",
                cause=f"{shown(bundle.subject.files.contract)} has no such panel",
            )


def _panel(document: Document, panels: Sequence[Panel], promise: PanelPromise) -> Iterator[CheckFinding]:
    """What the panels of one title read together."""
    expected = f"reads {', '.join(promise.reads)}"
    queries = [query for panel in panels for query in panel.queries]
    unknown = sorted({name for query in queries for name in query.undefined})
    if unknown:
        yield _finding(
            document,
            promise.title,
            "variables",
            verdict=Verdict.VIOLATED,
            expected="variables that the dashboard has",
            actual=f"it has no {', '.join(unknown)}",
            cause=f"queries name {', '.join(unknown)}, which `templating` does not define",
        )
    read, unread = set[str](), list[str]()
    for query in queries:
        names = _names(query)
        if names is None:
            unread.append(query.ref)
        else:
            read |= names
    missing = [name for name in promise.reads if name not in read]
    if missing and unread:
        verdict, cause = Verdict.UNKNOWN, f"query {', '.join(unread)} cannot be read: it may read {', '.join(missing)}"
    elif missing:
        verdict, cause = Verdict.VIOLATED, f"no query of it reads {', '.join(missing)}"
    else:
        verdict, cause = Verdict.VERIFIED, ""
    yield _finding(
        document,
        promise.title,
        "reads",
        verdict=verdict,
        expected=expected,
        actual=f"reads {', '.join(sorted(read)) or 'nothing'}",
        cause=cause,
        queries=True,
    )


def _names(query: PanelQuery) -> set[str] | None:
    """What a query selects, histograms by the metric's own name; None where it cannot be read."""
    try:
        nodes = Expression.parse(for_prometheus(query.expr, range_s=_RANGE_S)).nodes()
    except PromQLError:
        return None
    names = {node.name for node in nodes if isinstance(node, VectorSelector) and node.name}
    return names | {name.removesuffix("_bucket") for name in names}


def _finding(
    document: Document,
    title: str,
    check: str,
    *,
    verdict: Verdict,
    expected: str,
    actual: str,
    cause: str,
    queries: bool = False,
) -> CheckFinding:
    line = document.place(_keys(document, title, queries=queries)).line
    return CheckFinding(
        check=check,
        about=f"panel {title or '(without a title)'}",
        verdict=verdict,
        expected=expected,
        actual=actual,
        cause=cause,
        file=document.source,
        line=line,
        command=lines_of(document.source, line),
    )


def _keys(document: Document, title: str, *, queries: bool) -> Keys:
    """Where the last panel of a title is, those of folded rows among them; the dashboard's panels if there is none."""
    found: Keys = ("panels",)
    pending: list[Keys] = [("panels",)]
    while pending:
        above = pending.pop()
        panels = _at(document, above)
        for number, panel in enumerate(panels if isinstance(panels, list) else []):
            if not isinstance(panel, dict):
                continue
            if panel.get("title", "") == title and panel.get("type") not in _SILENT:
                found = (*above, number, "targets" if queries and panel.get("targets") else "title")
            if panel.get("panels"):
                pending.append((*above, number, "panels"))
    return found


def _at(document: Document, keys: Keys) -> object:
    here: object = document.data
    for key in keys:
        if isinstance(here, dict) and key in here:
            here = here[str(key)]
        elif isinstance(here, list) and isinstance(key, int):
            here = here[key]
        else:
            return None
    return here
