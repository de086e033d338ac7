"""The baseline: what the subject does before the first fault, with the workload that is to go on during it.

A condition that holds already, or an alert that is pending for one, is not the fault's doing. Nothing that is judged
afterwards would say so, so the scenario ends here: neither the alert nor the fault has been looked at.
"""

import time
from collections.abc import Collection, Iterator, Mapping

from harness.clients.loaded_rules import LoadedAlerts
from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Unit
from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.promql import any_of
from harness.core.reading import Reading
from harness.core.rules.identity import Owner
from harness.scenario.stack_handles import StackHandles
from harness.scenario.witnesses import Condition, WitnessOf
from harness.waiting import NotYet, wait_until
from harness.witness.recorder import PERIOD_S, WitnessRecorder

#: a workload is looked at for so long before the fault: two scrapes and as many evaluations, and never less than this.
#: A rule sees a rate from its second scrape on; a share of less than fifty reconciles says little
_SCRAPES, _EVALUATIONS, _LEAST_S = 2, 2, 4.0
#: for one look more, on a busy machine
_SPARE_S = 5.0


def watched_s(handles: StackHandles) -> float:
    """For how long a workload is looked at before the first fault: seconds of the clock."""
    facts = handles.facts
    return max(_SCRAPES * facts.scrape_s + _EVALUATIONS * facts.evaluation_s, _LEAST_S)


def check_baseline(
    handles: StackHandles,
    readings: Mapping[str, tuple[Reading, ...]],
    *,
    working_since_s: float | None,
    spared: Collection[str] = (),
    witness_of: WitnessOf = Condition.on,
) -> None:
    """Sees that nothing which is promised about is the case already; with a workload once that has run for a while.

    An alert that is active although a witness denies its condition is the rule's own doing, and left to the judge.

    Args:
        handles: where.
        readings: alert -> what the witness of its condition has seen so far, oldest first.
        working_since_s: Unix seconds at which the workload began; None where there is none.
        spared: promises whose condition may hold.
        witness_of: asked for an alert that is active and that nobody has seen a reason for.

    Raises:
        CouldNotTellError: something is the case, with how much of it.
    """
    since_s = time.time() - watched_s(handles) if working_since_s is None else working_since_s
    found = list(_found(handles, readings, since_s=since_s, spared=spared, witness_of=witness_of))
    if found:
        who = "the subject" if working_since_s is None else "the workload"
        raise CouldNotTellError(
            f"{who} does this without any fault: {'; '.join(what for what, _ in found)}",
            why="; ".join(f"{promise.name} says {_limit(promise)}" for _, promise in found),
            fix="see the controller's log for what fails or takes long before the fault: all that follows builds on it",
        )


def _found(
    handles: StackHandles,
    readings: Mapping[str, tuple[Reading, ...]],
    *,
    since_s: float,
    spared: Collection[str],
    witness_of: WitnessOf,
) -> Iterator[tuple[str, AlertPromise]]:
    """What is the case, in words, and what is promised about it."""
    promises = {promise.name: promise for promise in handles.contract.alerts if promise.name not in spared}
    active = _active(handles)
    for name, promise in promises.items():
        seen = tuple(one for one in readings.get(name, ()) if one.at_s >= since_s)
        if name in active:
            # the rule may look back further than the witness has
            seen = (
                seen if any(one.holds for one in seen) else _looked(handles, promise, active[name], witness_of) or seen
            )
            confirmed = next((one for one in reversed(seen) if one.holds), None)
        else:
            confirmed = seen[-1] if seen and seen[-1].holds else None
        if confirmed is not None:
            state = f", {name} is {active[name]['alertstate']}" if name in active else ""
            yield f"{_shown(promise, confirmed)}{state}", promise


def _active(handles: StackHandles) -> dict[str, Mapping[str, str]]:
    """The promised alerts that are pending or firing, each with the labels of one of them."""
    names = any_of("alertname", sorted({promise.alert for promise in handles.contract.alerts}))
    every, loaded = (
        handles.prometheus.instant(f"ALERTS{{{names}}}"),
        LoadedAlerts.read(handles.prometheus, handles.contract),
    )
    owners = {promise.name: loaded.ownership(promise) for promise in handles.contract.alerts}
    # of several rules of one name each has its own
    return {
        name: one.labels for name, whose in owners.items() for one in every if whose.of(one.labels) is not Owner.OTHER
    }


def _looked(
    handles: StackHandles, promise: AlertPromise, labels: Mapping[str, str], witness_of: WitnessOf
) -> tuple[Reading, ...]:
    """What a witness of the alert's own condition sees from now on, for as long as a baseline takes.

    Nothing where nothing can look at it: the alert is left to the judge then.
    """
    instance = {label: labels[label] for label in promise.instance_labels if label in labels}
    try:
        witness = witness_of(Condition(promise=promise, instance=instance), handles)
    except HarnessError:
        return ()
    enough_s, begun_s = watched_s(handles), time.time()
    recorder, seen = WitnessRecorder(witness), list[Reading]()

    def over() -> NotYet | None:
        seen.append(recorder.look())
        looked_s = time.time() - begun_s
        return None if looked_s >= enough_s else NotYet(f"{looked_s:.1f} of {enough_s:g} s")

    try:
        wait_until(
            "looks at what is pending before the fault", over, timeout_s=enough_s + _SPARE_S, interval_s=PERIOD_S
        )
    finally:
        witness.close()
    return tuple(seen)


def _shown(promise: AlertPromise, reading: Reading) -> str:
    value = "" if reading.value is None else f"{_number(promise, reading.value)} {promise.threshold.meaning}, "
    return f"{value}{reading.note}"


def _limit(promise: AlertPromise) -> str:
    threshold = promise.threshold
    return f"{threshold.side} {_number(promise, threshold.value)}"


def _number(promise: AlertPromise, value: float) -> str:
    """With its unit; a ratio as percent."""
    return f"{value:.1%}" if promise.threshold.unit is Unit.RATIO else f"{value:g} {promise.threshold.unit}"
