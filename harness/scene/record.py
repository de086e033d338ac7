"""What happened in a scenario: faults with instants, excuses, waits. The scene writes it, the evidence reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.judge import Trouble
from harness.faults.fault import Fault


class Aim(StrEnum):
    """What a scenario wants to see of its alert."""

    #: the whole life: inactive, pending, firing, delivered, resolved
    PAGES = "pages"
    #: a fault that must not page
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The alert a scenario is about."""

    alert: str
    aim: Aim
    #: instance labels of the alert that the fault hits
    instance: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Record:
    """Everything a scene noted. Instants are Unix seconds."""

    start_s: float
    #: in the order of their injection, those taken back removed
    standing: list[Fault] = field(default_factory=list)
    #: names of all faults there were
    injected: list[str] = field(default_factory=list)
    #: alert -> why it may fire beside the target
    excuses: dict[str, str] = field(default_factory=dict)
    #: instant of the first injection
    inject_s: float | None = None
    #: when the last fault had been taken back
    undo_s: float | None = None
    #: further delay until Prometheus can see the condition, with the reason
    lag_s: float = 0.0
    lag_reason: str = ""
    #: the same for the end of the condition
    resolve_lag_s: float = 0.0
    resolve_lag_reason: str = ""
    #: how near to the threshold both sides must be proved, relative to it; None asks for nothing
    threshold_within_ratio: float | None = None
    #: a promised alert was active before the fault, although the controller was healthy
    unquiet: bool = False
    #: what a wait was last told when it gave up, for the reader; the judge does not use it
    gave_up: list[str] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
