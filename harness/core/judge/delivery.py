"""The clauses about notifications: delivered, to the documented receiver, with its annotations, and resolved again."""

from collections.abc import Iterable, Mapping, Sequence

from harness.core.alertmanager.delivery import Delivery
from harness.core.judge.annotation import Seen, annotation_faults
from harness.core.judge.case import Component, DeliveryCase
from harness.core.judge.evidence import Evidence, same_instance
from harness.core.judge.finding import Clause, Finding, broken_unless, skipped, unknown, verified, violated
from harness.core.rules.identity import Owner

#: `startsAt` has milliseconds, activeAt only seconds; a notification of this life cannot be older than that
_STARTS_S = 1.0
#: why nothing is said about notifications
NOBODY_LISTENED = "nobody listened to notifications here"
_ON_THE_WAY = (Component.PROMETHEUS, Component.ALERTMANAGER, Component.RECEIVER)


def judge_delivered(evidence: Evidence) -> Finding:
    """A firing notification arrives, at whichever receiver, within group_wait and the time that sending takes."""
    case, told, episode = evidence.case, evidence.case.delivery, evidence.episode
    if told is None:
        return skipped(Clause.DELIVERED, "delivered after firing", NOBODY_LISTENED)
    wait_s = _group_wait_s(evidence, told)
    allowed_s = wait_s + case.pace.evaluation_s + told.pace.resend_s + told.pace.slack_s + case.offset_s
    expected = f"delivered within {allowed_s:.2f} s of firing"
    if episode is None or episode.firing_at_s is None:
        return skipped(Clause.DELIVERED, expected, "it never fired")
    deadline_s = episode.firing_at_s + allowed_s
    until_s, by = _inhibited(told, episode.firing_at_s, allowed_s)
    if by:
        # what was held back goes out with the next flush of its group
        deadline_s = max(deadline_s, until_s + allowed_s + told.pace.group_interval_s)
        expected += f" or of the end of what inhibits it ({by})"
    firing = deliveries_of(evidence, "firing")
    if not firing:
        why = evidence.disruption(episode.firing_at_s, deadline_s, *_ON_THE_WAY)
        if by and episode.last_active_s <= until_s + allowed_s:
            why = why or f"it was over before what inhibits it was: {by}"
        if not why and evidence.line.end_s < deadline_s:
            why = "it was not watched for longer"
        muted = f"; {told.muted}" if told.muted else ""
        return broken_unless(Clause.DELIVERED, expected, f"no receiver got it{muted}", why)
    first = firing[0]
    lag_s = first.received_at_s - episode.firing_at_s
    actual = f"{len(firing)} time(s), first to {first.receiver!r} {lag_s:.2f} s after firing"
    if first.received_at_s <= deadline_s:
        return verified(Clause.DELIVERED, expected, actual)
    why = evidence.disruption(episode.firing_at_s, first.received_at_s, *_ON_THE_WAY)
    return broken_unless(Clause.DELIVERED, expected, actual, why)


def _inhibited(told: DeliveryCase, fired_s: float, allowed_s: float) -> tuple[float, str]:
    """Until when it was inhibited from its firing on, and by what; no text if it was not, when it had to be told."""
    until_s, by = fired_s, ""
    for one in told.inhibited:
        if one.start_s <= until_s + allowed_s and one.end_s > until_s:
            until_s, by = one.end_s, one.by
    return until_s, by


def judge_receiver(evidence: Evidence) -> Finding:
    """The documented receiver got it."""
    told = evidence.case.delivery
    if told is None:
        return skipped(Clause.RECEIVER, "the documented receiver", NOBODY_LISTENED)
    expected = f"receiver {told.receiver!r}"
    firing = deliveries_of(evidence, "firing")
    if not firing:
        return skipped(Clause.RECEIVER, expected, "nothing was delivered")
    receivers = sorted({delivery.receiver for delivery in firing})
    actual = ", ".join(repr(receiver) for receiver in receivers)
    if told.receiver in receivers:
        return verified(Clause.RECEIVER, expected, actual)
    return violated(Clause.RECEIVER, expected, actual)


def judge_annotations(evidence: Evidence) -> Finding:
    """Every firing notification carries the documented annotations, rendered."""
    promise = evidence.case.promise
    expected = "; ".join(
        f"{one.name}"
        + (f" carries a {one.carries}" if one.carries else "")
        + (f" names {', '.join(one.labels)}" if one.labels else "")
        for one in promise.annotations
    )
    firing = deliveries_of(evidence, "firing")
    if not firing:
        why = NOBODY_LISTENED if evidence.case.delivery is None else "nothing was delivered"
        return skipped(Clause.ANNOTATIONS, expected, why)
    seen = _seen(evidence)
    for delivery in firing:
        wrong = annotation_faults(promise, delivery.annotations, delivery.labels, seen)
        if wrong:
            return violated(Clause.ANNOTATIONS, expected, wrong)
    shown = "; ".join(f"{one.name}: {firing[0].annotations[one.name]!r}" for one in promise.annotations)
    return verified(Clause.ANNOTATIONS, expected, shown)


def _seen(evidence: Evidence) -> Seen | None:
    """What the witness saw from pending to the end of the condition; None where it saw no numbers."""
    stretch = evidence.stretch
    if stretch is None:
        return None
    values = [
        reading.value
        for reading in evidence.case.readings
        if reading.value is not None and stretch.start_s <= reading.at_s <= stretch.end_s
    ]
    return Seen(low=min(values), high=max(values)) if values else None


def judge_resolved_delivered(evidence: Evidence) -> Finding:
    """The end is told to each destination of the documented receiver that was told of the firing, at the next flush."""
    case, told, episode = evidence.case, evidence.case.delivery, evidence.episode
    if told is None:
        return skipped(Clause.RESOLVED_DELIVERED, "resolved notification after the end", NOBODY_LISTENED)
    pace = told.pace
    allowed_s = pace.group_interval_s + case.pace.evaluation_s + pace.resend_s + pace.slack_s + case.offset_s
    expected = f"resolved notification to {told.receiver!r} within {allowed_s:.2f} s of inactive"
    if told.told_when_over:
        expected += f" (of its destinations: {', '.join(told.told_when_over)})"
    if episode is None or episode.firing_at_s is None or episode.resolved_at_s is None:
        return skipped(Clause.RESOLVED_DELIVERED, expected, "it did not fire and become inactive again")
    if not deliveries_of(evidence, "firing"):
        return skipped(Clause.RESOLVED_DELIVERED, expected, "its firing was not delivered")
    if case.undo_s is None:
        return unknown(Clause.RESOLVED_DELIVERED, expected, "the fault was not undone")
    return _judge_ends(evidence, told, episode.resolved_at_s, allowed_s=allowed_s, expected=expected)


def _judge_ends(
    evidence: Evidence, told: DeliveryCase, resolved_s: float, *, allowed_s: float, expected: str
) -> Finding:
    """Of each destination of the documented receiver."""
    if told.told_when_over is not None and not told.told_when_over:
        return verified(Clause.RESOLVED_DELIVERED, "nobody is promised to be told of the end", "as documented")
    of_firing = _first_by_destination(evidence, told, "firing")
    of_end = _first_by_destination(evidence, told, "resolved")
    promised = {name: one for name, one in of_firing.items() if _is_promised(told, name)}
    if wrong := _promised_kinds_missing(told, of_firing) or _never_told(promised, of_end):
        # so it is configured: no trouble of the place has a part in that
        return violated(Clause.RESOLVED_DELIVERED, expected, wrong)
    silent = sorted(of_firing.keys() - promised.keys() - of_end.keys())
    return _judge_latest_end(
        evidence, resolved_s, promised, of_end, silent=silent, allowed_s=allowed_s, expected=expected
    )


def _never_told(promised: Mapping[str, Delivery], over: Mapping[str, Delivery]) -> str:
    """Destinations that Alertmanager is configured to tell of no end, in words; empty if there is none."""
    deaf = [name for name, one in promised.items() if not one.ends_told and name not in over]
    others = [name for name in promised if name in over]
    also = f"; told was {listed(others)}" if others else ""
    why = "send_resolved (sendResolved) is false there, or is by default"
    return f"never told to {listed(deaf)}: {why}{also}" if deaf else ""


def _judge_latest_end(
    evidence: Evidence,
    resolved_s: float,
    promised: Mapping[str, Delivery],
    over: Mapping[str, Delivery],
    *,
    silent: Sequence[str],
    allowed_s: float,
    expected: str,
) -> Finding:
    """Of destinations that are told of ends; where the firing reached other receivers only, none was told of it."""
    deadline_s = resolved_s + allowed_s
    if not promised or not promised.keys() <= over.keys():
        unsaid = [name for name in promised if name not in over]
        why = evidence.disruption(resolved_s, deadline_s, *_ON_THE_WAY)
        if not why and evidence.line.end_s < deadline_s:
            why = "it was not watched for longer"
        actual = f"none to {listed(unsaid)}" if len(promised) > 1 else "none"
        return broken_unless(Clause.RESOLVED_DELIVERED, expected, actual, why)
    last = max((over[name] for name in promised), key=lambda one: one.received_at_s)
    actual = f"{last.received_at_s - resolved_s:.2f} s after inactive"
    if len(promised) > 1:
        actual += f", to {listed(promised)}"
    if silent:
        actual += f"; {listed(silent)} is not told of ends, and not promised to be"
    if last.received_at_s <= deadline_s:
        return verified(Clause.RESOLVED_DELIVERED, expected, actual)
    why = evidence.disruption(resolved_s, last.received_at_s, *_ON_THE_WAY)
    return broken_unless(Clause.RESOLVED_DELIVERED, expected, actual, why)


def _first_by_destination(evidence: Evidence, told: DeliveryCase, status: str) -> dict[str, Delivery]:
    """What each destination of the documented receiver was told first."""
    found: dict[str, Delivery] = {}
    for one in deliveries_of(evidence, status):
        if one.receiver == told.receiver:
            found.setdefault(one.destination, one)
    return found


def _is_promised(told: DeliveryCase, destination: str) -> bool:
    return told.told_when_over is None or _kind(destination) in told.told_when_over


def _promised_kinds_missing(told: DeliveryCase, of_firing: Mapping[str, Delivery]) -> str:
    """Kinds of destination that the contract names and the receiver has not."""
    there = {_kind(name) for name in of_firing}
    absent = [kind for kind in told.told_when_over or () if kind not in there]
    return f"{told.receiver!r} has no {listed(absent)}, it has {listed(sorted(there))}" if absent else ""


def _kind(destination: str) -> str:
    return destination.rpartition("-")[0]


def deliveries_of(evidence: Evidence, status: str) -> Sequence[Delivery]:
    """The notifications of the judged life, first received first; none where nobody listened."""
    case, told, episode = evidence.case, evidence.case.delivery, evidence.episode
    if told is None or episode is None or episode.firing_at_s is None:
        return ()
    since_s = episode.pending_at_s - _STARTS_S
    found = [
        one
        for one in told.deliveries
        if case.owner(one) is not Owner.OTHER
        and same_instance(one.labels, case.instance)
        and one.status == status
        and one.starts_at_s >= since_s
    ]
    return sorted(found, key=lambda one: one.received_at_s)


def told_first(evidence: Evidence, status: str) -> Delivery | None:
    """What the documented receiver was told first; what another one was told says nothing about it."""
    told = evidence.case.delivery
    receiver = None if told is None else told.receiver
    return next((one for one in deliveries_of(evidence, status) if one.receiver == receiver), None)


def listed(names: Iterable[str]) -> str:
    """Destinations in words; one whose address does not name it is the receiver's only one."""
    return ", ".join(name or "its destination" for name in names) or "nothing"


def _group_wait_s(evidence: Evidence, told: DeliveryCase) -> float:
    """A new group waits group_wait; a group that is already there is flushed at its next group_interval."""
    pace, episode = told.pace, evidence.episode
    fired_s = None if episode is None else episode.firing_at_s
    keys = {one.group_key for one in deliveries_of(evidence, "firing")}
    earlier = [one for one in told.deliveries if one.group_key in keys]
    known = any(fired_s is not None and one.received_at_s < fired_s for one in earlier)
    return max(pace.group_wait_s, pace.group_interval_s) if known else pace.group_wait_s
