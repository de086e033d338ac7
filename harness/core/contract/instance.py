"""Which instance of an alert a fault hits: the values of its instance labels, for any subject."""

from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import InstanceOf
from harness.core.contract.subject import Subject

#: labels by which rules tell queues and controllers apart
QUEUE_LABELS = ("name", "controller")


def instance_of(promise: AlertPromise, subject: Subject, *, kind: str) -> dict[str, str]:
    """The instance labels whose values are known beforehand; a pod's name is not.

    Args:
        promise: the alert.
        subject: whose.
        kind: of the sources that make the work, a key of the subject's `queues`; empty if there is none.
    """
    known = _known(promise.threshold.quantity.definition.instance_of, subject, kind)
    return {label: known[label] for label in promise.instance_labels if label in known}


def _known(instance_of: InstanceOf, subject: Subject, kind: str) -> dict[str, str]:
    lease = subject.workload.lease
    match instance_of:
        case InstanceOf.QUEUE:
            return dict.fromkeys(QUEUE_LABELS, subject.sources.queues[kind]) if kind else {}
        case InstanceOf.LEASE if lease is not None:
            return {"name": lease.name}
        case InstanceOf.CONTAINER:
            return {"container": subject.workload.container}
        case _:
            return {}
