"""The timeline: at which evaluations one alert (one label set) was inactive, pending or firing.

It is read afterwards from the raw samples of `ALERTS` and `ALERTS_FOR_STATE`, not polled: a state shorter than a poll
would be lost. Two facts of Prometheus shape it (rules/alerting.go, rules/group.go):

- An inactive alert writes nothing. Its absence means "inactive" only at an instant at which the rule's group was
  really evaluated; everywhere else the state is *unknown*. The instants come from a heartbeat, a recording rule at the
  end of the same group: all rules of a group share one timestamp.
- `ALERTS_FOR_STATE` holds activeAt cut to whole seconds. The exact activeAt is the instant of the first sample.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.core.label_text import braces
from harness.core.samples import Series

#: two evaluations further apart than this many intervals have a missed one between them
_GAP_INTERVALS = 1.5


class AlertState(StrEnum):
    """What an alert was at an instant."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    #: the group was not evaluated: neither inactive nor anything else
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch without evaluations, both ends excluded: the state in it is unknown."""

    start_s: float
    end_s: float

    def overlaps(self, start_s: float, end_s: float) -> bool:
        """True if any instant strictly between `start_s` and `end_s` lies in the gap."""
        return self.start_s < end_s and start_s < self.end_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The state at one evaluation."""

    at_s: float
    state: AlertState
    #: `ALERTS_FOR_STATE`, whole seconds; None while inactive
    active_at_s: float | None = None

    @property
    def active(self) -> bool:
        """Pending or firing."""
        return self.state in (AlertState.PENDING, AlertState.FIRING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From this evaluation on, the state is this, until the next change."""

    at_s: float
    state: AlertState


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One life of an alert: from the evaluation at which it became pending until it is inactive again."""

    #: the first evaluation at which it was active: the exact activeAt, unless `start_seen` is False
    pending_at_s: float
    #: the evaluation just before was made and found the alert inactive
    start_seen: bool
    #: activeAt as Prometheus states it, in whole seconds; None if it was not written
    active_at_s: float | None
    #: the first evaluation that found it firing; None if none did
    firing_at_s: float | None
    #: the last evaluation that found it active
    last_active_s: float
    #: the first evaluation that found it inactive again; None if the window ended before
    resolved_at_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What one label set of one alert did in a window of time."""

    #: labels of the alert, `alertname` included, `alertstate` and `__name__` left out
    labels: Mapping[str, str]
    start_s: float
    end_s: float
    #: one per evaluation that was made, oldest first
    moments: tuple[Moment, ...]
    #: where evaluations were missed, oldest first
    gaps: tuple[Gap, ...]

    @property
    def label_set(self) -> str:
        """Its labels as text, without the alert's name, which is said beside it."""
        return braces({name: value for name, value in self.labels.items() if name != "alertname"})

    @property
    def changes(self) -> tuple[Change, ...]:
        """The state at the start, and then each change, with unknown stretches; oldest first."""
        unknown = [Moment(at_s=gap.start_s, state=AlertState.UNKNOWN) for gap in self.gaps]
        ordered = sorted((*self.moments, *unknown), key=lambda moment: (moment.at_s, moment.state == "unknown"))
        found: list[Change] = []
        for moment in ordered:
            if not found or found[-1].state is not moment.state:
                found.append(Change(at_s=moment.at_s, state=moment.state))
        return tuple(found)

    @property
    def episodes(self) -> tuple[Episode, ...]:
        """Each life of the alert. One that goes on after a gap with the same activeAt is one, not two."""
        found: list[Episode] = []
        run: list[Moment] = []
        before: Moment | None = None
        for moment in self.moments:
            if run and not (moment.active and moment.active_at_s == run[-1].active_at_s):
                found.append(self._episode(before, run, moment))
                before, run = (None if moment.active else moment), []
            if moment.active:
                run.append(moment)
            else:
                before = moment
        if run:
            found.append(self._episode(before, run, None))
        return tuple(found)

    def _episode(self, before: Moment | None, run: Sequence[Moment], after: Moment | None) -> Episode:
        firing = (moment.at_s for moment in run if moment.state is AlertState.FIRING)
        return Episode(
            pending_at_s=run[0].at_s,
            start_seen=before is not None and not self.gap_in(before.at_s, run[0].at_s),
            active_at_s=run[0].active_at_s,
            firing_at_s=next(firing, None),
            last_active_s=run[-1].at_s,
            resolved_at_s=None if after is None else after.at_s,
        )

    def gap_in(self, start_s: float, end_s: float) -> bool:
        """True if an evaluation was missed strictly between the two instants."""
        return any(gap.overlaps(start_s, end_s) for gap in self.gaps)

    def before(self, at_s: float) -> Moment | None:
        """The last evaluation before `at_s`."""
        return next((moment for moment in reversed(self.moments) if moment.at_s < at_s), None)

    def fired_in(self, start_s: float, end_s: float) -> bool:
        """True if an evaluation within the window, ends included, found it firing."""
        return any(m.state is AlertState.FIRING and start_s <= m.at_s <= end_s for m in self.moments)

    def may_hide_firing(self, hold_s: float) -> tuple[Gap, ...]:
        """The gaps in which the alert may have fired unseen.

        A gap shorter than the hold hides nothing when the alert was inactive before it (the hold cannot have passed),
        nor when it was pending before and after with the same activeAt.
        """
        suspects = []
        for gap in self.gaps:
            before = next((m for m in reversed(self.moments) if m.at_s <= gap.start_s), None)
            after = next((m for m in self.moments if m.at_s >= gap.end_s), None)
            too_short = before is not None and not before.active and gap.end_s - gap.start_s < hold_s
            went_on = (
                before is not None
                and after is not None
                and before.active
                and after.state is AlertState.PENDING
                and before.active_at_s == after.active_at_s
            )
            if not (too_short or went_on):
                suspects.append(gap)
        return tuple(suspects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluations:
    """When the rule's group was evaluated, between two instants."""

    #: oldest first; from the heartbeat of the group
    at_s: tuple[float, ...]
    #: the group's interval in effect, in seconds of the clock
    interval_s: float
    start_s: float
    end_s: float

    @classmethod
    def of(cls, heartbeat: Iterable[Series], *, interval_s: float, start_s: float, end_s: float) -> "Evaluations":
        """Takes the instants from the raw samples of the group's heartbeat; their values do not matter."""
        instants = sorted({point.at_s for series in heartbeat for point in series.points})
        at_s = tuple(instant for instant in instants if start_s <= instant <= end_s)
        return cls(at_s=at_s, interval_s=interval_s, start_s=start_s, end_s=end_s)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where evaluations were missed, the time before the first and after the last one included."""
        instants = (self.start_s, *self.at_s, self.end_s)
        widest_s = _GAP_INTERVALS * self.interval_s
        return tuple(
            Gap(start_s=start, end_s=end) for start, end in itertools.pairwise(instants) if end - start > widest_s
        )


def read_timelines(
    alerts: Iterable[Series], for_state: Iterable[Series], evaluations: Evaluations
) -> tuple[Timeline, ...]:
    """Makes one timeline per alert label set, in the order of their labels.

    Args:
        alerts: raw samples of `ALERTS` (any alerts), from `ALERTS{…}[range]` as an instant query.
        for_state: raw samples of `ALERTS_FOR_STATE` for the same alerts.
        evaluations: the instants at which the group of these alerts was evaluated.

    An alert that was never active has no samples and so no timeline here: see `silent_timeline`.
    """
    active_at = {
        (_identity(series.labels), _ms(point.at_s)): point.value for series in for_state for point in series.points
    }
    states: dict[tuple[tuple[str, str], ...], dict[int, tuple[float, AlertState]]] = {}
    for series in alerts:
        seen = states.setdefault(_identity(series.labels), {})
        state = AlertState(series.labels["alertstate"])
        for point in series.points:
            if evaluations.start_s <= point.at_s <= evaluations.end_s:
                seen[_ms(point.at_s)] = (point.at_s, state)
    return tuple(_timeline(identity, seen, active_at, evaluations) for identity, seen in sorted(states.items()) if seen)


def silent_timeline(alertname: str, evaluations: Evaluations) -> Timeline:
    """The timeline of an alert that wrote no sample: inactive wherever its group was evaluated, unknown elsewhere."""
    return _timeline((("alertname", alertname),), {}, {}, evaluations)


def _timeline(
    identity: tuple[tuple[str, str], ...],
    seen: Mapping[int, tuple[float, AlertState]],
    active_at: Mapping[tuple[tuple[tuple[str, str], ...], int], float],
    evaluations: Evaluations,
) -> Timeline:
    # A sample of the alert proves an evaluation as well as the heartbeat does.
    instants = {_ms(at_s): at_s for at_s in evaluations.at_s} | {key: at_s for key, (at_s, _) in seen.items()}
    moments = []
    for key, at_s in sorted(instants.items()):
        state = seen[key][1] if key in seen else AlertState.INACTIVE
        moments.append(Moment(at_s=at_s, state=state, active_at_s=active_at.get((identity, key))))
    known = Evaluations(
        at_s=tuple(moment.at_s for moment in moments),
        interval_s=evaluations.interval_s,
        start_s=evaluations.start_s,
        end_s=evaluations.end_s,
    )
    return Timeline(
        labels=dict(identity),
        start_s=evaluations.start_s,
        end_s=evaluations.end_s,
        moments=tuple(moments),
        gaps=known.gaps,
    )


def _identity(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, v) for k, v in labels.items() if k not in ("__name__", "alertstate")))


def _ms(at_s: float) -> int:
    return round(at_s * 1_000)


def has_fired(timelines: Iterable[Timeline], *, start_s: float, end_s: float, hold_s: float) -> bool | None:
    """Whether any label set of one alert fired between two Unix times; None if a gap may hide it.

    Args:
        timelines: of one alert; without any, nothing is known.
        start_s: Unix time.
        end_s: Unix time.
        hold_s: its `for`, in seconds of the clock.
    """
    lines = tuple(timelines)
    if any(line.fired_in(start_s, end_s) for line in lines):
        return True
    hidden = any(gap.overlaps(start_s, end_s) for line in lines for gap in line.may_hide_firing(hold_s))
    return None if hidden or not lines else False
