"""Quiet: no promised alert is active, and whoever was told of one has been told of its end."""

from collections.abc import Sequence

from harness.core.promql import any_of
from harness.core.rule_identity import Owner, Ownership
from harness.faults.onlooker import RECEIVER
from harness.observe.receiver_client import short_name
from harness.scene.arena import Arena
from harness.waiting import NotYet


def quiet(arena: Arena, owners: Sequence[Ownership]) -> NotYet | None:
    """Whether it is quiet; if not, which alerts are active or still to be told as resolved.

    Args:
        arena: where.
        owners: what the rule of each promised alert writes.

    Raises:
        CouldNotTellError: Prometheus or the receiver does not answer.
    """
    alerts = any_of("alertname", (promise.alert for promise in arena.contract.alerts))
    every = arena.prometheus.instant(f"ALERTS{{{alerts}}}")
    # what an alert of the same name does that nobody promises anything about is not waited for
    active = [one for one in every if any(whose.of(one.labels) is not Owner.OTHER for whose in owners)]
    names = {f"{series.labels['alertname']} {series.labels['alertstate']}" for series in active}
    names |= {f"{name} still to be told as resolved" for name in _still_firing(arena)}
    return NotYet(", ".join(sorted(names))) if names else None


def _still_firing(arena: Arena) -> set[str]:
    """The alerts that the receiver last heard of as firing; the harness's own route is gone, and hears no end.

    Nor does a destination that is told of none: nothing is waited for there.
    """
    heard = (one for one in arena.receiver.deliveries() if one.ends_told and short_name(one.receiver) != RECEIVER)
    last = {one.fingerprint: one for one in heard}
    return {one.labels.get("alertname", "") for one in last.values() if one.status == "firing"}
