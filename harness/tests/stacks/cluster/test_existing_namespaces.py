"""Existing namespaces: what is there already is not applied, everything else is."""

from harness.core.operator.manifest import Manifest, dumped
from harness.core.operator.objects import objects_of
from harness.stacks.cluster.existing_namespaces import without_namespaces

OBJECTS: list[Manifest] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shop"}, "data": {"x": "a\n---\nb"}},
    {"apiVersion": "x.example/v1", "kind": "Namespace", "metadata": {"name": "shop"}},
]


def test_an_existing_namespace_is_left_out() -> None:
    """That one alone: neither another one nor anything else of its name."""
    kept = objects_of(without_namespaces(dumped(OBJECTS), ["shop"]), "kept")
    assert list(kept) == OBJECTS[1:]


def test_nothing_borrowed_leaves_everything() -> None:
    """As on a cluster of the run's own."""
    assert without_namespaces(dumped(OBJECTS), ()) == dumped(OBJECTS)
