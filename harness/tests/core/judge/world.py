"""A small world in virtual time: a quantity, a witness, a scrape, a rule and a receiver, each with its own phase.

A test changes one thing in it (a rule's hold, a lost evaluation, a wrong label) and looks at what the judge says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

from harness.core.alertmanager.delivery import Delivery
from harness.core.contract.model import AlertPromise, AnnotationPromise, Carries, Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.duration import PromDuration
from harness.core.judge import DeliveryCase, DeliveryPace, LifeCase, Pace, RuleFact
from harness.core.reading import Reading
from harness.core.samples import Point, Series
from harness.core.timeline import Evaluations, Timeline, read_timelines, silent_timeline

_OF_DELIVERY = {one.name for one in fields(DeliveryCase)} - {"pace"}
#: Unix time of the injection
INJECT = 1_000_000.0
#: the fault lasts 25 s: 15 s of `for` at speed 60 and some
UNDO = INJECT + 25
START, END = INJECT - 5, INJECT + 40

PACE = Pace(speed=60, scrape_s=0.5, evaluation_s=0.5, witness_s=0.25)
DELIVERY_PACE = DeliveryPace(group_wait_s=0.5, group_interval_s=5, resend_s=1)

PROMISE = AlertPromise(
    name="QueueDeep",
    promise="More than 100 items wait for 15 minutes: somebody is told.",
    severity="warning",
    threshold=Threshold(
        quantity=Quantity.QUEUE_DEPTH, side=">", value=100, unit=Unit.ITEMS, meaning="depth of the queue"
    ),
    hold=PromDuration.parse("15m"),
    labels={"severity": "warning", "component": "kubemirror"},
    instance_labels=("name",),
    annotations=(
        AnnotationPromise(name="summary", carries=None, labels=()),
        AnnotationPromise(name="description", carries=Carries.NUMBER, labels=("name",)),
    ),
)


def changed(case: LifeCase, **changes: object) -> LifeCase:
    """The same with these fields, of the case or of its delivery part; `delivery_pace` is the pace of that."""
    delivery = {name: changes.pop(name) for name in _OF_DELIVERY & changes.keys()}
    if "delivery_pace" in changes:
        delivery["pace"] = changes.pop("delivery_pace")
    assert case.delivery is not None
    return replace(case, delivery=replace(case.delivery, **delivery), **changes)  # type: ignore[arg-type]  # a test's shorthand


def heard(case: LifeCase) -> tuple[Delivery, ...]:
    """What was told of."""
    assert case.delivery is not None
    return case.delivery.deliveries


def burst(at_s: float) -> float:
    """The usual fault: 240 items from the injection to the undo."""
    return 240 if INJECT <= at_s < UNDO else 0


def stepped(at_s: float) -> float:
    """First just below the threshold for 3 s, then just above."""
    return (95 if at_s < INJECT + 3 else 106) if INJECT <= at_s < UNDO else 0


@dataclass(slots=True)
class _Active:
    """An alert that Prometheus holds."""

    since_s: float
    firing: bool = False
    gone_s: float | None = None


@dataclass(slots=True)
class _Written:
    """The samples of one label set."""

    pending: list[Point] = field(default_factory=list)
    firing: list[Point] = field(default_factory=list)
    since: list[Point] = field(default_factory=list)

    def add(self, at_s: float, one: _Active) -> None:
        """What one evaluation writes."""
        (self.firing if one.firing else self.pending).append(Point(at_s=at_s, value=1))
        self.since.append(Point(at_s=at_s, value=float(int(one.since_s))))


@dataclass(frozen=True, kw_only=True)
class World:
    """Everything that can be planted; the defaults keep the promise."""

    value: Callable[[float], float] = burst
    #: the rule as it really is
    threshold: float = 100
    side: str = ">"
    hold_s: float = 15
    labels: Mapping[str, str] = field(
        default_factory=lambda: {"severity": "warning", "component": "kubemirror", "name": "secret"}
    )
    #: the rule's own `keep_firing_for`
    keep_firing_s: float = 0
    #: a label whose value is another at each evaluation: its name, and the value at a Unix time
    changing: tuple[str, Callable[[float], str]] | None = None
    matches: bool = True
    annotations: Mapping[str, str] = field(
        default_factory=lambda: {"summary": "Queue is deep", "description": "240 items wait in secret"}
    )
    #: evaluations between these are missed
    missed: tuple[float, float] = (0, 0)
    #: looks of the witness between these fail
    blind: tuple[float, float] = (0, 0)
    receiver: str = "kubemirror-team"
    firing_delivered: bool = True
    resolved_delivered: bool = True
    delivery_lag_s: float = 0.6
    promise: AlertPromise = PROMISE
    numbers: bool = True

    def evaluations(self) -> Evaluations:
        """Every half second, at a phase of the group's own."""
        instants = [START + 0.17 + i / 2 for i in range(int((END - START) * 2))]
        points = tuple(Point(at_s=t, value=1) for t in instants if not self.missed[0] < t < self.missed[1])
        heartbeat = Series(labels={}, points=points)
        return Evaluations.of([heartbeat], interval_s=0.5, start_s=START, end_s=END)

    def timelines(self) -> tuple[Timeline, ...]:
        """What Prometheus would have written: its state machine, for one series."""
        evaluations = self.evaluations()
        written: dict[str, _Written] = {}
        active: dict[str, _Active] = {}
        for t in evaluations.at_s:
            scraped = self.value(START + 0.05 + int((t - START - 0.05) / 0.5) * 0.5)
            beyond = scraped > self.threshold if self.side == ">" else scraped < self.threshold
            now = None if not (self.matches and beyond) else self.changing[1](t) if self.changing else ""
            if now is not None:
                active.setdefault(now, _Active(since_s=t)).gone_s = None
            for value, one in list(active.items()):
                if value != now:
                    one.gone_s = t if one.gone_s is None else one.gone_s
                    if not one.firing or t - one.gone_s >= self.keep_firing_s - 1e-6:
                        del active[value]
                        continue
                one.firing = one.firing or t - one.since_s >= self.hold_s - 1e-6
                written.setdefault(value, _Written()).add(t, one)
        alerts, since = [], []
        for value, found in written.items():
            labels = {"alertname": self.promise.alert, **self.labels}
            labels |= {self.changing[0]: value} if self.changing else {}
            alerts += [Series(labels={"alertstate": "pending", **labels}, points=tuple(found.pending))]
            alerts += [Series(labels={"alertstate": "firing", **labels}, points=tuple(found.firing))]
            since += [Series(labels=labels, points=tuple(found.since))]
        return read_timelines(alerts, since, evaluations) or (silent_timeline(self.promise.alert, evaluations),)

    def readings(self) -> tuple[Reading, ...]:
        """What the witness saw, four times a second."""
        threshold = self.promise.threshold
        found = []
        for i in range(int((END - START) * 4)):
            t = START + 0.11 + i / 4
            value = self.value(t)
            holds = value > threshold.value if threshold.side == ">" else value < threshold.value
            if self.blind[0] < t < self.blind[1]:
                found.append(Reading(at_s=t, value=None, holds=None, note="connection refused"))
            else:
                found.append(Reading(at_s=t, value=value if self.numbers else None, holds=holds, note="depth"))
        return tuple(found)

    def deliveries(self) -> tuple[Delivery, ...]:
        """What the receiver got."""
        life = next((e for line in self.timelines() for e in line.episodes if e.firing_at_s is not None), None)
        if life is None or life.firing_at_s is None:
            return ()
        firing = Delivery(
            receiver=self.receiver,
            status="firing",
            labels={"alertname": self.promise.alert, **self.labels},
            annotations=self.annotations,
            starts_at_s=life.firing_at_s,
            ends_at_s=None,
            received_at_s=life.firing_at_s + self.delivery_lag_s,
            group_key="{}:{}",
            fingerprint="f",
        )
        found = [firing] if self.firing_delivered else []
        if self.resolved_delivered and life.resolved_at_s is not None:
            at_s = life.resolved_at_s
            found.append(replace(firing, status="resolved", ends_at_s=at_s, received_at_s=at_s + 3))
        return tuple(found)

    def rule(self) -> RuleFact:
        """The rule, loaded and healthy."""
        return RuleFact(
            name=self.promise.name,
            health="ok",
            last_error="",
            expr="",
            hold_s=self.hold_s,
            keep_firing_s=self.keep_firing_s,
        )

    def case(self) -> LifeCase:
        """The evidence that this world leaves."""
        return LifeCase(
            promise=self.promise,
            pace=PACE,
            instance={"name": "secret"},
            timelines=self.timelines(),
            readings=self.readings(),
            delivery=DeliveryCase(receiver="kubemirror-team", pace=DELIVERY_PACE, deliveries=self.deliveries()),
            inject_s=INJECT,
            undo_s=UNDO,
            rule=self.rule(),
        )
