"""Taking a recording while the stack is still there: never raises because of what it finds, and never waits for long.

A source that failed once is not asked again, unless it refused just one question; one that has died is not at all.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from harness.clients.endpoint import UnexpectedAnswerError
from harness.clients.loaded_rules import LoadedAlerts
from harness.clients.pods import events, pod_logs, pod_states
from harness.clients.querier import LoadedGroups
from harness.core.dashboard.file import read_dashboard
from harness.core.dashboard.panels import for_prometheus
from harness.core.errors import HarnessError
from harness.core.promql import Expression, selector
from harness.core.rules.file import render
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.model import RuleGroup
from harness.core.rules.rests_on import Selector, reach_s, with_their_sources
from harness.core.samples import Series
from harness.core.verdict import Verdict
from harness.faults.controller_pods import controller_pods
from harness.recording.facts import Facts, Setting
from harness.recording.loaded import as_groups
from harness.recording.observed import observed
from harness.recording.samples_file import Samples
from harness.recording.wanted import Wanted, scrapes_of, wanted
from harness.recording.writing import Taken
from harness.scenario.run import ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.stacks.run import log_ends
from harness.subject_reader import read_text

T = TypeVar("T")
#: the sources
_PROMETHEUS, _ALERTMANAGER, _RECEIVER, _API = "Prometheus", "Alertmanager", "receiver", "API server"
#: what samples are without that queries have answered, as https://prometheus.io/docs/prometheus/latest/querying/api/
#: gives no staleness markers; the instants are those of the samples
_MARKERS: Final = "staleness markers: remote read was refused, and queries were asked instead"
#: of a Prometheus that is told none: https://prometheus.io/docs/prometheus/latest/command-line/prometheus/
_LOOKBACK_S: Final = 300.0
_NO_GROUPS: Final = LoadedGroups(groups=())


def recording_of_scenario(nodeid: str, scenario: ScenarioRun, *, verdict: Verdict | None, failure: str) -> Taken:
    """Everything that was recorded during a scenario, and before it as far as its rules look back.

    Args:
        nodeid: pytest's.
        scenario: as long as its stack is there.
        verdict: the worst of what was judged; None where nothing was.
        failure: what a person is told; empty where all is VERIFIED: then logs are left out.
    """
    log, window = scenario.log, scenario.fault_window()
    # as they were read; where they were not, nothing is asked for them now
    pace, delivery_pace = (scenario.__dict__.get(name) for name in ("pace", "delivery_pace"))
    facts = Facts(
        about=nodeid,
        verdict="" if verdict is None else verdict.value,
        instants={
            "start": log.start_s,
            "inject": log.inject_s,
            "undo_began": log.undo_began_s,
            "undo": log.undo_s,
            "lingers_until": log.lingers_until_s or None,
        },
        injected=tuple(log.injected),
        gave_up=tuple(log.gave_up),
        disruptions=tuple(log.disruptions),
        fault_windows=(*scenario.handles.history.windows, *(() if window is None else (window,))),
        witnesses=scenario.looks(),
        clock_step_s=scenario.clock_step_s(),
        pace=pace,
        delivery_pace=delivery_pace,
    )
    return _Taking(scenario.handles, since_s=log.start_s).taken(facts, failure)


def recording_of_stack(about: str, handles: StackHandles, *, verdict: Verdict, failure: str) -> Taken:
    """Everything that was recorded during a stack's life: its scenarios, and the time between them."""
    life = handles.history
    facts = Facts(
        about=about,
        verdict=verdict.value,
        instants={"start": life.start_s},
        disruptions=life.disruptions,
        fault_windows=tuple(life.windows),
        clock_step_s=life.clock_step_s(),
    )
    return _Taking(handles, since_s=life.start_s).taken(facts, failure)


class _Taking:
    """Asks each source what it knows, once."""

    def __init__(self, handles: StackHandles, *, since_s: float) -> None:
        self._handles = handles
        self._since_s = since_s
        #: source -> why it was not read
        self._unread: dict[str, str] = {}
        self._lost: list[str] = []
        dead = handles.stack.ended()
        self._dead = f"lost a component: {dead}" if dead else ""

    def taken(self, facts: Facts, failure: str) -> Taken:
        """The facts with all that is asked for, and the samples."""
        handles, subject, api = self._handles, self._handles.subject, self._handles.cluster.api
        loaded = self._ask(_PROMETHEUS, handles.prometheus.rules) or _NO_GROUPS
        setting = self._setting()
        every = as_groups(loaded.groups, handles.offsets_s, setting.query_offset_s)
        groups = with_their_sources(every, self._own(every))
        what = wanted(
            namespace=subject.namespace,
            job=subject.workload.service,
            groups=groups,
            every=every,
            panels=self._panels(),
            alerts=[one.alert for one in handles.contract.alerts],
        )
        start_s, end_s = self._since_s - reach_s(groups, lookback_s=setting.lookback_s), time.time()
        scraped, recorded = what.split(self._samples(what, setting.external_labels, start_s, end_s))
        alerts = self._known("contract", lambda: LoadedAlerts(loaded.groups, handles.contract.alerts))
        pods = self._ask(_API, lambda: controller_pods(handles.cluster)) or []
        facts = replace(
            facts,
            setting=setting,
            start_s=start_s,
            end_s=end_s,
            fault_windows=tuple(one for one in facts.fault_windows if one.end_s >= start_s),
            timelines={} if alerts is None else observed(handles.contract.alerts, alerts, recorded),
            deliveries=self._ask(_RECEIVER, lambda: handles.receiver.deliveries(since_s=self._since_s)) or (),
            targets=self._ask(_PROMETHEUS, handles.prometheus.targets) or (),
            pods=tuple(pod_states(pods)),
            events=tuple(
                self._ask(_API, lambda: events(api, subject.namespace, about=(subject.workload.deployment,))) or ()
            ),
        )
        packed = [self._known("samples", partial(Samples.of, part)) or Samples.of(()) for part in (scraped, recorded)]
        contract = self._known("contract", partial(read_text, Path(subject.files.contract), "the contract")) or ""
        logs = (self._ask(_API, lambda: pod_logs(api, subject.namespace, pods)) or {}) if failure else {}
        if self._unread and failure:  # whoever is silent may have said why
            logs |= log_ends(handles.facts.directory)
        return Taken(
            facts=replace(facts, lost=tuple(self._lost), unread=self._unread),
            scraped=packed[0],
            recorded=packed[1],
            rules=render(groups) if groups else "",
            contract=contract,
            failure=failure,
            logs=logs,
        )

    def _setting(self) -> Setting:
        facts, subject, prometheus = self._handles.facts, self._handles.subject, self._handles.prometheus
        versions = {
            "prometheus": self._ask(_PROMETHEUS, prometheus.version),
            "alertmanager": self._ask(_ALERTMANAGER, self._handles.alertmanager.version),
        }
        setting = Setting(
            stack=facts.stack,
            run=facts.run_id,
            speed=facts.speed.factor,
            scrape_s=facts.scrape_s,
            evaluation_s=facts.evaluation_s,
            lookback_s=_LOOKBACK_S,
            resend_s=facts.resend_s,
            namespace=subject.namespace,
            job=subject.workload.service,
            programs={name: version for name, version in versions.items() if version},
        )
        times, started = self._ask(_PROMETHEUS, prometheus.times), self._ask(_PROMETHEUS, prometheus.started_s)
        if times is None:
            return setting
        return replace(
            setting,
            evaluation_s=times.evaluation_interval.seconds,
            lookback_s=times.lookback.seconds,
            resend_s=times.resend_delay.seconds,
            query_offset_s=times.query_offset.seconds,
            for_grace_s=times.for_grace.seconds,
            for_outage_s=times.for_outage.seconds,
            external_labels=times.external_labels,
            external_url=times.external_url,
            started_s=started,
        )

    def _own(self, every: tuple[RuleGroup, ...]) -> frozenset[str]:
        """The names of the subject's groups: those with a heartbeat or with a documented rule."""
        known = {HEARTBEAT, *self._handles.contract.rules}
        return frozenset(group.name for group in every if any(rule.name in known for rule in group.rules))

    def _panels(self) -> list[Expression]:
        """What the dashboard asks, as far as Prometheus alone would understand it."""
        file = Path(self._handles.subject.files.dashboard)
        found = self._known("dashboard", lambda: read_dashboard(read_text(file, "the dashboard"), str(file)))
        panels = () if found is None else found.filled_in(()).panels
        asked = (for_prometheus(query.expr, range_s=1) for panel in panels for query in panel.queries)
        return [expr for text in asked if (expr := Expression.understood(text)) is not None]

    def _samples(self, what: Wanted, external: Mapping[str, str], start_s: float, end_s: float) -> tuple[Series, ...]:
        found = self._read((*what.scraped, *what.recorded), external, start_s, end_s)
        others = scrapes_of(found)
        return _once((*found, *(self._read(others, external, start_s, end_s) if others else ())))

    def _read(
        self, selectors: tuple[Selector, ...], external: Mapping[str, str], start_s: float, end_s: float
    ) -> tuple[Series, ...]:
        """By remote read, which adds the external labels; where that is refused by queries."""
        if not self._lost:
            read = partial(self._handles.storage.read, selectors, start_s=start_s, end_s=end_s, external=external)
            try:
                return self._ask(_PROMETHEUS, read, refusable=True) or ()
            except UnexpectedAnswerError as error:
                self._lost.append(f"{_MARKERS} ({error.why})")
        return tuple(self._queried(selectors, start_s, end_s))

    def _queried(self, selectors: tuple[Selector, ...], start_s: float, end_s: float) -> Iterator[Series]:
        for one in selectors:
            ask = partial(self._handles.prometheus.samples, selector("", one), start_s, end_s)
            yield from self._ask(_PROMETHEUS, ask) or ()

    def _known(self, what: str, read: Callable[[], T]) -> T | None:
        """What no server is asked for."""
        try:
            return read()
        except HarnessError as error:
            self._unread[what] = f"{error.what}: {error.why}"
        return None

    def _ask(self, source: str, ask: Callable[[], T], *, refusable: bool = False) -> T | None:
        if self._dead:
            self._unread.setdefault(source, self._dead)
        if source in self._unread:
            return None
        try:
            return ask()
        except UnexpectedAnswerError as error:
            # one question is refused, the next may be answered
            if refusable:
                raise
            self._unread[f"{source}, {error.what}"] = error.why
        except HarnessError as error:
            self._unread[source] = f"{error.what}: {error.why}"
        return None


def _once(found: tuple[Series, ...]) -> tuple[Series, ...]:
    """Each label set once: several selectors may have found it."""
    return tuple({tuple(sorted(one.labels.items())): one for one in found}.values())
