"""The progress poller: beside a scenario a thread looks twice a second at what it waits for, and tells the reader.

It asks Prometheus for the states of the scenario's alerts, by one cheap query, and takes the last reading of each
witness, which has been made anyway. For the reader alone: the judge asks for itself, afterwards. So nothing that fails
here may be seen by the scenario.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Protocol

from harness.core.errors import HarnessError
from harness.core.events import AlertIs, WitnessSaw
from harness.core.promql import any_of
from harness.core.reading import Reading
from harness.core.rules.identity import Owner, Ownership
from harness.core.samples import Series
from harness.core.system_words import reason_of
from harness.core.timeline import AlertState
from harness.polling import PollingThread
from harness.scenario.emitter import ScenarioEmitter

#: often enough for a reader; each look is one request of a millisecond or two
_PERIOD_S = 0.5
#: a thread that hangs in a look is left to its own end, which comes with the request's
_STOP_TIMEOUT_S = 3.0


class AlertLooker(Protocol):
    """Asks a Prometheus; a connection of its own, since one is not for two threads."""

    def instant(self, query: str) -> tuple[Series, ...]:
        """Evaluates a query now."""
        ...


class ProgressPoller:
    """Looks at the alerts and the readings of one scenario, and tells what has changed."""

    def __init__(
        self,
        emitter: ScenarioEmitter,
        alerts: Mapping[str, Ownership],
        connect: Callable[[], AbstractContextManager[AlertLooker]],
        readings: Callable[[], Mapping[str, Reading]],
        *,
        period_s: float = _PERIOD_S,
    ) -> None:
        """Args: to whom; promise -> what its rule writes; opens Prometheus; last readings; seconds between looks."""
        self._emitter = emitter
        self._alerts = dict(alerts)
        self._connect = connect
        self._readings = readings
        self._told: dict[str, AlertIs | Reading] = {}
        self._connection = ExitStack()
        self._prometheus: AlertLooker | None = None
        self._looking = PollingThread(
            self._look, name="progress", interval_s=period_s, at_once=False, patience_s=_STOP_TIMEOUT_S
        )

    def start(self) -> None:
        """Begins to look."""
        self._looking.start()

    def stop(self) -> None:
        """Ends it, within 3 s. Harmless the second time."""
        self._looking.stop()
        self._connection.close()

    def look(self, prometheus: AlertLooker) -> None:
        """Looks once, and tells what is new. Never raises: what cannot be seen is told as that."""
        try:
            states = states_of(self._alerts, prometheus.instant(query_of(self._alerts)))
        except Exception as error:  # noqa: BLE001 - for the reader alone; the judge asks Prometheus for itself
            states = dict.fromkeys(self._alerts, (AlertState.UNKNOWN, None))
            note = error.what if isinstance(error, HarnessError) else reason_of(error)
        else:
            note = ""
        for alert, (state, since_s) in states.items():
            event = AlertIs(nodeid=self._emitter.nodeid, alert=alert, state=state, since_s=since_s, note=note)
            if self._told.get(f"state {alert}") != event:
                self._told[f"state {alert}"] = event
                self._emitter.tell(event)
        with suppress(Exception):
            self._tell_readings()

    def _tell_readings(self) -> None:
        for alert, reading in self._readings().items():
            former = self._told.get(f"reading {alert}")
            self._told[f"reading {alert}"] = reading
            if not isinstance(former, Reading) or _differ(former, reading):
                self._emitter.tell(
                    WitnessSaw(
                        nodeid=self._emitter.nodeid,
                        alert=alert,
                        value=reading.value,
                        holds=reading.holds,
                        note=reading.note,
                        at_s=reading.at_s,
                    )
                )

    def _look(self) -> bool:
        with suppress(Exception):
            if self._prometheus is None:
                self._prometheus = self._connection.enter_context(self._connect())
            self.look(self._prometheus)
            return True
        return False


def query_of(alerts: Mapping[str, Ownership]) -> str:
    """The query for the states of these alerts and since when; names are data, not patterns."""
    names = dict.fromkeys(whose.alert for whose in alerts.values())
    return f"{{{any_of('__name__', ('ALERTS', 'ALERTS_FOR_STATE'))},{any_of('alertname', names)}}}"


def states_of(alerts: Mapping[str, Ownership], found: Iterable[Series]) -> dict[str, tuple[AlertState, float | None]]:
    """The furthest state of each alert's instances, and since when the first of these has been active (Unix seconds).

    `ALERTS_FOR_STATE` has the instant as its value: https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
    """
    since_s: dict[frozenset[tuple[str, str]], float] = {}
    instances: dict[str, list[tuple[str, frozenset[tuple[str, str]]]]] = {alert: [] for alert in alerts}
    for series in found:
        labels = {**series.labels}
        kind, state = labels.pop("__name__", ""), labels.pop("alertstate", "")
        instance = frozenset(labels.items())
        if kind == "ALERTS_FOR_STATE":
            since_s[instance] = series.points[-1].value
        else:
            for alert, whose in alerts.items():
                if whose.of(labels) is not Owner.OTHER:
                    instances[alert].append((state, instance))
    states: dict[str, tuple[AlertState, float | None]] = {}
    for alert, those in instances.items():
        furthest = next(
            (s for s in (AlertState.FIRING, AlertState.PENDING) if s in {state for state, _ in those}), None
        )
        active = [since_s[instance] for state, instance in those if state == furthest and instance in since_s]
        states[alert] = (furthest or AlertState.INACTIVE, min(active, default=None))
    return states


def _differ(former: Reading, now: Reading) -> bool:
    """Whether a reader would see a difference; without a number the note is what is seen."""
    if now.value is None:
        return (former.value, former.holds, former.note) != (None, now.holds, now.note)
    return (former.value, former.holds) != (now.value, now.holds)
