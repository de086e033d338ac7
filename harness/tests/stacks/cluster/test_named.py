"""Objects are found again by the run's label, which comes besides their own and nowhere else."""

import json

import pytest

from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import ShapeError
from harness.stacks.cluster.named import harness_namespace, marked, without_namespaces

_LABELS = {"run": "r1"}


def labels_of(one: Manifest) -> object:
    """The labels that such an object gets."""
    return json.loads(marked([one], _LABELS))["metadata"]["labels"]


@pytest.mark.parametrize(
    ("metadata", "labels"),
    [
        pytest.param({"name": "n"}, {}, id="none"),
        pytest.param({"name": "n", "labels": None}, {}, id="null"),
        pytest.param({"name": "n", "labels": {"a": "b"}}, {"a": "b"}, id="own"),
        pytest.param({"name": "n", "labels": {"run": "another"}}, {}, id="another-run"),
    ],
)
def test_the_run_s_label_comes_besides_an_object_s_own(metadata: Manifest, labels: dict[str, str]) -> None:
    """In place of another run's."""
    assert labels_of({"kind": "K", "metadata": metadata}) == {**labels, **_LABELS}


def test_only_objects_are_marked() -> None:
    """The labels of a pod template are what its owner's selector counts on; the rest stays word for word."""
    template = {"metadata": {"labels": {"app": "a"}}}
    one: Manifest = {"kind": "Deployment", "metadata": {"name": "n", "annotations": {"x": "y"}}, "spec": template}
    found = json.loads(marked([one], _LABELS))
    assert found["spec"] == template
    assert found["metadata"]["annotations"] == {"x": "y"}
    assert one["metadata"] == {"name": "n", "annotations": {"x": "y"}}


@pytest.mark.parametrize("metadata", ["text", {"labels": ["a"]}, {"labels": {"a": 1}}], ids=str)
def test_what_cannot_be_marked_is_refused(metadata: Manifest) -> None:
    """Silently replaced labels would be another object."""
    with pytest.raises(ShapeError, match=r"^metadata"):
        labels_of({"kind": "K", "metadata": metadata})


def test_runs_have_namespaces_of_their_own() -> None:
    """Several have room on one cluster."""
    assert harness_namespace("r1") != harness_namespace("r2")


OBJECTS: list[Manifest] = [
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
    {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}},
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shop"}, "data": {"x": "a\n---\nb"}},
    {"apiVersion": "x.example/v1", "kind": "Namespace", "metadata": {"name": "shop"}},
]


def test_an_existing_namespace_is_left_out() -> None:
    """That one alone: neither another one nor anything else of its name."""
    assert list(without_namespaces(OBJECTS, ["shop"])) == OBJECTS[1:]


def test_none_leaves_everything() -> None:
    """As on a cluster of the run's own."""
    assert list(without_namespaces(OBJECTS, ())) == OBJECTS
