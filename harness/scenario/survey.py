"""Surveys: what must simply be there and right, without one alert's life: metrics, recorded values."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from harness.clients.querier import LoadedRule
from harness.core.alertmanager.routes import stated_settings
from harness.core.alertmanager.untried import destinations
from harness.core.contract.model import MetricPromise, RecordingPromise
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.exposition import Family, Page
from harness.core.judge import Judgement, judge_metric
from harness.core.judge.destinations import judge_destinations
from harness.core.judge.recorded import RecordingCase, Scrape, judge_recording
from harness.core.nearest import shown
from harness.core.operator.dropped import drop_rule
from harness.core.operator.plain_routing import PlainRouting, plain_routing
from harness.core.operator.reading import Field
from harness.core.promql import any_of, equal_to
from harness.core.reading import Reading
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.samples import Point
from harness.scenario.notifications import instances
from harness.scenario.stack_handles import StackHandles
from harness.scenario.witnesses import controller_pages
from harness.stacks.checked import chart_values
from harness.stacks.scrape_profile import EXISTING
from harness.toolchain import Progress, ToolName, ensure
from harness.toolchain.amtool_templates import text_faults
from harness.waiting import NotYet, wait_until
from harness.witness.pods import ControllerPods
from harness.witness.recorder import WitnessRecorder

#: pages per scrape at the fastest honest interval: the counters are known well before and after each scrape
_PAGE_PERIOD_S = 0.1
#: seconds of recorded values that are compared after the window has filled
_COMPARED_S = 4.0
_TIMEOUT_FACTOR = 3


class PageCollector:
    """A witness that keeps the pages themselves."""

    name = "the controller's own pages"

    def __init__(self, pods: ControllerPods, labels: Mapping[str, str]) -> None:
        """Args: whom to ask; the target labels that Prometheus adds to every sample of a page."""
        self._pods = pods
        self._labels = labels
        self.pages: list[Page] = []

    def observe(self) -> Reading:
        """Takes the page of every pod that answers."""
        pages = self._pods.answered()
        self.pages += [labelled(page, self._labels) for page in pages]
        return Reading(at_s=pages[0].at_s, value=None, holds=None, note=f"{len(pages)} pages")

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()


def labelled(page: Page, labels: Mapping[str, str]) -> Page:
    """The page as Prometheus stores it: every sample with the target's labels; its own win no conflict."""
    families = tuple(
        Family(
            name=family.name,
            type=family.type,
            samples=tuple(replace(sample, labels={**sample.labels, **labels}) for sample in family.samples),
        )
        for family in page.families
    )
    return replace(page, families=families)


def survey_metrics(handles: StackHandles) -> tuple[Judgement, ...]:
    """Every documented metric is scraped, with its type and labels."""
    target = equal_to("job", handles.subject.workload.service)
    stated = handles.prometheus.metric_types(f"{{{target}}}")

    def one(promise: MetricPromise) -> Judgement:
        names = any_of("__name__", (promise.name + part for part in ("", "_bucket", "_sum", "_count")))
        found = handles.prometheus.instant(f"{{{names}, {target}}}")
        why = "" if found else _why_absent(handles, promise.name, stated)
        return judge_metric(promise, found, stated.get(promise.name), why_absent=why)

    return tuple(one(promise) for promise in handles.contract.metrics)


def _why_absent(handles: StackHandles, metric: str, stated: Mapping[str, str]) -> str:
    """Who drops a metric that is not there, or the likeliest of those that the controller's target tells."""
    dropped = drop_rule(metric, handles.prometheus.config())
    return dropped or f"of the metrics that its target has, the likeliest: {shown(metric, stated)}"


def survey_objects(handles: StackHandles) -> tuple[Judgement, ...]:
    """Controller, ServiceMonitor, rules and route, as preflight found them when the stack had come up."""
    return tuple(state.judgement for state in handles.history.links)


def survey_destinations(handles: StackHandles) -> Judgement:
    """The documented receiver's destinations, as the subject's own AlertmanagerConfig has them.

    Raises:
        MisuseError: that file is none.
    """
    subject, receiver = handles.subject, handles.contract.route.receiver
    text = Path(subject.files.alertmanager).read_text(encoding="utf-8")
    found, plain = destinations(text, receiver), plain_routing(text, str(subject.files.alertmanager))
    own = Field("values", chart_values(subject)).at("alertmanager")
    # on somebody's cluster its own installation counts, of which only the names of settings are known
    theirs = handles.facts.stack == EXISTING.name
    settings = stated_settings(handles.alertmanager.config()) if theirs else _settings(own.at("config"), plain)
    alerts = [labels for promise in handles.contract.alerts for labels in instances(promise, subject)[:1]]
    try:
        amtool = ensure([ToolName.AMTOOL], Progress())[ToolName.AMTOOL].path
        files = {} if theirs else own.at("templateFiles").text_map()
        known = not theirs and (plain is None or not plain.config.at("templates").filled)
        faults = text_faults(amtool, found, alerts, receiver=receiver, files=files, files_known=known)
        return judge_destinations(receiver, found, settings=settings, faults=faults)
    except CouldNotTellError as error:
        return judge_destinations(receiver, found, settings=settings, why_not=str(error))


def _settings(base: Field, plain: PlainRouting | None) -> Collection[str]:
    """The names in Alertmanager's `global`: of a whole configuration its own."""
    own = () if plain is None else plain.config.at("global").names()
    return own if plain is not None and plain.whole else {*own, *base.at("global").names()}


def survey_recording_rules(handles: StackHandles, names: tuple[str, ...]) -> tuple[Judgement, ...]:
    """The recorded values, compared with the controller's own pages over a window and a few seconds more.

    Raises:
        MisuseError: one of the names is not documented, or there is none.
        CouldNotTellError: Prometheus or the API server does not answer.
    """
    documented = [promise.name for promise in handles.contract.recording_rules]
    if not names or not set(names) <= set(documented):
        raise MisuseError(
            f"recording rules {', '.join(names) or '(none)'} cannot be surveyed",
            why=f"{handles.contract.source} documents {', '.join(documented) or 'none'}",
            fix="name some of these",
        )
    promises = [promise for promise in handles.contract.recording_rules if promise.name in names]
    speed = handles.facts.speed
    longest_s = max(speed.scale(promise.window).seconds if promise.window else 0.0 for promise in promises)
    collector = PageCollector(controller_pages(handles), {"namespace": handles.subject.namespace})
    begun_s = time.time()
    with WitnessRecorder(collector, period_s=_PAGE_PERIOD_S):
        start_s = begun_s + longest_s + 2 * handles.facts.scrape_s
        end_s = start_s + max(_COMPARED_S, 6 * handles.facts.evaluation_s)
        wait_until(
            "recorded values",
            lambda: _evaluated_after(handles, end_s),
            timeout_s=(end_s - begun_s) * _TIMEOUT_FACTOR,
            ended=handles.stack.ended,
        )
    target = equal_to("job", handles.subject.workload.service)
    took = handles.prometheus.samples(f"scrape_duration_seconds{{{target}}}", begun_s, end_s)
    scrapes = {series.labels["instance"]: tuple(map(_scrape, series.points)) for series in took}
    loaded = tuple(handles.prometheus.rules().every())

    def one(promise: RecordingPromise) -> Judgement:
        return judge_recording(
            RecordingCase(
                promise=promise,
                recorded=handles.prometheus.samples(promise.name, start_s, end_s),
                pages=tuple(collector.pages),
                window_s=speed.scale(promise.window).seconds if promise.window else 0.0,
                scrape_s=handles.facts.scrape_s,
                scrapes=scrapes,
                start_s=start_s,
                end_s=end_s,
                rule_fault=_rule_fault(promise.name, loaded),
            )
        )

    return tuple(one(promise) for promise in promises)


def _scrape(point: Point) -> Scrape:
    return Scrape(at_s=point.at_s, took_s=point.value)


def _rule_fault(name: str, loaded: Iterable[LoadedRule]) -> str:
    states = {rule.health for rule in loaded if rule.name == name}
    if not states:
        return "no such rule is loaded"
    return "the rule is in state err" if "err" in states else ""


def _evaluated_after(handles: StackHandles, end_s: float) -> NotYet | None:
    now_s = time.time()
    if now_s > end_s and handles.prometheus.samples(HEARTBEAT, end_s, now_s):
        return None
    return NotYet("the window is not full yet")
