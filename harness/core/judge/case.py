"""What a judge needs to know: the evidence of one scenario about one alert. Unix times and seconds of the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.core.alertmanager.delivery import Delivery
from harness.core.contract.matrix import Expectation
from harness.core.contract.model import AlertPromise
from harness.core.duration import PromDuration
from harness.core.reading import Reading
from harness.core.rules.identity import Owner, Ownership
from harness.core.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The intervals in effect: documented ones divided by the speed. All in seconds of the clock."""

    speed: float
    scrape_s: float
    #: interval of the alert's rule group
    evaluation_s: float
    #: period of the witness
    witness_s: float
    #: how far apart the clocks of the witness and of Prometheus may be
    skew_s: float = 0.0
    #: what no speed scales: the time one scrape and one evaluation take themselves
    jitter_s: float = 0.1

    def documented(self, seconds: float) -> float:
        """Seconds of the clock as documented seconds, at a resolution of 1 ms of the clock."""
        return round(seconds, 3) * self.speed

    def documented_text(self, seconds: float) -> str:
        """Seconds of the clock as a documented duration, as rules write it: `14m30s`."""
        return str(PromDuration(round(self.documented(seconds) * 1_000)))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPace:
    """The intervals in effect by which Prometheus and Alertmanager tell. All in seconds of the clock."""

    group_wait_s: float
    group_interval_s: float
    #: `--rules.alert.resend-delay`
    resend_s: float
    #: what no speed scales: sending, grouping and receiving a notification on a busy machine
    slack_s: float = 2.0


class Component(StrEnum):
    """What can fail without the subject being wrong."""

    PROMETHEUS = "Prometheus"
    ALERTMANAGER = "Alertmanager"
    RECEIVER = "the receiver"
    WITNESS = "the witness"
    MACHINE = "the machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """One scrape: its samples have the time at which it began, and values of any instant until it ended."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """A failure of the place, known from elsewhere: a process that died, a machine that stalled."""

    component: Component
    start_s: float
    end_s: float
    #: `exited with status 137`, `stalled for 2.1 s`
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherAlert:
    """Another alert during this fault."""

    name: str
    #: all label sets of it; a `silent_timeline` if it wrote nothing, never an empty tuple
    timelines: tuple[Timeline, ...]
    expectation: Expectation
    #: why it may or must; shown as an excuse when it did. Empty for MUST_NOT
    reason: str = ""
    #: its documented `for`, in seconds of the clock
    hold_s: float = 0.0
    #: instants at which nobody looked any longer: what was pending at one of them might still have fired
    watched: tuple[float, ...] = ()
    #: what kept its rule from seeing what was there, and how long after its end each is still seen
    disruptions: tuple[Disruption, ...] = ()
    seen_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectorFact:
    """What one selector of the rule matched, and which matcher is to blame if nothing."""

    selector: str
    #: number of series it matched; None if that could not be asked
    matched: int | None
    #: the matcher without which there would be series; None if it matched, or if no single matcher is to blame
    killer: str | None = None
    #: values that the killer's label really has
    seen: tuple[str, ...] = ()
    #: why this could not be asked, or not which matcher is to blame; decides nothing
    unanswered: str = ""
    #: of one whose metric is not there at all: who drops it, or the likeliest names that are there
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFact:
    """The rule as Prometheus loaded it."""

    name: str
    #: `ok`, `err` or `unknown`, as Prometheus says
    health: str
    last_error: str
    #: the expression in effect
    expr: str
    #: the hold in effect, seconds of the clock
    hold_s: float
    selectors: tuple[SelectorFact, ...] = ()
    #: `keep_firing_for` in effect, seconds of the clock
    keep_firing_s: float = 0.0
    #: of its group: more alerts than that, and Prometheus drops them all; 0 is no limit
    limit: int = 0
    #: how many series its expression gave at the telling instant; None if that was not asked
    produced: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibited:
    """A stretch in which Alertmanager told nobody: another rule of the same alert fired, or somebody silenced it.

    Unix times.
    """

    start_s: float
    end_s: float
    #: the inhibition rule, or the silence
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCase:
    """The evidence about who was told, from a receiver that stands in for every destination."""

    #: the receiver the contract's route leads to
    receiver: str
    pace: DeliveryPace
    #: of all alerts and receivers, any order
    deliveries: tuple[Delivery, ...]
    #: when another rule of the same alert, or a silence, kept this one from being told; oldest first
    inhibited: tuple[Inhibited, ...] = ()
    #: the kinds of the receiver's destinations that are promised to be told of the end; None for all
    told_when_over: tuple[str, ...] | None = None
    #: what in the routes may keep everybody from being told, for the cause: `the route to x tells nobody in 'nights'`
    muted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeCase:
    """The evidence about an alert that must live its whole life."""

    promise: AlertPromise
    pace: Pace
    #: the values of the promise's instance labels for the instance that the fault hits
    instance: Mapping[str, str]
    #: every label set of this alert; a `silent_timeline` if it wrote nothing, never an empty tuple
    timelines: tuple[Timeline, ...]
    #: oldest first
    readings: tuple[Reading, ...]
    inject_s: float
    #: when the fault had been undone; None if it never was: resolution is then not proved
    undo_s: float | None
    #: the loaded rule; None if no rule of this name was loaded
    rule: RuleFact | None
    #: who was told; None where nobody listened (a recording, somebody's history): its clauses are then not judged
    delivery: DeliveryCase | None
    #: what is loaded instead of it, in words
    rule_absent: str = ""
    #: tells what is this rule's from what is another's of the same alert; None where there is no other
    ownership: Ownership | None = None
    #: how far the group's evaluations look back (`query_offset`), seconds of the clock: what they write has the time of
    #: what they saw, and whoever is told is told so much later
    offset_s: float = 0.0
    #: when undoing it began; None if that is not known
    undo_began_s: float | None = None
    other_alerts: tuple[OtherAlert, ...] = ()
    disruptions: tuple[Disruption, ...] = ()
    #: of what the rule reads; without them each is taken for instantaneous
    scrapes: tuple[Scrape, ...] = ()
    #: further delay until Prometheus can see the condition, or what becomes of it, with its reason (service discovery,
    #: a window that fills, figures that are not new at each scrape)
    lag_s: float = 0.0
    lag_reason: str = ""
    #: still further delay until Prometheus can see the end of the condition, with its reason
    resolve_lag_s: float = 0.0
    resolve_lag_reason: str = ""
    #: the longest window of the rule: for so long after the undo it may still see the fault
    window_s: float = 0.0
    #: relative uncertainty of the witness's values, 0 for counted ones
    witness_error_ratio: float = 0.0
    #: how near to the threshold both sides must be proved, relative to it; None asks for nothing
    threshold_within_ratio: float | None = None

    @property
    def hold_s(self) -> float:
        """The documented `for` in seconds of the clock."""
        return self.promise.hold.seconds / self.pace.speed

    @property
    def keep_firing_s(self) -> float:
        """The documented `keep_firing_for` in seconds of the clock."""
        return self.promise.keep_firing_for.seconds / self.pace.speed

    def owner(self, one: Delivery) -> Owner:
        """Whose alert a notification is about."""
        return _owner(self.promise, self.ownership, one)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceCase:
    """The evidence about a fault that must not page."""

    promise: AlertPromise
    pace: Pace
    #: every label set of this alert; a `silent_timeline` if it wrote nothing, never an empty tuple
    timelines: tuple[Timeline, ...]
    #: of the fault, not of the alert's condition: `holds` says that the fault was in effect (the pod was gone)
    readings: tuple[Reading, ...]
    #: of all alerts and receivers, any order; None where nobody listened
    deliveries: tuple[Delivery, ...] | None
    inject_s: float
    #: until when silence was watched
    end_s: float
    rule: RuleFact | None
    #: what is loaded instead of it, in words
    rule_absent: str = ""
    #: tells what is this rule's from what is another's of the same alert; None where there is no other
    ownership: Ownership | None = None
    #: instants at which nobody looked any longer: what was pending at one of them might still have fired; without any,
    #: `end_s` is one
    watched: tuple[float, ...] = ()
    #: for how much of its `for` it must have been pending before the fault ended; 0 asks for nothing
    near_ratio: float = 0.0
    other_alerts: tuple[OtherAlert, ...] = ()
    disruptions: tuple[Disruption, ...] = ()
    #: scrapes that came late: they keep no evaluation from being made, but may make an alert fire
    slow_scrapes: tuple[Disruption, ...] = ()
    #: how long after its end a trouble is still seen: the rule's window, a scrape and two evaluations
    seen_s: float = 0.0

    @property
    def hold_s(self) -> float:
        """The documented `for` in seconds of the clock."""
        return self.promise.hold.seconds / self.pace.speed

    def owner(self, one: Delivery) -> Owner:
        """Whose alert a notification is about."""
        return _owner(self.promise, self.ownership, one)


def _owner(promise: AlertPromise, ownership: Ownership | None, one: Delivery) -> Owner:
    return (ownership or Ownership(alert=promise.alert)).of(one.labels)
