"""A document held against a model: each kind of mistake is said in the words of whoever wrote the file."""

from enum import StrEnum
from typing import Annotated

import pytest
from pydantic import Field, model_validator

from harness.core.files.located import LocatedYaml
from harness.core.files.mistakes import FileMistakesError
from harness.core.files.validated import FileModel, validate, wrong


class _Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class _Part(FileModel):
    colour: Annotated[_Colour, Field(strict=False)] = Field(description="`colour:` with red or green")
    size: int | None = Field(default=None, description="`size: 3`")
    words: tuple[str, ...] = Field(default=(), description="a list of words")

    @model_validator(mode="after")
    def _small(self) -> "_Part":
        if self.size == 99:
            raise wrong("is too big", fix="write less", at=("size",))
        return self


class _File(FileModel):
    name: str = Field(description="`name:` with a name")
    active: bool = True
    ratio: Annotated[float, Field(ge=0)] = 0.5
    parts: dict[str, _Part] = Field(default={}, description="parts by name")
    more: tuple[_Part, ...] = ()


def test_a_right_document_is_its_model() -> None:
    """Lists become tuples, words become members of their vocabulary."""
    text = "name: m\nparts: {a: {colour: red, words: [x, z]}}\n"
    file = validate(LocatedYaml(text, "f.yaml"), _File)
    assert file.parts["a"].colour is _Colour.RED
    assert file.parts["a"].words == ("x", "z")


@pytest.mark.parametrize(
    ("text", "line", "why", "fix"),
    [
        ("active: true\n", 1, "name is missing", "add it: `name:` with a name"),
        ("", 1, "must be a mapping, not empty", "see the example"),
        ("- 1\n", 1, "must be a mapping, not a list", "see the example"),
        ("name: m\nnmae: x\n", 2, "nmae is not a known key", "did you mean name?"),
        ("name: 5\n", 1, "name must be text, not the number 5", "`name:` with a name"),
        ("name: {a: 1}\n", 1, "name must be text, not a mapping", "`name:` with a name"),
        ("name: m\nactive: 1\n", 2, "active must be true or false, not the number 1", "see the example"),
        ("name: m\nratio: x\n", 2, "ratio must be a number, not 'x'", "see the example"),
        ("name: m\nratio: -1\n", 2, "ratio is -1: input should be greater than or equal to 0", "see the example"),
        ("name: m\nparts: []\n", 2, "parts must be a mapping, not a list", "parts by name"),
        ("name: m\nparts: {a: 1}\n", 2, "parts.a must be a mapping, not the number 1", "see the example"),
        (
            "name: m\nparts:\n  a: {colour: rde}\n",
            3,
            "parts.a.colour is 'rde', which is not allowed here",
            "did you mean red?",
        ),
        ("name: m\nparts:\n  a: {colour: red, colur: x}\n", 3, "parts.a.colur is not a known key", "mean colour?"),
        (
            "name: m\nparts:\n  a:\n    colour: red\n    size: 1.5\n",
            5,
            "parts.a.size must be a whole number",
            "`size: 3`",
        ),
        ("name: m\nparts:\n  a:\n    colour: red\n    size: 99\n", 5, "parts.a.size is too big", "write less"),
        (
            "name: m\nparts: {a: {colour: red, words: x}}\n",
            2,
            "parts.a.words must be a list, not 'x'",
            "a list of words",
        ),
        (
            "name: m\nparts: {a: {colour: red, words: [1]}}\n",
            2,
            "parts.a.words[0] must be text, not the number 1",
            "list of words",
        ),
        ("name: m\nmore:\n- colour: red\n- {}\n", 4, "more[1].colour is missing", "add it: `colour:`"),
        ("name: m\nmore:\n- {colour: red, zzz: 1}\n", 3, "more[0].zzz is not", "use one of: colour, size, words"),
        ("name: m\nparts:\n  1: {colour: red}\n  2: x\n", 4, "parts.2 must be a mapping", "see the example"),
    ],
)
def test_each_kind_of_mistake_has_place_words_and_fix(text: str, line: int, why: str, fix: str) -> None:
    """Line, key, problem and fix of one mistake."""
    with pytest.raises(FileMistakesError) as caught:
        validate(LocatedYaml(text, "f.yaml"), _File)
    (mistake,) = caught.value.mistakes
    assert mistake.line == line
    assert why in caught.value.why
    assert fix in caught.value.fix


def test_all_mistakes_come_at_once() -> None:
    """One read is enough to see everything that the model refuses."""
    text = "active: 3\nparts:\n  a: {colour: blue, size: x}\n  b: {}\nother: 1\n"
    with pytest.raises(FileMistakesError) as caught:
        validate(LocatedYaml(text, "f.yaml"), _File)
    assert [mistake.key for mistake in caught.value.mistakes] == [
        "active",
        "name",
        "parts.a.colour",
        "parts.a.size",
        "parts.b.colour",
        "other",
    ]
