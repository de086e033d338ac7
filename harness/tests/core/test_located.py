"""YAML is read with places, and everything that YAML itself can get wrong has a line."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.located import LocatedYaml, Place, Plain
from harness.core.mistakes import FileMistakesError

TEXT = """\
alerts:
  Down: &base
    for: 5m
    labels: {a: x}
  Slow:
    <<: *base
    for: 10m
list:
- one
- two: 2
"""


def test_data_is_plain_and_merged() -> None:
    """Merge keys give what the mapping does not say itself."""
    assert LocatedYaml(TEXT, "t.yaml").data == {
        "alerts": {"Down": {"for": "5m", "labels": {"a": "x"}}, "Slow": {"for": "10m", "labels": {"a": "x"}}},
        "list": ["one", {"two": 2}],
    }


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 1, 1),
        (("alerts", "Down", "for"), 3, 5),
        (("alerts", "Down", "labels", "a"), 4, 14),
        (("list", 1, "two"), 10, 3),
        (("list", 7), 8, 1),
        (("alerts", "Slow", "severity"), 5, 3),
        (("alerts", "Slow", "labels"), 5, 3),
        (("alerts", "Down", "for", "deeper"), 3, 5),
    ],
)
def test_every_key_and_item_has_its_place(path: tuple[str | int, ...], line: int, column: int) -> None:
    """A place is that of the key or item; of something that is not written, that of what it would stand in."""
    assert LocatedYaml(TEXT, "t.yaml").place(path) == Place(line=line, column=column)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1.5", 1.5),
        (".inf", float("inf")),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("'1'", "1"),
        ("2026-01-01", "2026-01-01"),
        ("yes", "yes"),
    ],
)
def test_scalars_have_yaml_12_types(text: str, value: Plain) -> None:
    """Numbers, booleans and null are typed, quoted ones and dates are text, `yes` is no boolean."""
    assert LocatedYaml(f"k: {text}", "t.yaml").data == {"k": value}


@pytest.mark.parametrize(("text", "value"), [("", None), ("# nothing\n", None), ("- 1", [1])])
def test_documents_of_any_shape_are_read(text: str, value: Plain) -> None:
    """An empty file is nothing, not an error; what it should have been is the model's to say."""
    document = LocatedYaml(text, "t.yaml")
    assert document.data == value
    assert document.place(("a",)).line == 1


def test_the_earlier_of_several_merged_mappings_wins() -> None:
    """A list of merged mappings is read as YAML's merge key defines it: https://yaml.org/type/merge.html."""
    text = "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc:\n  <<: [*a, *b]\n  z: 3\n"
    data = LocatedYaml(text, "t.yaml").data
    assert isinstance(data, dict)
    assert data["c"] == {"x": 1, "y": 2, "z": 3}


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("a: 1\nb: [1, 2\n", "t.yaml:3:1", "is no valid YAML"),
        ("a: 1\n b: 2\n", "t.yaml:2:3", "is no valid YAML"),
        ("a: *nowhere\n", "t.yaml:1:4", "is no valid YAML: found undefined alias"),
        ("a: 1\n---\nb: 2\n", "t.yaml:2:1", "is no valid YAML"),
        ("a: \x07\n", "t.yaml:1:1", "is no valid YAML"),
        ("[" * 600, "t.yaml:1:1", "is nested too deeply"),
        ("a: 1\nb: 2\na: 3\n", "t.yaml:3:1", "a is given twice"),
        ("x:\n  a: 1\n  a: 3\n", "t.yaml:3:3", "x.a is given twice"),
        ("? [1]\n: 2\n", "t.yaml:1:3", "has a key that is no text"),
        ("a: &a [*a]\n", "t.yaml:1:4", "a[0] refers to itself"),
        ("a: !thing 1\n", "t.yaml:1:4", "has the tag !thing"),
        ("a: !!int one\n", "t.yaml:1:4", "has the number one"),
        ("a:\n  <<: 3\n", "t.yaml:2:7", "merges something that has no keys"),
        ('a: "\\ud83d\\ude00"\n', "t.yaml:1:4", "a has half of a character"),
        ('"\\ud800": 1\n', "t.yaml:1:1", "has a key with half of a character"),
    ],
)
def test_what_yaml_cannot_mean_is_said_with_its_line(text: str, where: str, problem: str) -> None:
    """Each kind of unusable YAML is one sentence with line and column, never a traceback."""
    with pytest.raises(FileMistakesError) as caught:
        LocatedYaml(text, "t.yaml")
    assert f"{where}: " in caught.value.why
    assert problem in caught.value.why


def test_all_duplicates_are_reported_at_once() -> None:
    """One read finds every key that is given twice."""
    with pytest.raises(FileMistakesError) as caught:
        LocatedYaml("a: 1\na: 2\nb: 1\nb: 2\n", "t.yaml")
    assert [mistake.line for mistake in caught.value.mistakes] == [2, 4]


_SCALARS = st.none() | st.booleans() | st.integers() | st.text("abc xyz:#-'\"\n", max_size=8)
_DATA = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc ", max_size=3), inner, max_size=3),
)


@given(_DATA)
def test_what_is_written_as_yaml_is_read_as_the_same(data: Plain) -> None:
    """Reading is the inverse of writing, for everything in JSON, which is YAML as well."""
    assert LocatedYaml(json.dumps({"top": data}), "t.yaml").data == {"top": data}


@given(st.text("ab:[]{}-&*!<># \n'\"|>%@", max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is either read or refused as a mistake in the file; nothing else comes out."""
    with contextlib.suppress(FileMistakesError):
        LocatedYaml(text, "t.yaml")
