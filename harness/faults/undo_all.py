"""Undoing everything of a run, whatever was injected and by whom: for `harness down` on clusters that live on."""

from harness.core.errors import CouldNotTellError, HarnessError
from harness.faults import former_spec, probe_route, squeeze, stolen_lease, unreachable_replica, webhook_rule
from harness.faults.cluster import Cluster


def undo_all(cluster: Cluster) -> None:
    """Takes back every fault of the run. Tries everything, then tells what failed.

    Its namespaces stay: a write that a slow API still holds back would be carried out in one that is gone by then.

    Raises:
        CouldNotTellError: something may still be there; its causes are in the text.
    """
    failures: list[HarnessError] = []
    for step in (
        webhook_rule.remove_all,  # first: it stands in the way of the controller's own cleaning up
        stolen_lease.release,
        squeeze.restore,
        former_spec.restore,
        unreachable_replica.remove,
        probe_route.remove,
    ):
        try:
            step(cluster)
        except HarnessError as error:
            failures.append(error)
    if failures:
        raise CouldNotTellError(
            f"run {cluster.run} could not be undone completely",
            why="; ".join(f"{failure.what} ({failure.why})" for failure in failures),
            fix="remove the cause and do it again: what is done already does no harm",
        ) from failures[0]
