"""Judging a dashboard: Grafana holds it as its file has it, and each panel shows what it promises.

Nothing to show is no violation by itself: a panel may have a condition that a healthy system never meets. It is one
where the controller is scraped, the contract promises the series (a metric of the controller, a recording rule), and
Prometheus itself has none of that name, or has some of another target than the query asks for. Then it is one as well
if the query has something to show instead, `or vector(0)` say. What else may be the reason for nothing, the place can
be to blame for, or nobody: that is UNKNOWN. A query that fails is a violation if Prometheus
itself, asked the same, refuses it: Grafana's way to Prometheus is the place's.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.core.contract.model import Contract, MetricType, PanelPromise
from harness.core.dashboard.panels import Dashboard, Panel, PanelQuery
from harness.core.judge.case import SelectorFact
from harness.core.judge.finding import Clause, Finding, Judgement, skipped, unknown, verified, violated
from harness.core.judge.notifications import judgement_of
from harness.core.verdict import Verdict

_HISTOGRAM_SUFFIXES = ("", "_bucket", "_sum", "_count")
#: data sources that Grafana does not list: https://github.com/grafana/grafana/blob/v12.1.1/pkg/tsdb/grafanads/grafana.go
_BUILT_IN = ("--", "__")
#: begins the operator of a matcher, behind its label
_OPERATOR = re.compile("[=!]")

#: what one query says about a clause
_Said = tuple[Verdict, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFact:
    """One query of a panel: what Grafana gave, and what Prometheus itself says of it."""

    query: PanelQuery
    #: those of Grafana's answer that have a number
    series: int = 0
    #: of Grafana's answer; empty for nothing
    error: str = ""
    #: Prometheus's own words where it refuses the same query; empty if it takes it, or was not asked: Grafana got some
    refusal: str = ""
    #: series with a number that Prometheus itself gives for the same query; 0 if it was not asked
    itself: int = 0
    #: each selector of the query, asked of Prometheus itself; empty where it was not asked
    selectors: tuple[SelectorFact, ...] = ()
    #: names of series that the query reads and Prometheus has none of
    absent: tuple[str, ...] = ()

    @property
    def can_be_asked(self) -> bool:
        """Whether it is the query that a page would ask, and there is somebody to ask."""
        return bool(self.query.source_kind) and not self.query.not_understood


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelCase:
    """One panel of a dashboard's file, with all that is known of it."""

    file: Panel
    #: the same in Grafana; None if there is none
    held: Panel | None
    #: None if nothing is documented about it
    promise: PanelPromise | None
    #: of the held panel's queries, in their order
    facts: tuple[QueryFact, ...]
    #: names of the series that the contract promises, see `promised_series`
    promised: frozenset[str]
    #: labels of the controller's target that is up; None where there is none
    target: Mapping[str, str] | None


def promised_series(contract: Contract) -> frozenset[str]:
    """Names of what must be there while the controller is scraped, whatever the place."""
    metrics = (
        metric.name + suffix
        for metric in contract.metrics
        for suffix in (_HISTOGRAM_SUFFIXES if metric.type is MetricType.HISTOGRAM else ("",))
    )
    return frozenset({"up", *metrics, *(rule.name for rule in contract.recording_rules)})


def paired(file: Dashboard, held: Dashboard) -> Iterator[tuple[Panel, Panel | None]]:
    """Each panel of the file with Grafana's of the same title; of several with one title, in their order."""
    left = list(held.panels)
    for panel in file.panels:
        found = next((one for one in left if one.title == panel.title), None)
        if found is not None:
            left.remove(found)
        yield panel, found


def judge_dashboard(file: Dashboard, held: Dashboard | None, documented: Sequence[str]) -> Judgement:
    """Grafana has the dashboard, with the file's panels.

    Args:
        file: as the subject brings it.
        held: as Grafana has it; None if it has none of the file's uid or, where the file has no uid, title.
        documented: titles of the panels that the contract names.
    """
    named = f"{file.title!r}" + (f" with uid {file.uid}" if file.uid else "")
    panels = f"the file's {len(file.panels)} panels" + (", all documented ones among them" if documented else "")
    if held is None:
        loaded = violated(Clause.LOADED, named, "Grafana has no such dashboard")
        shown = skipped(Clause.PANELS, panels, "there is no dashboard")
    else:
        right = held.title == file.title
        loaded = (verified if right else violated)(Clause.LOADED, named, f"{held.title!r} with uid {held.uid}")
        differences = "; ".join(_differences(file, held, documented))
        shown = violated(Clause.PANELS, panels, differences) if differences else verified(Clause.PANELS, panels, "they")
    return judgement_of("dashboard", f"Grafana shows the dashboard {file.title}", (loaded, shown))


def judge_panel(case: PanelCase) -> Judgement:
    """The panel is there, reads what is documented, and Grafana answers each of its queries with a number."""
    title = case.file.title or f"({case.file.kind} without a title)"
    promise = f"The panel {title} shows {'something' if case.promise is None else case.promise.shows}"
    findings = [_held(case)]
    if case.held is not None and case.promise is not None:
        findings.append(_reads(case.held, case.promise))
    if case.held is not None and case.file.queries:
        findings += [_understood(case), _answered(case), _shows(case)]
    return judgement_of(f"panel {title}", promise, tuple(findings))


def _differences(file: Dashboard, held: Dashboard, documented: Sequence[str]) -> Iterator[str]:
    wanted, there = (Counter(panel.title for panel in one.panels) for one in (file, held))
    for words, titles in (
        ("not in Grafana", (wanted - there).elements()),
        ("not in the file", (there - wanted).elements()),
        ("documented and not in the file", (one for one in documented if one not in wanted)),
    ):
        if found := ", ".join(titles):
            yield f"{words}: {found}"


def _held(case: PanelCase) -> Finding:
    expected = f"in Grafana, with {len(case.file.queries)} queries as in the file"
    if case.held is None:
        return violated(Clause.LOADED, expected, "Grafana's dashboard has no such panel")
    wanted, there = ([query.expr for query in panel.queries] for panel in (case.file, case.held))
    if wanted != there:
        return violated(Clause.LOADED, expected, f"other queries: {'; '.join(there) or 'none'}")
    return verified(Clause.LOADED, expected, "as in the file")


def _reads(held: Panel, promise: PanelPromise) -> Finding:
    expected = "queries read " + ", ".join(promise.reads)
    text = "\n".join(query.expr for query in held.queries)
    unread = [name for name in promise.reads if not _is_read(name, text)]
    if unread:
        return violated(Clause.READS, expected, "not read: " + ", ".join(unread))
    return verified(Clause.READS, expected, "all of them")


def _is_read(name: str, text: str) -> bool:
    """By its name as a word: Grafana's own variables keep a query from being parsed."""
    return re.search(rf"(?<![\w:]){re.escape(name)}(?:_bucket|_sum|_count)?(?![\w:])", text) is not None


def _understood(case: PanelCase) -> Finding:
    said: list[_Said] = []
    for fact in case.facts:
        query = fact.query
        known = [name for name in query.not_understood if name not in query.undefined]
        said += [(Verdict.VIOLATED, f"{query.ref}: the dashboard has no variable {name}") for name in query.undefined]
        said += [(Verdict.UNKNOWN, f"{query.ref}: only a page knows the value of {name}") for name in known]
    return _worst(Clause.UNDERSTOOD, "every variable has a value", "all of them", said)


def _answered(case: PanelCase) -> Finding:
    expected = f"{len(case.facts)} queries answered without an error"
    said = [_fault(fact) for fact in case.facts if fact.error or not fact.query.source_kind]
    if not said and not any(fact.can_be_asked for fact in case.facts):
        return skipped(Clause.ANSWERED, expected, "nobody but a page can ask them")
    return _worst(Clause.ANSWERED, expected, "all of them", said)


def _fault(fact: QueryFact) -> _Said:
    query = fact.query
    if not query.source_kind:
        # what is still a variable, a page may know; what is built in or the default one, is the place's
        fixed = query.source and not query.not_understood and not query.source.startswith(_BUILT_IN)
        text = f"{query.ref}: Grafana has no data source {query.source or 'by default'}"
        return (Verdict.VIOLATED if fixed else Verdict.UNKNOWN), text
    if fact.refusal:
        return Verdict.VIOLATED, f"{query.ref}: {fact.error} (Prometheus itself refuses it too)"
    return Verdict.UNKNOWN, f"{query.ref}: {fact.error} (Prometheus itself does not refuse it)"


def _shows(case: PanelCase) -> Finding:
    expected = "a number from each query while the controller is scraped"
    asked = [fact for fact in case.facts if fact.can_be_asked and not fact.error]
    if not asked:
        return skipped(Clause.SHOWS, expected, "no query was answered")
    said = [_silence(fact, case) for fact in asked if not fact.series]
    said += [
        (Verdict.VIOLATED, f"{fact.query.ref}: a number, but {broken}")
        for fact in asked
        if fact.series and (broken := _broken_promise(fact, case))
    ]
    return _worst(Clause.SHOWS, expected, f"{sum(fact.series for fact in asked)} series", said)


def _silence(fact: QueryFact, case: PanelCase) -> _Said:
    """Why a query gives no number."""
    broken = _broken_promise(fact, case)
    nothing = f"{fact.query.ref}: nothing"
    return (
        (Verdict.VIOLATED, f"{nothing}; {broken}") if broken else (Verdict.UNKNOWN, f"{nothing}{_excuse(fact, case)}")
    )


def _broken_promise(fact: QueryFact, case: PanelCase) -> str:
    """What is missing that the contract promises and the place cannot keep away; empty if there is no such thing."""
    if fact.refusal or case.target is None:
        return ""
    if gone := [name for name in fact.absent if name in case.promised]:
        return f"Prometheus has no series of {', '.join(gone)}"
    # whom it is scraped from no fault changes; what is counted may never have happened yet
    wrong = (one for one in _blamed(fact) if _name(one) in case.promised and _label(one) in case.target)
    return next(map(_blame, wrong), "")


def _excuse(fact: QueryFact, case: PanelCase) -> str:
    """Why nothing may be right, or the place's fault."""
    if fact.itself:
        return f", but Prometheus itself gives {fact.itself} series for it"
    if fact.refusal:
        return f", and Prometheus itself refuses it: {fact.refusal}"
    if case.target is None:
        return ", and the controller is not scraped"
    return _empty(fact)


def _empty(fact: QueryFact) -> str:
    if fact.absent:
        return f"; Prometheus has no series of {', '.join(fact.absent)}, which others export"
    if blamed := _blamed(fact):
        return f"; {_blame(blamed[0])}"
    if fact.selectors and all(one.matched for one in fact.selectors):
        return "; the series that it reads are there, and none meets its conditions"
    if unanswered := next((one.unanswered for one in fact.selectors if one.unanswered), ""):
        return f", and why could not be asked ({unanswered})"
    return ", and nothing tells why"


def _blamed(fact: QueryFact) -> list[SelectorFact]:
    return [one for one in fact.selectors if one.killer is not None]


def _blame(one: SelectorFact) -> str:
    seen = ", ".join(one.seen) or "none"
    return f"{one.selector} matches nothing because of {one.killer}; there {_label(one)} is {seen}"


def _name(one: SelectorFact) -> str:
    return one.selector.partition("{")[0]


def _label(one: SelectorFact) -> str:
    return _OPERATOR.split(one.killer or "")[0].strip('"')


def _worst(clause: Clause, expected: str, good: str, said: Sequence[_Said]) -> Finding:
    """What the queries say, as one finding: the worst counts."""
    for verdict, make in ((Verdict.VIOLATED, violated), (Verdict.UNKNOWN, unknown)):
        texts = [text for each, text in said if each is verdict]
        if texts:
            return make(clause, expected, "; ".join(texts))
    return verified(clause, expected, good)
