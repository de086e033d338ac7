"""What was there before is kept, comes back as it was, and tells what is left of the run from others' work."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.stacks.existing.inventory import Inventory, ObjectRef, ResourceType
from harness.stacks.existing.snapshot import RunDiff, Snapshot
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.whole_cluster import CONTEXT, DESTINATION, LEASE, WholeCluster, shop

SERVER = DESTINATION.server


def looked(api: WholeCluster) -> Snapshot:
    """What is there now."""
    return Snapshot.look(api.api, shop(), context=CONTEXT, server=SERVER)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    """With the Lease that was there, and what could not be listed."""
    api = WholeCluster()
    api.put(LEASE, {})
    api.interfere = lambda request: answer(403) if request.path == "/api/v1/secrets" else None
    before = looked(api)
    assert before.lease
    assert before.inventory.unlistable == {"secrets"}
    assert len(before.inventory.objects) == 2
    before.save(tmp_path)
    assert Snapshot.load(tmp_path) == before


def test_a_context_of_the_same_name_may_lead_elsewhere(tmp_path: Path) -> None:
    """Both have to be the same; what an older harness noted has no server, and the name has to do."""
    looked(WholeCluster()).save(tmp_path)
    kept = Snapshot.load(tmp_path)
    assert kept is not None
    assert kept.is_of(DESTINATION)
    assert not kept.is_of(replace(DESTINATION, server="https://another.example"))
    assert not kept.is_of(replace(DESTINATION, context="another"))
    file = tmp_path / "before.json"
    file.write_text(json.dumps({key: one for key, one in json.loads(file.read_text()).items() if key != "server"}))
    older = Snapshot.load(tmp_path)
    assert older is not None
    assert older.is_of(replace(DESTINATION, server="https://another.example"))


def test_a_lease_that_is_not_there_is_noted() -> None:
    """Whoever finds one later knows who made it."""
    assert not looked(WholeCluster()).lease


def test_what_is_settled_is_forgotten(tmp_path: Path) -> None:
    """Twice is harmless, and so is a directory that is gone."""
    looked(WholeCluster()).save(tmp_path)
    for _ in range(2):
        Snapshot.forget(tmp_path)
        assert Snapshot.load(tmp_path) is None
    Snapshot.forget(tmp_path / "gone")


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"context": "x", "objects": [{}]}'])
def test_half_of_one_is_none(tmp_path: Path, text: str | None) -> None:
    """The run was killed while it was written, or never entered a cluster."""
    if text is not None:
        (tmp_path / "before.json").write_text(text)
    assert Snapshot.load(tmp_path) is None


CONFIG = ResourceType(group="", version="v1", resource="configmaps", kind="ConfigMap", namespaced=True)
NAMESPACE = ResourceType(group="", version="v1", resource="namespaces", kind="Namespace", namespaced=False)
ROLE = ResourceType(
    group="rbac.authorization.k8s.io", version="v1", resource="clusterroles", kind="ClusterRole", namespaced=False
)


def config(name: str, namespace: str = "away") -> ObjectRef:
    """A ConfigMap."""
    return ObjectRef(type=CONFIG, namespace=namespace, name=name)


def balance(*after: ObjectRef, unlistable: str = "") -> RunDiff:
    """Before there was one."""
    before = Inventory(objects=frozenset({config("old")}), unlistable=frozenset())
    return RunDiff(
        before=before,
        after=Inventory(objects=frozenset(after), unlistable=frozenset(unlistable.split())),
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
    found = balance(*new, unlistable="secrets")
    assert found.left == ()
    assert str(found) == (
        "before: 1 objects, after: 7 objects, nothing of the run is left; "
        "appeared elsewhere meanwhile: configmaps away/n0, configmaps away/n1, configmaps away/n2, "
        "configmaps away/n3, configmaps away/n4 and 2 more; vanished meanwhile: configmaps away/old; "
        "could not be listed: secrets"
    )
