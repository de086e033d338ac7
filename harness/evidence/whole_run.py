"""What every promised alert did over a whole window: the life of a stack, a recording, somebody's history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.clients.loaded_rules import FoundRule, LoadedAlerts, beat_labels
from harness.clients.rule_facts import rule_fact
from harness.core.contract.model import AlertPromise
from harness.core.errors import HarnessError
from harness.core.judge import Disruption
from harness.core.judge.approach import Compared
from harness.core.judge.fault_window import AlertRun, FaultWindow
from harness.core.promql import any_of
from harness.core.rules.condition_expr import comparisons
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.own_series import own_series
from harness.core.samples import Series
from harness.core.timeline import Evaluations, read_timelines, silent_timeline
from harness.evidence.window import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPast:
    """What is known about a stack apart from what its alerts did."""

    #: all that were declared
    windows: tuple[FaultWindow, ...]
    disruptions: tuple[Disruption, ...]
    #: which component has died, and how; empty if none has
    lost: str = ""


class WholeRunGatherer:
    """Reads what every promised alert did over a whole window."""

    def __init__(self, window: Window, past: StackPast, loaded: LoadedAlerts | None = None) -> None:
        """Args: where to look; what else happened; the rules as loaded, which are asked for if they are not given.

        Raises:
            CouldNotTellError: Prometheus does not say what is loaded.
        """
        self._window = window
        self._past = past
        self.loaded = loaded or LoadedAlerts.read(window.prometheus, window.contract)

    def runs(self) -> Iterator[AlertRun]:
        """What is known about each promised alert by the end of the window, from three queries."""
        window, past = self._window, self._past
        pace, start_s, end_s = window.pace, window.start_s, window.end_s
        names = any_of("alertname", (promise.alert for promise in window.contract.alerts))
        alerts, for_state, beats = (
            window.prometheus.samples(selector, start_s, end_s)
            for selector in (f"ALERTS{{{names}}}", f"ALERTS_FOR_STATE{{{names}}}", HEARTBEAT)
        )
        for promise in window.contract.alerts:
            found, whose = self.loaded.found(promise), self.loaded.ownership(promise)
            interval_s = pace.evaluation_s if found is None else found.group.interval
            evaluations = _evaluations(beats, found, interval_s=interval_s, end_s=end_s)
            timelines = read_timelines(
                own_series(alerts, whose, evaluations), own_series(for_state, whose, evaluations), evaluations
            )
            yield AlertRun(
                promise=promise,
                rule=None if found is None else rule_fact(found),
                ownership=whose,
                keep_firing_s=promise.keep_firing_for.seconds / pace.speed,
                interval_s=interval_s,
                scrape_s=pace.scrape_s,
                refresh_s=window.refresh_of(promise.threshold.quantity),
                timelines=timelines or (silent_timeline(promise.alert, evaluations),),
                windows=past.windows,
                disruptions=past.disruptions,
                start_s=start_s,
                end_s=end_s - (0.0 if found is None else window.offsets_s.get(found.group.name, 0.0)),
                lost=past.lost,
            )

    def compared(self, promise: AlertPromise) -> tuple[tuple[Compared, ...], str]:
        """What the rule's comparisons compared, at its own evaluations; or why that cannot be told."""
        found = self.loaded.found(promise)
        if found is None:
            return (), ""
        prometheus, start_s, end_s = self._window.prometheus, self._window.start_s, self._window.end_s
        try:
            beats = prometheus.samples(found.beat, start_s, end_s)
            first_s = min((point.at_s for one in beats for point in one.points), default=end_s)
            return tuple(
                Compared(
                    comparison=one,
                    values=prometheus.values(one.values, start_s=first_s, end_s=end_s, step_s=found.group.interval),
                )
                for one in comparisons(found.rule.query)
            ), ""
        except HarnessError as error:
            return (), str(error)


def _evaluations(beats: Iterable[Series], found: FoundRule | None, *, interval_s: float, end_s: float) -> Evaluations:
    """Of one group, from the first of them to the last; none at all if the rule is in no group."""
    wanted = {} if found is None else beat_labels(found.group)
    mine = [one for one in beats if wanted and all(one.labels.get(name) == wanted[name] for name in wanted)]
    instants = [point.at_s for one in mine for point in one.points]
    first_s, last_s = min(instants, default=end_s), max(instants, default=end_s)
    return Evaluations.of(mine, interval_s=interval_s, start_s=first_s, end_s=last_s)
