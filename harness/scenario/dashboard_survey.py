"""The survey of a dashboard: Grafana is asked for it and for what each of its panels shows, as a page would ask."""

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

from harness.clients.endpoint import RefusedError
from harness.clients.grafana import GrafanaAdmin, GrafanaReader
from harness.clients.rule_facts import read_selectors
from harness.core.dashboard.file import DashboardModel, read_dashboard
from harness.core.dashboard.panels import Dashboard, Panel, PanelAnswer, for_prometheus
from harness.core.errors import NotHereError
from harness.core.judge import Judgement, PanelCase, QueryFact, judge_dashboard, judge_panel, paired, promised_series
from harness.core.samples import Series
from harness.scenario.stack_handles import StackHandles
from harness.stacks.base import Capability
from harness.subject_reader import read_text
from harness.waiting import NotYet, WaitTimeoutError, wait_until

_PROMETHEUS = "prometheus"
#: Grafana's sidecar is told by the API server and has Grafana read its directory again: a second or two
_BROUGHT_TIMEOUT_S = 120.0
_LOOK_S = 1.0
#: rounds of scraping and evaluating that a panel is asked for: enough for a series, and none of an earlier fault
_ROUNDS = 10
#: the query itself is wrong, not Prometheus in trouble: https://prometheus.io/docs/prometheus/latest/querying/api/
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})


def survey_dashboard(handles: StackHandles) -> tuple[Judgement, ...]:
    """Grafana holds the subject's dashboard, and each of its panels shows what it promises.

    Raises:
        NotHereError: there is no Grafana.
        MisuseError: the subject's file is no dashboard.
        CouldNotTellError: Grafana or Prometheus does not answer.
    """
    access = handles.facts.access
    if not access.grafana_url:
        raise NotHereError(
            "no dashboard is shown here",
            why=handles.facts.cannot.get(Capability.GRAFANA, "there is no Grafana"),
            fix="use --stack kind with --grafana",
        )
    file = Path(handles.subject.files.dashboard)
    model = read_dashboard(read_text(file, "the dashboard"), str(file))
    admin = GrafanaAdmin.of(handles.cluster.api, access.grafana_namespace)
    with GrafanaReader(access.grafana_url, admin) as grafana:
        held = _brought(handles, grafana, model)
        brought = model.filled_in(grafana.sources())
        documented = {promise.title: promise for promise in handles.contract.panels}
        judged = [judge_dashboard(brought, held, tuple(documented))]
        if held is not None:
            promised, target, end_s = promised_series(handles.contract), _target(handles), time.time()
            judged += [
                judge_panel(
                    PanelCase(
                        file=panel,
                        held=found,
                        promise=documented.get(panel.title),
                        facts=() if found is None else _facts(handles, grafana, found, end_s),
                        promised=promised,
                        target=target,
                    )
                )
                for panel, found in paired(brought, held)
            ]
    return tuple(judged)


def _brought(handles: StackHandles, grafana: GrafanaReader, model: DashboardModel) -> Dashboard | None:
    """The dashboard, once Grafana has it; None if it does not get it."""

    def looked() -> Dashboard | NotYet:
        uid = model.uid or grafana.uid_of(model.title)
        found = grafana.dashboard(uid) if uid else None
        return NotYet("Grafana has no such dashboard") if found is None else found

    what = f"Grafana has the dashboard {model.title}"
    try:
        return wait_until(what, looked, timeout_s=_BROUGHT_TIMEOUT_S, interval_s=_LOOK_S, ended=handles.stack.ended)
    except WaitTimeoutError:
        return None


def _target(handles: StackHandles) -> Mapping[str, str] | None:
    """Labels of the controller's target that is up."""
    wanted = {"namespace": handles.subject.namespace, "service": handles.subject.workload.service}
    mine = (one for one in handles.prometheus.targets() if one.health == "up")
    return next((one.labels for one in mine if wanted.items() <= one.labels.items()), None)


def _facts(handles: StackHandles, grafana: GrafanaReader, panel: Panel, end_s: float) -> tuple[QueryFact, ...]:
    """Of each query; those that a page would ask otherwise, or of nobody, are not asked."""
    start_s = end_s - _ROUNDS * max(handles.facts.scrape_s, handles.facts.evaluation_s)
    facts = [QueryFact(query=query) for query in panel.queries]
    asked = [number for number, fact in enumerate(facts) if fact.can_be_asked]
    wanted = replace(panel, queries=tuple(facts[number].query for number in asked))
    answers = grafana.answers(wanted, start_s=start_s, end_s=end_s)
    for number, answer in zip(asked, answers, strict=True):
        facts[number] = _fact(handles, answer, start_s, end_s)
    return tuple(facts)


def _fact(handles: StackHandles, answer: PanelAnswer, start_s: float, end_s: float) -> QueryFact:
    """What one answer says, with what Prometheus itself has of what it reads.

    Where the answer is nothing, with what Prometheus itself says to the same query.
    """
    query, prometheus = answer.query, handles.prometheus
    fact = QueryFact(query=query, series=_numbers(answer.series), error=answer.error)
    if query.source_kind != _PROMETHEUS:
        return fact
    expr = for_prometheus(query.expr, range_s=end_s - start_s)
    if fact.error or not fact.series:
        try:
            itself = prometheus.values(expr, start_s=start_s, end_s=end_s, step_s=handles.facts.evaluation_s)
        except RefusedError as error:
            if error.status not in _REFUSALS:
                raise
            return replace(fact, refusal=error.why)
        fact = replace(fact, itself=_numbers(itself))
    selectors = read_selectors(prometheus, expr, at_s=end_s)
    names = dict.fromkeys(one.selector.partition("{")[0] for one in selectors if one.matched == 0)
    named = {name: read_selectors(prometheus, name, at_s=end_s) for name in names if name}
    absent = tuple(name for name, facts in named.items() if all(one.matched == 0 for one in facts))
    return replace(fact, selectors=selectors, absent=absent)


def _numbers(series: Iterable[Series]) -> int:
    """How many of the series have a number: NaN is a gap on a page."""
    return sum(any(not math.isnan(point.value) for point in one.points) for one in series)
