"""The balance: what is left of the run is told from what others made and removed meanwhile."""

import pytest

from harness.stacks.existing.diff import RunDiff
from harness.stacks.existing.inventory import Inventory, ObjectRef
from harness.stacks.existing.resource_types import ResourceType

CONFIG = ResourceType(group="", version="v1", resource="configmaps", kind="ConfigMap", namespaced=True)
NAMESPACE = ResourceType(group="", version="v1", resource="namespaces", kind="Namespace", namespaced=False)
ROLE = ResourceType(
    group="rbac.authorization.k8s.io", version="v1", resource="clusterroles", kind="ClusterRole", namespaced=False
)


def config(name: str, namespace: str = "away") -> ObjectRef:
    """A ConfigMap."""
    return ObjectRef(type=CONFIG, namespace=namespace, name=name)


def balance(*after: ObjectRef, unseen: str = "") -> RunDiff:
    """Before there was one."""
    before = Inventory(objects=frozenset({config("old")}), unseen=frozenset())
    return RunDiff(
        before=before,
        after=Inventory(objects=frozenset(after), unseen=frozenset(unseen.split())),
        run="r1",
        namespace="shop",
    )


def test_nothing_left_is_told_with_both_counts() -> None:
    """So that it can be believed."""
    found = balance(config("old"))
    assert found.left == ()
    assert str(found) == "before: 1 objects, after: 1 objects, nothing of the run is left"


@pytest.mark.parametrize(
    "one",
    [
        config("x", "shop"),
        config("x", "kubemirror-harness-r1"),
        config("x-r1"),
        ObjectRef(type=NAMESPACE, namespace="", name="shop"),
        ObjectRef(type=NAMESPACE, namespace="", name="kubemirror-harness-r1-source"),
        ObjectRef(type=ROLE, namespace="", name="slow-r1"),
    ],
    ids=str,
)
def test_what_only_the_run_can_have_made_is_left(one: ObjectRef) -> None:
    """In its namespaces, or with its name."""
    found = balance(config("old"), one)
    assert found.left == (one,)
    assert str(found) == "before: 1 objects, after: 2 objects, 1 of the run are left"


def test_others_work_is_told_and_not_blamed() -> None:
    """What appeared elsewhere, what vanished, and about what nothing is known; many are counted."""
    new = [config(f"n{number}") for number in range(7)]
    found = balance(*new, unseen="secrets")
    assert found.left == ()
    assert str(found) == (
        "before: 1 objects, after: 7 objects, nothing of the run is left; "
        "appeared elsewhere meanwhile: configmaps away/n0, configmaps away/n1, configmaps away/n2, "
        "configmaps away/n3, configmaps away/n4 and 2 more; vanished meanwhile: configmaps away/old; "
        "could not be listed: secrets"
    )
