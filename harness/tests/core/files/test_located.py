"""YAML is read with places, and everything that YAML itself can get wrong has a line."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.files.located import LocatedYaml, Plain, Position, json_object, meant, read_documents
from harness.core.files.mistakes import FileMistakesError

#: what the code that kubectl 1.34.4 reads files with (NewYAMLOrJSONDecoder of k8s.io/apimachinery v0.34.4, on
#: sigs.k8s.io/yaml v1.6.0 and go.yaml.in/yaml/v2 v2.4.3) made of each text: its documents, or that it refuses
_TABLE: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data" / "kubectl_yaml.json").read_text())

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


@pytest.fixture(params=_TABLE, ids=lambda row: repr(row["text"]))
def table_row(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One text, and what kubectl reads."""
    row: dict[str, Any] = request.param
    return row


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
        (("alerts", "Slow", "labels"), 4, 5),
        (("alerts", "Slow", "labels", "a"), 4, 14),
        (("alerts", "Down", "for", "deeper"), 3, 5),
    ],
)
def test_every_key_and_item_has_its_place(path: tuple[str | int, ...], line: int, column: int) -> None:
    """A place is that of the key or item; of something that is not written, that of what it would stand in."""
    assert LocatedYaml(TEXT, "t.yaml").place(path) == Position(line=line, column=column)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("0x1F", 31),
        ("1_000", 1000),
        ("1.5", 1.5),
        ("010", 8),
        ("5.0", 5),
        ("true", True),
        ("No", False),
        ("y", True),
        ("off", False),
        ("null", None),
        ("~", None),
        ("'1'", "1"),
        ("'yes'", "yes"),
        ("yEs", "yEs"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        ("!!str 010", "010"),
        ("!thing 1", "1"),
    ],
)
def test_scalars_have_the_types_that_kubectl_gives_them(text: str, value: Plain) -> None:
    """`No` is a boolean, `010` is eight, a time of day and a date are text."""
    found = LocatedYaml(f"k: {text}", "t.yaml").data
    assert found == {"k": value}
    assert isinstance(found, dict)
    assert type(found["k"]) is type(value)


def test_a_text_is_read_as_kubectl_reads_it(table_row: dict[str, Any]) -> None:
    """The same documents, or refused as well; `stricter` says where we refuse what kubectl guesses."""
    try:
        found = [one.data for one in read_documents(table_row["text"], "t.yaml")]
    except FileMistakesError:
        assert table_row.get("refused") or table_row.get("stricter"), table_row
        return
    assert not table_row.get("refused"), found
    assert json.dumps(found, sort_keys=True) == json.dumps(table_row["documents"], sort_keys=True)


def test_how_a_value_is_written_is_known() -> None:
    """To say which `No` is meant; what stands in quotes is text and needs no explanation."""
    document = LocatedYaml("a: No\nb: 'No'\nc: [010, x]\nd: &d {e: 1_0}\nf: {<<: *d}\n", "t.yaml")
    assert document.written(("a",)) == "No"
    assert document.written(("b",)) is None
    assert document.written(("c", 0)) == "010"
    assert document.written(("f", "e")) == "1_0"
    assert document.written(("nowhere", "a")) is None
    assert document.written(()) is None


@pytest.mark.parametrize(
    ("value", "written", "words"),
    [
        (False, "No", "the boolean false, as YAML 1.1 reads No"),
        (True, "True", "the boolean true"),
        (8, "010", "the number 8, as YAML 1.1 reads 010"),
        (8, "8", "the number 8"),
        (None, "~", "empty"),
        ("x", None, '"x"'),
        ("x" * 70, None, f'"{"x" * 60}..."'),
        ([], None, "a list"),
        ({}, None, "a mapping"),
    ],
)
def test_a_value_is_said_in_words(value: object, written: str | None, words: str) -> None:
    """Of YAML, not of Python; and how it is written, where that is something else."""
    assert meant(value, written) == words


def test_documents_follow_each_other_as_in_kubectl() -> None:
    """Empty ones do not count, and lines are those of the file."""
    found = read_documents("a: 1\n---\n# nothing\n---\nb: [2,\n 3]\n---\n", "t.yaml")
    assert [one.data for one in found] == [{"a": 1}, {"b": [2, 3]}]
    assert found[1].place(("b", 1)) == Position(line=6, column=2)
    assert [one.data for one in read_documents('{"a": 1}\n{"b": 2}', "t.json")] == [{"a": 1}, {"b": 2}]
    assert read_documents("", "t.yaml") == ()


def test_json_is_read_as_json() -> None:
    """With its own escapes and with places; what is no JSON may still be YAML."""
    document = LocatedYaml('{"a": "\\/\\ud83d\\ude00",\n "b": [1, true, null, -1.5e1]}', "t.json")
    assert document.data == {"a": "/\U0001f600", "b": [1, True, None, -15]}
    assert document.place(("b", 1)) == Position(line=2, column=11)
    assert LocatedYaml("{a: yes, 'b': 1}", "t.yaml").data == {"a": True, "b": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,\n "b" 2}', "t.json:2:6: lacks a `:`"),
        ('{"a": tru}', "t.json:1:7: has no JSON value"),
        ('{"a": 1}{"b": 2}', "t.json:1:9: begins a second value"),
        ("[1]", "t.json:1:1: is a list, not a mapping"),
        ("a: 1", "t.json:1:1: has no JSON value"),
        ("", "t.json:1:1: is empty, not a mapping"),
        ('{"a": "\n"}', "t.json:1:7: has a text that is no JSON: invalid control character"),
        ('{"a": 1, "a": 2}', "t.json:1:10: a is given twice"),
        ("{" * 3 + '"a', "has no text in double quotes"),
        ('{"a":' + "[" * 600, "is nested more than 100 levels deep"),
        ('{"a": 1e999}', "a is a number that is too large"),
    ],
)
def test_what_is_no_json_object_is_refused(text: str, words: str) -> None:
    """Where a dashboard is needed, with line and column."""
    with pytest.raises(FileMistakesError) as caught:
        json_object(text, "t.json")
    assert words in caught.value.why


@pytest.mark.parametrize(("text", "value"), [("", None), ("# nothing\n", None), ("- 1", [1])])
def test_documents_of_any_shape_are_read(text: str, value: Plain) -> None:
    """An empty file is nothing, not an error; what it should have been is the model's to say."""
    document = LocatedYaml(text, "t.yaml")
    assert document.data == value
    assert document.place(("a",)).line == 1


def test_the_earlier_of_several_merged_mappings_wins() -> None:
    """A list of merged mappings is read as YAML's merge key defines it: https://yaml.org/type/merge.html."""
    text = "a: &a {x: 1}\nb: &b {x: 2, w: 2}\nc:\n  <<: [*a, *b]\n  z: 3\n"
    data = LocatedYaml(text, "t.yaml").data
    assert isinstance(data, dict)
    assert data["c"] == {"x": 1, "w": 2, "z": 3}


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("a: 1\nb: [1, 2\n", "t.yaml:3:1", "is no valid YAML"),
        ("a: 1\n b: 2\n", "t.yaml:2:3", "is no valid YAML"),
        ("a: *nowhere\n", "t.yaml:1:4", "refers to &nowhere, which nothing is called"),
        ("a: 1\n---\nb: 2\n", "t.yaml:3:1", "begins a second document"),
        ("a: 1\n...\nb: 2\n", "t.yaml:3:1", "is no valid YAML"),
        ("a: 1\n---b: 2\n", "t.yaml:2:4", "has `b: 2` in the line of a separator"),
        ("%YAML 1.2\n---\na: 1\n", "t.yaml:2:1", "is no valid YAML"),
        ("b: 1\na: \x07\n", "t.yaml:2:4", "has the control character U+0007"),
        ("a: b\u2028c\n", "t.yaml:1:5", "has the control character U+2028"),
        ("[" * 600, "t.yaml:1:101", "is nested more than 100 levels deep"),
        ("a: 1\n---\nb: " + "{x: " * 600, "t.yaml:3:400", "is nested more than 100 levels deep"),
        ("a: .inf\n", "t.yaml:1:4", "a is `.inf`, a number that JSON does not have"),
        ("a: &x.y 1\n", "t.yaml:1:4", "has the anchor &x.y, which is no name"),
        ("~: 1\n", "t.yaml:1:1", "has a key that is no text"),
        ("1.50: 1\n", "t.yaml:1:1", "has a key that is no text"),
        ("a: !!binary '*'\n", "t.yaml:1:4", "a has the tag !!binary and holds no base64 of text"),
        ("on: 1\ny: 2\n", "t.yaml:2:1", "true is given twice"),
        ("a: 1\nb: 2\na: 3\n", "t.yaml:3:1", "a is given twice"),
        ("x:\n  a: 1\n  a: 3\n", "t.yaml:3:3", "x.a is given twice"),
        ("? [1]\n: 2\n", "t.yaml:1:3", "has a key that is no text"),
        ("a: &a [*a]\n", "t.yaml:1:8", "a[0] refers to itself"),
        ("a: !!int one\n", "t.yaml:1:4", "a is `one`, which is not a whole number, as its tag !!int says"),
        ("a:\n  <<: 3\n", "t.yaml:2:7", "merges something that has no keys"),
        ('a: "\\ud83d\\ude00"\n', "t.yaml:1:4", "a has half of a character"),
        ('{"a": "\\ud83d"}\n', "t.yaml:1:7", "a has half of a character"),
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


def test_aliases_of_aliases_do_not_fill_the_memory() -> None:
    """Ten lines that would unfold to ten billion values are given up, in words."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(FileMistakesError, match="1 mistake") as caught:
        LocatedYaml("\n".join(lines), "t.yaml")
    assert "has aliases for more than 100000 values" in caught.value.why


@given(st.text("ab:[]{}-&*!<># \n'\"|>%@", max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is either read or refused as a mistake in the file; nothing else comes out."""
    with contextlib.suppress(FileMistakesError):
        LocatedYaml(text, "t.yaml")
