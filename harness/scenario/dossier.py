"""Gathering a dossier while the stack is still there: never raises because of what it finds, and never waits for long.

A source that failed once is not asked again, unless it refused just one question; one that has died is not at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from harness.clients.configuration import read_names, rule_lines, subject_groups
from harness.clients.endpoint import UnexpectedAnswerError
from harness.clients.pods import events, pod_logs, pod_states
from harness.clients.querier import LoadedGroup
from harness.core.errors import HarnessError
from harness.core.judge import Disruption
from harness.core.promql import Expression, any_of, equal_to
from harness.core.reading import Reading
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.samples import Series
from harness.evidence.scrapes import OF_CONTAINERS
from harness.faults.controller_pods import controller_pods
from harness.recording.dossier import Dossier
from harness.scenario.run import ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.stacks.run import log_ends

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
#: of JSON
Story = dict[str, Any]

#: what Prometheus notes about each scrape, beside `up`
_OF_SCRAPES = ("up", "scrape_duration_seconds", "scrape_samples_scraped")


def dossier_of_scenario(nodeid: str, scenario: ScenarioRun) -> Dossier:
    """Everything that was recorded during a scenario, and before it as far as its rules look back."""
    log = scenario.log
    # as they were read; where they were not, nothing is asked for them now
    paces = {name: scenario.__dict__.get(name) for name in ("pace", "delivery_pace")}
    return _Gathering(scenario.handles, since_s=log.start_s).dossier(
        nodeid,
        {
            "instants": {
                "start": log.start_s,
                "inject": log.inject_s,
                "undo_began": log.undo_began_s,
                "undo": log.undo_s,
                "lingers_until": log.lingers_until_s or None,
            },
            "injected": [*log.injected],
            "gave_up": [*log.gave_up],
            "troubles": [_disruption(one) for one in log.disruptions],
            **{name: None if pace is None else asdict(pace) for name, pace in paces.items()},
            "witnesses": {
                target.alert: [_reading(one) for one in scenario.readings(target)] for target in scenario.plan.targets
            },
        },
    )


def dossier_of_stack(about: str, handles: StackHandles) -> Dossier:
    """Everything that was recorded during a stack's life: its scenarios, and the time between them."""
    life = handles.history
    windows = [
        {
            "start": one.start_s,
            "end": one.end_s,
            "because": one.because,
            "may_fire": None if one.alerts is None else sorted(one.alerts),
        }
        for one in life.windows
    ]
    return _Gathering(handles, since_s=life.start_s).dossier(
        about,
        {
            "instants": {"start": life.start_s},
            "fault_windows": windows,
            "troubles": [_disruption(one) for one in life.disruptions],
        },
    )


class _Gathering:
    """Asks each source what it knows, once."""

    def __init__(self, handles: StackHandles, *, since_s: float) -> None:
        self._handles = handles
        self._since_s = since_s
        #: source -> why it was not read
        self._unread: dict[str, str] = {}
        dead = handles.stack.ended()
        self._dead = f"lost a component: {dead}" if dead else ""

    def dossier(self, about: str, story: Story) -> Dossier:
        handles, facts, subject = self._handles, self._handles.facts, self._handles.subject
        loaded = partial(subject_groups, handles.prometheus, handles.contract.rules)
        groups: tuple[LoadedGroup, ...] = self._ask("Prometheus", loaded) or ()
        api, mine = handles.cluster.api, (subject.workload.deployment,)
        pods = self._ask("API server", lambda: controller_pods(handles.cluster)) or []
        found: Story = {
            "stack": facts.stack,
            "run": facts.run_id,
            "speed": facts.speed.factor,
            "scrape_s": facts.scrape_s,
            "evaluation_s": facts.evaluation_s,
            **story,
            "rules": [*rule_lines(groups)],
            "targets": _plain(self._ask("Prometheus", handles.prometheus.targets)),
            "deliveries": _plain(self._ask("receiver", lambda: handles.receiver.deliveries(since_s=self._since_s))),
            "pods": pod_states(pods),
            "events": self._ask("API server", lambda: events(api, subject.namespace, about=mine)) or [],
        }
        samples = tuple(self._samples(groups))
        logs = self._ask("API server", lambda: pod_logs(api, subject.namespace, pods)) or {}
        if self._unread:  # whoever is silent may have said why
            logs |= log_ends(facts.directory)
        return Dossier(about=about, story={**found, "unread": self._unread}, samples=samples, logs=logs)

    def _samples(self, groups: tuple[LoadedGroup, ...]) -> Iterator[Series]:
        """What the rules read as far back as they look, and what came of it; raw."""
        rules = [rule for group in groups for rule in group.rules]
        understood = [expr for rule in rules if (expr := Expression.understood(rule.query)) is not None]
        since_s = self._since_s - max((expr.reach_s() for expr in understood), default=0.0)
        for selector in self._selectors(groups):
            read = partial(self._handles.prometheus.samples, selector, since_s, time.time())
            yield from self._ask("Prometheus", read) or ()

    def _selectors(self, groups: tuple[LoadedGroup, ...]) -> Iterator[str]:
        inside = equal_to("namespace", self._handles.subject.namespace)
        for name in read_names(groups):
            if name not in _OF_SCRAPES:
                yield f"{{{equal_to('__name__', name)}, {inside}}}"
        recorded = {rule.name for group in groups for rule in group.rules if rule.type == "recording"} - {HEARTBEAT}
        for name in sorted(recorded):
            yield f"{{{equal_to('__name__', name)}}}"
        for name in _OF_SCRAPES:
            for whose in (inside, *OF_CONTAINERS):
                yield f"{name}{{{whose}}}"
        alerts = any_of("alertname", (one.alert for one in self._handles.contract.alerts))
        yield from (f"{name}{{{alerts}}}" for name in ("ALERTS", "ALERTS_FOR_STATE"))
        yield HEARTBEAT

    def _ask(self, source: str, ask: Callable[[], T]) -> T | None:
        if self._dead:
            self._unread.setdefault(source, self._dead)
        if source in self._unread:
            return None
        try:
            return ask()
        except UnexpectedAnswerError as error:
            # one question is refused, the next may be answered
            self._unread[f"{source}, {error.what}"] = error.why
        except HarnessError as error:
            self._unread[source] = f"{error.what}: {error.why}"
        return None


def _plain(found: Iterable[DataclassInstance] | None) -> list[dict[str, Any]]:
    return [asdict(one) for one in found or ()]


def _disruption(one: Disruption) -> Story:
    return {"place": one.component, "start": one.start_s, "end": one.end_s, "cause": one.cause}


def _reading(one: Reading) -> Story:
    return {"at": one.at_s, "value": one.value, "holds": one.holds, "note": one.note}
