"""The objects of manifests are those that kubectl would apply, each in the namespace where kubectl would put it."""

import pytest

from harness.core.files.mistakes import FileMistakesError
from harness.core.operator.manifest import Manifest
from harness.core.operator.objects import in_namespace, objects_of

_TEXT = """\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {mode: 0644, on: yes, when: 2026-01-01}
---
# nothing
---
apiVersion: v1
kind: RoleList
items:
- {apiVersion: v1, kind: B, metadata: {name: b}}
- {apiVersion: v1, kind: C, metadata: {name: c}}
---
"""


def test_documents_and_lists_are_read_as_objects() -> None:
    """In their order, with kubectl's numbers and booleans; what is empty is none."""
    found = objects_of(_TEXT, "m.yaml")
    assert [one["kind"] for one in found] == ["ConfigMap", "B", "C"]
    assert found[0]["data"] == {"mode": 420, "true": True, "when": "2026-01-01"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: [", "m.yaml:2:1: is no valid YAML"),
        ("# one\n- a", "m.yaml:2:1: is a list, no object"),
        ("kind: A\nmetadata: {name: x}", "m.yaml:1:1: apiVersion is missing"),
        ("apiVersion: v1\nmetadata: {name: x}", "m.yaml:1:1: kind is missing"),
        ("apiVersion: 1\nkind: A\nmetadata: {name: x}", "m.yaml:1:1: apiVersion is the number 1"),
        ("apiVersion: v1\nkind: A", "metadata is missing"),
        ("apiVersion: v1\nkind: List\nitems: [1]", "m.yaml:3:9: items[0] is the number 1, no object"),
        (
            "apiVersion: v1\nkind: A\nmetadata: {name: No}",
            "metadata.name must be text, not the boolean false, as",
        ),
        (
            "apiVersion: v1\nkind: A\nmetadata: {labels: {v: 1.0}}",
            "metadata.labels.v must be text, not the number 1",
        ),
        ("apiVersion: v1\nkind: A\nmetadata: {annotations: [a]}", "metadata.annotations must be a mapping, not a list"),
    ],
)
def test_what_is_no_object_is_refused_with_its_place(text: str, why: str) -> None:
    """Before anything starts, and not by an API server that names the standard input."""
    with pytest.raises(FileMistakesError) as caught:
        objects_of(text, "m.yaml")
    assert why in caught.value.why


@pytest.mark.parametrize(
    ("api_version", "kind", "expected"),
    [
        ("v1", "ConfigMap", "shop"),
        ("apps/v1", "Deployment", "shop"),
        ("rbac.authorization.k8s.io/v1", "Role", "shop"),
        ("monitoring.coreos.com/v1", "PrometheusRule", "shop"),
        ("v1", "Namespace", None),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", None),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", None),
        ("shop.example/v1", "Basket", None),
    ],
)
def test_what_names_no_namespace_goes_to_the_given_one(api_version: str, kind: str, expected: str | None) -> None:
    """Unless its kind has none; of a kind that nobody here knows, the cluster decides."""
    one: Manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}}
    (found,) = in_namespace([one], "shop")
    assert found["metadata"] == {"name": "x", **({"namespace": expected} if expected else {})}
    named: Manifest = {**one, "metadata": {"name": "x", "namespace": "own"}}
    assert list(in_namespace([named], "shop")) == [named]
