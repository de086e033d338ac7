"""Quiet: no promised alert is active, and whoever was told of one has been told of its end."""

from collections.abc import Sequence

from harness.clients.receiver import short_name
from harness.core.promql import any_of
from harness.core.rules.identity import Owner, Ownership
from harness.faults.probe_route import RECEIVER
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet


def quiet(handles: StackHandles, owners: Sequence[Ownership]) -> NotYet | None:
    """Whether it is quiet; if not, which alerts are active or still to be told as resolved.

    Args:
        handles: where.
        owners: what the rule of each promised alert writes.

    Raises:
        CouldNotTellError: Prometheus or the receiver does not answer.
    """
    names = active(handles, owners) | {f"{name} still to be told as resolved" for name in _still_firing(handles)}
    return NotYet(", ".join(sorted(names))) if names else None


def active(handles: StackHandles, owners: Sequence[Ownership]) -> set[str]:
    """The alerts that are pending or firing now, of those that these rules write, each as `QueueDeep pending`.

    What an alert of the same name does that nobody promises anything about is not waited for.

    Raises:
        CouldNotTellError: Prometheus does not answer.
    """
    names = any_of("alertname", (whose.alert for whose in owners))
    every = handles.prometheus.instant(f"ALERTS{{{names}}}")
    mine = (one.labels for one in every if any(whose.of(one.labels) is not Owner.OTHER for whose in owners))
    return {f"{labels['alertname']} {labels['alertstate']}" for labels in mine}


def _still_firing(handles: StackHandles) -> set[str]:
    """The alerts that the receiver last heard of as firing; the harness's own route is gone, and hears no end.

    Nor does a destination that is told of none: nothing is waited for there.
    """
    heard = (one for one in handles.receiver.deliveries() if one.ends_told and short_name(one.receiver) != RECEIVER)
    last = {one.fingerprint: one for one in heard}
    return {one.labels.get("alertname", "") for one in last.values() if one.status == "firing"}
