"""Fields: what is absent is empty, what is wrong is named by its path."""

from collections.abc import Callable

import pytest

from harness.core.duration import PromDuration
from harness.core.operator.reading import Field, ShapeError


def test_absent_fields_read_as_empty() -> None:
    """As in Go's types: no key, no value, no error."""
    absent = Field("", {}).at("a", "b")
    assert absent.path == "a.b"
    assert not absent.present
    assert not absent.filled
    assert (absent.text(), absent.texts(), absent.text_map(), absent.names()) == ("", (), {}, ())
    assert (absent.flag(), absent.flag(default=True), absent.integer(), absent.duration()) == (False, True, None, None)
    assert absent.yaml() is None


def test_present_fields_read_as_what_they_are() -> None:
    """Each kind of value arrives."""
    root = Field("", {"t": "x", "l": ["a"], "m": {"k": "v"}, "f": True, "i": 3, "d": "5m", "n": [1.5, {"a": None}]})
    assert root.at("t").text() == "x"
    assert root.at("l").texts() == ("a",)
    assert root.at("m").text_map() == {"k": "v"}
    assert root.at("f").flag() is True
    assert root.at("i").integer() == 3
    assert root.at("d").duration() == PromDuration(300_000)
    assert root.yaml() == root.content


@pytest.mark.parametrize(
    ("content", "read"),
    [
        (5, Field.text),
        ("a", lambda field: tuple(field.items())),
        ({"k": 1}, Field.text_map),
        ("true", Field.flag),
        (True, Field.integer),
        (-1, Field.integer),
        ("1.5m", Field.duration),
        ([], Field.names),
        (object(), Field.yaml),
        ({"b": 1}, lambda field: field.only(("c",))),
    ],
)
def test_wrong_fields_are_named(content: object, read: Callable[[Field], object]) -> None:
    """The message starts with the path of the field."""
    with pytest.raises(ShapeError, match=r"^a"):
        read(Field("a", content))
