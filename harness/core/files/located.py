"""YAML with places, read as kubectl reads it: the one reader of everything that somebody hands in.

A document's data are plain, and what kubectl would send to the API server (`yaml_scalars` says what a scalar means).
Mappings and lists know where each of their keys and items is written, also where it came by a merge key, and how; so
one read reports everything that is wrong, each with its line.

Stricter than kubectl where that passes over what somebody wrote: a key that is given twice, of which it takes the last,
and what stands behind `...`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from harness.core.files.json_nodes import json_documents
from harness.core.files.mistakes import FileMistakesError, Mistake, Path, dotted
from harness.core.files.yaml_nodes import Alias, Entries, Items, Leaf, Node, NoYamlError, Position, yaml_documents

__all__ = [
    "Document",
    "LocatedYaml",
    "PlacedList",
    "PlacedMap",
    "Plain",
    "Position",
    "json_object",
    "meant",
    "read_documents",
]

#: what a document holds
Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_MERGE = "<<"
#: one of the two escapes by which JSON writes a character like U+1F600; no UTF-8 can say it, so no query can ask for it
_HALF = re.compile("[\ud800-\udfff]")
_FIX_HALF = 'write the character itself, or its one escape, like "\\U0001F600"'
#: characters of a text that are shown where it is the mistake
_SHOWN = 60
#: texts whose nodes are kept: a subject has some ten files
_KEPT = 16
#: Go's int
_LARGEST_KEY = 2**63
#: values that aliases may unfold to; no honest file has as many, and a few lines of aliases of aliases have billions
_MOST_VALUES = 100_000


class PlacedMap(dict[str, Plain]):
    """A mapping that knows where its keys are."""

    __slots__ = ("places", "written")

    def __init__(self) -> None:
        super().__init__()
        #: key -> where it is written
        self.places: dict[str, Position] = {}
        #: key -> the text of its value, where that stands without quotes
        self.written: dict[str, str] = {}


class PlacedList(list[Plain]):
    """A list that knows where its items are."""

    __slots__ = ("places", "written")

    def __init__(self) -> None:
        super().__init__()
        #: of each item
        self.places: list[Position] = []
        #: index -> the text of the item, where that stands without quotes
        self.written: dict[int, str] = {}


class Document:
    """One document: its plain data, and the place of everything in it."""

    def __init__(self, node: Node | None, source: str) -> None:
        """Reads what the nodes mean.

        Args:
            node: the top of the document; None for one that holds nothing.
            source: the file's name, for messages only.

        Raises:
            FileMistakesError: it says one thing twice, or refers to itself, or says what JSON cannot.
        """
        self.source = source
        self._top = Position(line=1, column=1) if node is None else node.place
        reader = _Meaning()
        #: the document without places; merge keys and aliases are resolved
        self.data: Plain = None if node is None else reader.of(node, ())
        if reader.mistakes:
            raise FileMistakesError(source, reader.mistakes)

    def place(self, path: Path) -> Position:
        """The place of the key (or the list's item) at `path`; of the nearest thing above it that is written."""
        here, place = self.data, self._top
        for part in path:
            found = _at(here, part)
            if found is None:
                break
            place, here = found
        return place

    def written(self, path: Path) -> str | None:
        """The text of the scalar at `path` if it stands without quotes: `No` where the data say false."""
        here = self.data
        for part in path[:-1]:
            found = _at(here, part)
            if found is None:
                return None
            here = found[1]
        match here, path[-1] if path else None:
            case PlacedMap(), str() as key:
                return here.written.get(key)
            case PlacedList(), int() as index:
                return here.written.get(index)
        return None

    def mistake(self, path: Path, problem: str, fix: str) -> Mistake:
        """A mistake at `path`, for a `FileMistakesError`."""
        place = self.place(path)
        return Mistake(line=place.line, column=place.column, key=dotted(path), problem=problem, fix=fix)


class LocatedYaml(Document):
    """A text of one document."""

    def __init__(self, text: str, source: str) -> None:
        """Parses the text.

        Args:
            text: the file's content.
            source: the file's name, for messages only.

        Raises:
            FileMistakesError: as `Document`; no YAML, or several documents.
        """
        nodes = _nodes(text, source)
        if len(nodes) > 1:
            raise _refused(source, nodes[1].place, "begins a second document", "keep one of them in this file")
        super().__init__(nodes[0] if nodes else None, source)


def read_documents(text: str, source: str) -> tuple[Document, ...]:
    """The documents of a text, in order; empty ones are passed over, as kubectl passes over them.

    Args:
        text: the file's content, YAML or JSON.
        source: the file's name, for messages only.

    Raises:
        FileMistakesError: as `LocatedYaml`, but for the number of documents.
    """
    documents = (Document(node, source) for node in _nodes(text, source))
    return tuple(one for one in documents if one.data is not None)


def json_object(text: str, source: str) -> Document:
    """A text that has to be JSON, and a mapping: a dashboard.

    Args:
        text: the file's content.
        source: the file's name, for messages only.

    Raises:
        FileMistakesError: it is no JSON, or something else than one mapping.
    """
    try:
        nodes = tuple(json_documents(text))
    except NoYamlError as error:
        raise _refused(source, error.place, error.problem, error.fix) from error
    document = Document(nodes[0] if nodes else None, source)
    if len(nodes) != 1 or not isinstance(document.data, dict):
        place = nodes[1].place if len(nodes) > 1 else document.place(())
        problem = "begins a second value" if len(nodes) > 1 else f"is {meant(document.data, None)}, not a mapping"
        raise _refused(source, place, problem, "give one JSON object: { ... }")
    return document


def meant(value: object, written: str | None) -> str:
    """A value in words: `the boolean false, as YAML 1.1 reads No`.

    Args:
        value: of a document.
        written: how it is written, where that is known and stands without quotes.
    """
    match value:
        case None:
            return "empty"
        case bool():
            kind = f"the boolean {str(value).lower()}"
        case int() | float():
            kind = f"the number {value}"
        case str():
            return f'"{value}"' if len(value) <= _SHOWN else f'"{value[:_SHOWN]}..."'
        case dict():
            return "a mapping"
        case _:
            return "a list"
    same = written is None or written in (str(value), str(value).lower())
    return kind if same else f"{kind}, as YAML 1.1 reads {written}"


def _at(here: Plain, part: str | int) -> tuple[Position, Plain] | None:
    """Place and value of a key or an item; None where there is none."""
    if isinstance(here, PlacedMap) and isinstance(part, str) and part in here:
        return here.places[part], here[part]
    if isinstance(here, PlacedList) and isinstance(part, int) and part < len(here):
        return here.places[part], here[part]
    return None


def _nodes(text: str, source: str) -> tuple[Node, ...]:
    bare = text.lstrip()
    if bare.startswith("{"):
        try:
            return tuple(json_documents(text))
        except NoYamlError as error:
            if bare[1:].lstrip().startswith('"'):
                try:
                    return _parsed(text)
                except NoYamlError:
                    raise _refused(source, error.place, error.problem, error.fix) from error
    try:
        return _parsed(text)
    except NoYamlError as error:
        raise _refused(source, error.place, error.problem, error.fix) from error


@lru_cache(maxsize=_KEPT)
def _parsed(text: str) -> tuple[Node, ...]:
    """The nodes of a text, which nothing changes: a file is read by several who each ask something else of it."""
    return tuple(yaml_documents(text))


def _refused(source: str, place: Position, problem: str, fix: str) -> FileMistakesError:
    return FileMistakesError(source, [Mistake(line=place.line, column=place.column, key="", problem=problem, fix=fix)])


class _Meaning:
    """From nodes to data."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        #: containers that are being read, to see one inside itself
        self._above: set[int] = set()
        #: aliases that are being unfolded, and how much came of them so far
        self._unfolding = 0
        self._unfolded = 0

    def of(self, node: Node, path: Path) -> Plain:
        """The value of a node, which is at this path."""
        if not isinstance(node, Alias):
            return self._of(node, node, path)
        self._unfolding += 1
        try:
            return self._of(node, node.target, path)
        finally:
            self._unfolding -= 1

    def _of(self, node: Node, target: Node, path: Path) -> Plain:
        self._unfolded += self._unfolding > 0
        if self._unfolded > _MOST_VALUES:
            if self._unfolded == _MOST_VALUES + 1:
                self._refuse(node, path, f"has aliases for more than {_MOST_VALUES} values", "write the values out")
            return None
        if isinstance(target, Leaf):
            return self._leaf(target, path)
        if isinstance(target, Alias) or id(target) in self._above:
            self._refuse(node, path, "refers to itself", "write the values out instead of the alias")
            return None
        self._above.add(id(target))
        try:
            return self._items(target, path) if isinstance(target, Items) else self._mapping(target, path)
        finally:
            self._above.discard(id(target))

    def _leaf(self, leaf: Leaf, path: Path) -> Plain:
        if leaf.problem:
            self._refuse(leaf, path, leaf.problem, "quote it if it is meant as text")
        elif isinstance(leaf.value, str) and _HALF.search(leaf.value):
            self._refuse(leaf, path, "has half of a character", _FIX_HALF)
        return leaf.value

    def _items(self, node: Items, path: Path) -> PlacedList:
        found = PlacedList()
        for index, item in enumerate(node.items):
            found.append(self.of(item, (*path, index)))
            found.places.append(item.place)
            if (text := _bare(item)) is not None:
                found.written[index] = text
        return found

    def _mapping(self, node: Entries, path: Path) -> PlacedMap:
        found, own = PlacedMap(), set[str]()
        for key, value in node.pairs:
            if _is_merge(key):
                self._merge(found, value, path)
                continue
            name = self._key(key, path)
            if name is None:
                continue
            if name in own:
                self._refuse(key, (*path, name), "is given twice", "keep one of the two")
                continue
            own.add(name)
            _enter(found, name, self.of(value, (*path, name)), place=key.place, written=_bare(value))
        return found

    def _merge(self, found: PlacedMap, value: Node, path: Path) -> None:
        """Takes over what `<<` names. Whatever comes later in the text wins, as in yaml.v2, and not what is explicit.

        https://github.com/yaml/go-yaml/blob/v2.4.3/decode.go (`merge`)
        """
        target = value.target if isinstance(value, Alias) else value
        sources: Iterable[Node] = reversed(target.items) if isinstance(target, Items) and target is value else [value]
        for source in sources:
            base = self.of(source, path)
            if not isinstance(base, PlacedMap):
                self._refuse(value, path, "merges something that has no keys", "let << point to a mapping")
                continue
            for name, one in base.items():
                _enter(found, name, one, place=base.places[name], written=base.written.get(name))

    def _key(self, node: Node, path: Path) -> str | None:
        leaf = node.target if isinstance(node, Alias) else node
        if not isinstance(leaf, Leaf) or not _names_something(leaf):
            fix = "write keys as plain text, or quote them; text that begins with {{ is a mapping without quotes"
            self._refuse(node, path, "has a key that is no text", fix)
            return None
        if isinstance(leaf.value, bool):
            return str(leaf.value).lower()
        name = str(leaf.value)
        if _HALF.search(name):
            self._refuse(node, path, "has a key with half of a character", _FIX_HALF)
            return None
        return name

    def _refuse(self, node: Node, path: Path, problem: str, fix: str) -> None:
        place = node.place
        self.mistakes.append(
            Mistake(line=place.line, column=place.column, key=dotted(path), problem=problem, fix=fix),
        )


def _enter(found: PlacedMap, name: str, value: Plain, *, place: Position, written: str | None) -> None:
    found[name] = value
    found.places[name] = place
    found.written.pop(name, None)
    if written is not None:
        found.written[name] = written


def _bare(node: Node) -> str | None:
    """The text of a scalar without quotes."""
    leaf = node.target if isinstance(node, Alias) else node
    return leaf.text if isinstance(leaf, Leaf) and leaf.plain else None


def _names_something(key: Leaf) -> bool:
    """Whether a scalar can be a key: kubectl has names of its own for odd numbers, and none for large ones and null."""
    match key.value:
        case None:
            return False
        case float():
            return key.text == str(key.value)
        case int():
            return abs(key.value) < _LARGEST_KEY
        case _:
            return True


def _is_merge(key: Node) -> bool:
    return isinstance(key, Leaf) and key.plain and key.text == _MERGE
