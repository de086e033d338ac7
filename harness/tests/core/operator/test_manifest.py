"""One object from text: plain, whole, and the right one."""

import pytest

from harness.core.errors import MisuseError
from harness.core.operator.manifest import one_object
from harness.core.operator.reading import ShapeError

_OBJECT = "{kind: A, metadata: {name: x, namespace: shop}, spec: {a: [1, null, {b: yes}]}}"


def test_an_object_is_read_whole() -> None:
    """Everything of the text, and empty documents around it do not count."""
    assert one_object(f"---\n---\n{_OBJECT}\n---\n", "A") == {
        "kind": "A",
        "metadata": {"name": "x", "namespace": "shop"},
        "spec": {"a": [1, None, {"b": "yes"}]},
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "the A is no YAML"),
        ("", "not one A"),
        (f"{_OBJECT}\n---\n{_OBJECT}", "not one A"),
        (_OBJECT.replace("kind: A", "kind: B"), "kind must be A, but is B"),
        (_OBJECT.replace("name: x, ", ""), "metadata.name is missing"),
        (_OBJECT.replace("a: [1", "d: 2024-01-01, a: [1"), "spec.d"),
        ("[]", "must be a mapping"),
    ],
    ids=["no YAML", "nothing", "two", "another kind", "nameless", "a date", "a list"],
)
def test_another_text_is_refused(text: str, words: str) -> None:
    """It says what is there instead."""
    with pytest.raises(MisuseError, match=words):
        one_object(text, "A")


def test_what_is_wrong_with_a_field_is_told_by_its_path() -> None:
    """Errors of fields are those of the other objects."""
    with pytest.raises(ShapeError, match="metadata must be a mapping"):
        one_object("{kind: A, metadata: 5}", "A")
