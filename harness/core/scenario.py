"""What a scenario is about, and what happened in it. The run of the scenario writes it, the evidence reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.contract.matrix import Cell, Row
from harness.core.contract.model import AlertPromise
from harness.core.judge import Disruption, Expectation


class Aim(StrEnum):
    """What a scenario wants to see of its alert."""

    #: the whole life: inactive, pending, firing, delivered, resolved
    PAGES = "pages"
    #: a fault that must not page
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One alert that a scenario is about."""

    promise: AlertPromise
    aim: Aim
    #: values of the alert's instance labels for the instance that the fault hits, as far as they are known
    instance: Mapping[str, str] = field(default_factory=dict)

    @property
    def alert(self) -> str:
        """The promise's name, by which everything of it goes; `alertname` is the promise's `alert`."""
        return self.promise.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioPlan:
    """What a scenario is about."""

    #: empty for a survey
    targets: tuple[Target, ...] = ()
    #: of the fault x alert matrix; None where nothing is injected
    row: Row | None = None
    #: where the matrix was read from, for messages
    matrix: str = ""

    def cell(self, promise: AlertPromise) -> Cell:
        """What another alert does meanwhile.

        Alerts of one quantity with different thresholds cannot be told apart by a row: beside one that must fire, the
        others may.
        """
        if self.row is None:
            return Cell(expectation=Expectation.MUST_NOT)
        cell = self.row.cell(promise.threshold.quantity)
        if cell.expectation is Expectation.MUST:
            return Cell(expectation=Expectation.MAY, reason="it speaks of the same quantity, with another threshold")
        return cell


@dataclass(slots=True, kw_only=True)
class ScenarioLog:
    """Everything that a scenario noted. Instants are Unix seconds."""

    start_s: float
    #: names of all faults there were
    injected: list[str] = field(default_factory=list)
    #: instant of the first injection
    inject_s: float | None = None
    #: when one began to take everything back
    undo_began_s: float | None = None
    #: when the last fault had been taken back
    undo_s: float | None = None
    #: until when what faults had begun may go on, though they were taken back; 0 if that was over at once
    lingers_until_s: float = 0.0
    #: further delay until Prometheus can see the condition, with the reason
    lag_s: float = 0.0
    lag_reason: str = ""
    #: the same for the end of the condition
    resolve_lag_s: float = 0.0
    resolve_lag_reason: str = ""
    #: how near to the threshold both sides must be proved, relative to it; None asks for nothing
    threshold_within_ratio: float | None = None
    #: how much of its `for` an alert must have been pending for its silence to say anything; 0 asks for nothing
    near_ratio: float = 0.0
    #: when the workload began; None without one
    working_since_s: float | None = None
    #: why the condition of the scenario's own alerts may hold before the first fault; empty where it may not
    holds_before: str = ""
    #: a promised alert was active before the fault, although the controller was healthy
    unquiet: bool = False
    #: promise -> the evaluation at which somebody ceased to wait for what must not fire, once for each such wait
    watched: list[Mapping[str, float]] = field(default_factory=list)
    #: what a wait was last told when it gave up, for the reader; the judge does not use it
    gave_up: list[str] = field(default_factory=list)
    disruptions: list[Disruption] = field(default_factory=list)

    def watched_of(self, promise: AlertPromise) -> tuple[float, ...]:
        """The ends of all waits for an alert to settle, Unix seconds, oldest first."""
        return tuple(one[promise.name] for one in self.watched if promise.name in one)
