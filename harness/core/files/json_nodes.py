"""JSON as a tree of nodes with places, like `yaml_nodes`: dashboards, and whatever else programs have written."""

import re
from collections.abc import Callable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed does not know it

from harness.core.files.yaml_nodes import MAX_DEPTH, Entries, Items, Leaf, Node, NoYamlError, Position
from harness.core.files.yaml_scalars import ScalarError, json_number

#: text, index behind the opening quote, strict -> content and index behind the closing quote
_scan: Callable[[str, int, bool], tuple[str, int]] = scanstring
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}
_FIX = "correct the JSON there: commas, quotes and brackets are the usual causes"


def json_documents(text: str) -> Iterator[Node]:
    """The JSON values of a text, one after the other.

    Raises:
        NoYamlError: it is no JSON.
    """
    reader = _Reader(text)
    while not reader.ended:
        yield reader.value(0)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self._line = 0
        self._at = 0
        self._skip()

    @property
    def ended(self) -> bool:
        return self._at >= len(self._text)

    def value(self, depth: int) -> Node:
        place, start = self._place(), self._at
        if depth > MAX_DEPTH:
            raise self._wrong(f"is nested more than {MAX_DEPTH} levels deep")
        match self._text[start : start + 1]:
            case "{":
                return self._mapping(place, depth)
            case "[":
                return self._list(place, depth)
            case '"':
                text = self._string()
                return Leaf(place=place, text=text, plain=False, value=text)
        for word, value in _WORDS.items():
            if self._text.startswith(word, start):
                self._move(start + len(word))
                return Leaf(place=place, text=word, plain=True, value=value)
        found = _NUMBER.match(self._text, start)
        if found is None:
            raise self._wrong("has no JSON value")
        self._move(found.end())
        try:
            return Leaf(place=place, text=found[0], plain=True, value=json_number(found[0]))
        except ScalarError as error:
            return Leaf(place=place, text=found[0], plain=True, problem=str(error))

    def _mapping(self, place: Position, depth: int) -> Entries:
        self._move(self._at + 1)
        found = Entries(place=place, pairs=[])
        while not self._took("}"):
            if found.pairs:
                self._need(",")
            at = self._place()
            key = self._string()
            self._need(":")
            found.pairs.append((Leaf(place=at, text=key, plain=False, value=key), self.value(depth + 1)))
        return found

    def _list(self, place: Position, depth: int) -> Items:
        self._move(self._at + 1)
        found = Items(place=place, items=[])
        while not self._took("]"):
            if found.items:
                self._need(",")
            found.items.append(self.value(depth + 1))
        return found

    def _string(self) -> str:
        if not self._text.startswith('"', self._at):
            raise self._wrong("has no text in double quotes where one is needed")
        try:
            text, end = _scan(self._text, self._at + 1, True)
        except ValueError as error:
            raise self._wrong(f"has a text that is no JSON: {str(error).partition(':')[0].lower()}") from error
        self._move(end)
        return text

    def _took(self, sign: str) -> bool:
        if not self._text.startswith(sign, self._at):
            return False
        self._move(self._at + 1)
        return True

    def _need(self, sign: str) -> None:
        if not self._took(sign):
            raise self._wrong(f"lacks a `{sign}`")

    def _move(self, to: int) -> None:
        self._at = to
        self._skip()

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = self._at if found is None else found.end()

    def _place(self) -> Position:
        while self._line + 1 < len(self._lines) and self._lines[self._line + 1] <= self._at:
            self._line += 1
        return Position(line=self._line + 1, column=self._at - self._lines[self._line] + 1)

    def _wrong(self, problem: str) -> NoYamlError:
        place = self._place()
        return NoYamlError(place.line, place.column, problem, _FIX)
