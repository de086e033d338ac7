"""The instance that a fault hits is known as far as the subject says it, and never guessed."""

from dataclasses import replace

import pytest

from harness.core.contract.instance import instance_of
from harness.core.contract.matrix import COLUMNS
from harness.core.contract.quantity import Quantity
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults.fake_api import subject


def _instance(quantity: Quantity, *labels: str, kind: str = "Secret") -> dict[str, str]:
    threshold = replace(PROMISE.threshold, quantity=quantity)
    return instance_of(replace(PROMISE, threshold=threshold, instance_labels=labels), subject(), kind=kind)


@pytest.mark.parametrize(
    ("quantity", "labels", "expected"),
    [
        (Quantity.QUEUE_DEPTH, ("name",), {"name": "secret"}),
        (Quantity.QUEUE_DEPTH, ("name", "controller"), {"name": "secret", "controller": "secret"}),
        (Quantity.RECONCILE_LATENCY, ("controller",), {"controller": "secret"}),
        (Quantity.FAILED_RECONCILES, ("controller",), {"controller": "secret"}),
        (Quantity.LEADING_REPLICAS, ("name",), {"name": "other-leader"}),
        (Quantity.MEMORY_USE, ("pod", "container"), {"container": "manager"}),
        (Quantity.CPU_THROTTLING, ("container",), {"container": "manager"}),
        (Quantity.SERVING_REPLICAS, ("name", "container"), {}),
        (Quantity.FAILED_RECONCILES_OVERALL, ("controller",), {}),
        (Quantity.OTHER, ("name",), {}),
    ],
)
def test_what_the_subject_says_is_known(quantity: Quantity, labels: tuple[str, ...], expected: dict[str, str]) -> None:
    """The queue of the sources, the lease, the container; a pod's name is nobody's to know beforehand."""
    assert _instance(quantity, *labels) == expected


@pytest.mark.parametrize("quantity", COLUMNS)
def test_an_alert_without_instance_labels_has_one_instance(quantity: Quantity) -> None:
    """Nothing is added that the alert does not carry."""
    assert _instance(quantity) == {}


def test_the_queue_is_that_of_the_kind_of_work() -> None:
    """Each kind of source has its own; without work there is none."""
    assert _instance(Quantity.QUEUE_DEPTH, "name", kind="ConfigMap") == {"name": "configmap"}
    assert _instance(Quantity.QUEUE_DEPTH, "name", kind="") == {}


def test_without_a_lease_nobody_is_named() -> None:
    """A subject that elects no leader."""
    found = subject()
    found = replace(found, workload=replace(found.workload, lease=None))
    promise = replace(PROMISE, threshold=replace(PROMISE.threshold, quantity=Quantity.LEADING_REPLICAS))
    assert instance_of(promise, found, kind="Secret") == {}
