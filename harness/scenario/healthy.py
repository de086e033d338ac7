"""What keeps a controller from being healthy: a scenario that begins before it is would prove nothing."""

from harness.core.promql import equal_to
from harness.core.samples import Series
from harness.faults.controller_pods import rollout_left, running_pods
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet


def healthy(handles: StackHandles) -> NotYet | None:
    """None when no roll-out is under way, every running pod is scraped and up, and the queues are empty.

    Raises:
        CouldNotTellError: the API server or Prometheus does not answer.
    """
    left = rollout_left(handles.cluster)
    if left:
        return NotYet(left)
    job = handles.subject.workload.service
    target = equal_to("job", job)
    targets = handles.prometheus.instant(f"up{{{target}}}")
    if not targets or any(series.points[0].value != 1 for series in targets):
        return NotYet(f"{len(targets)} targets of job {job}, not all of them up")
    unseen = _unseen(handles, targets)
    if unseen is not None:
        return unseen
    waiting = handles.prometheus.instant(f"workqueue_depth{{{target}}} > 0")
    if waiting:
        return NotYet(f"{waiting[0].points[0].value:g} items wait in queue {waiting[0].labels.get('name')}")
    return None


def _unseen(handles: StackHandles, targets: tuple[Series, ...]) -> NotYet | None:
    """By the pods' names; by their number where the subject's monitoring takes the label `pod` away.

    A pod that has ended, evicted for instance, may still be there and match the selector; nobody scrapes it.
    """
    pods = {str(pod["metadata"]["name"]) for pod in running_pods(handles.cluster)}
    seen = {name for series in targets if (name := series.labels.get("pod"))}
    if not seen:
        return NotYet(f"{len(targets)} of {len(pods)} pods scraped") if len(targets) < len(pods) else None
    return NotYet(f"{', '.join(sorted(pods - seen))} not scraped yet") if pods - seen else None
