"""YAML with places: every value and every key knows the line and the column it was written at.

Works on ruamel.yaml's node tree instead of its finished objects, so that a key that is given twice is seen as often as
it is written, and one read reports everything that is wrong.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from harness.core.mistakes import FileMistakesError, Mistake, Path, dotted

#: what YAML holds once the places are taken off
Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_TAG = "tag:yaml.org,2002:"
_MERGE = _TAG + "merge"
#: one of the two escapes by which JSON writes a character like U+1F600; no UTF-8 can say it, so no query can ask for it
_HALF = re.compile("[\ud800-\udfff]")
_FIX_HALF = 'write the character itself, or its one escape, like "\\U0001F600"'
_FIX_SYNTAX = "correct the YAML there: indentation, quotes and brackets are the usual causes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is written, both counted from 1."""

    line: int
    column: int


class LocatedYaml:
    """One parsed YAML document: its plain data, and the place of everything in it."""

    def __init__(self, text: str, source: str) -> None:
        """Parses one document.

        Args:
            text: the file's content.
            source: the file's name, for messages only.

        Raises:
            FileMistakesError: no YAML, or YAML that says one thing twice or refers to itself.
        """
        self.source = source
        self._root = _compose(text, source)
        self._mistakes: list[Mistake] = []
        #: the document without places; merge keys and aliases are resolved
        self.data: Plain = self._plain(self._root, (), frozenset())
        if self._mistakes:
            raise FileMistakesError(source, self._mistakes)

    def place(self, path: Path) -> Place:
        """The place of the key (or the list's item) at `path`; of the nearest thing above it that is written."""
        node, place = self._root, _place(self._root)
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            node, place = found
        return place

    def mistake(self, path: Path, problem: str, fix: str) -> Mistake:
        """A mistake at `path`, for a `FileMistakesError`."""
        place = self.place(path)
        return Mistake(line=place.line, column=place.column, key=dotted(path), problem=problem, fix=fix)

    def _plain(self, node: Node | None, path: Path, above: frozenset[int]) -> Plain:
        if node is None:
            return None
        if id(node) in above:
            self._refuse(node, path, "refers to itself", "write the values out instead of the alias")
            return None
        above |= {id(node)}
        if isinstance(node, MappingNode):
            return self._mapping(node, path, above)
        if isinstance(node, SequenceNode):
            return [self._plain(item, (*path, index), above) for index, item in enumerate(node.value)]
        return self._scalar(node, path, str(node.tag))

    def _mapping(self, node: MappingNode, path: Path, above: frozenset[int]) -> dict[str, Plain]:
        own: dict[str, Plain] = {}
        merged: dict[str, Plain] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                for source in value.value if isinstance(value, SequenceNode) else [value]:
                    base = self._plain(source, path, above)
                    if isinstance(base, dict):
                        merged = {**base, **merged}
                    else:
                        self._refuse(value, path, "merges something that has no keys", "let << point to a mapping")
            elif not isinstance(key, ScalarNode):
                self._refuse(key, path, "has a key that is no text", "write keys as plain text")
            elif key.value in own:
                self._refuse(key, (*path, key.value), "is given twice", "keep one of the two")
            elif _HALF.search(key.value):
                self._refuse(key, path, "has a key with half of a character", _FIX_HALF)
            else:
                own[key.value] = self._plain(value, (*path, key.value), above)
        return {**merged, **own}

    def _scalar(self, node: Node, path: Path, tag: str) -> Plain:
        try:
            match tag.removeprefix(_TAG):
                case "null":
                    return None
                case "bool":
                    return bool(node.value.lower() == "true")
                case "int":
                    return int(node.value.replace("_", ""), 0)
                case "float":
                    return float(node.value.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
                case "str" | "timestamp":
                    if _HALF.search(node.value):
                        self._refuse(node, path, "has half of a character", _FIX_HALF)
                    return str(node.value)
                case _:
                    problem = f"has the tag {tag}"
        except ValueError:
            problem = f"has the number {node.value}, which cannot be read"
        self._refuse(node, path, problem, "write plain text, or a number without leading zeros")
        return None

    def _refuse(self, node: Node, path: Path, problem: str, fix: str) -> None:
        place = _place(node)
        self._mistakes.append(
            Mistake(line=place.line, column=place.column, key=dotted(path), problem=problem, fix=fix),
        )


def _compose(text: str, source: str) -> Node | None:
    try:
        return YAML(typ="safe", pure=True).compose(text)  # type: ignore[no-any-return]  # ruamel does not type it
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = f"is no valid YAML: {error.problem or error.context}"
        cause: Exception = error
    except (YAMLError, RecursionError) as error:
        line, column, cause = 1, 1, error
        deep = isinstance(error, RecursionError)
        problem = "is nested too deeply" if deep else f"is no valid YAML: {str(error).splitlines()[0]}"
    mistake = Mistake(line=line, column=column, key="", problem=problem, fix=_FIX_SYNTAX)
    raise FileMistakesError(source, [mistake]) from cause


def _place(node: Node | None) -> Place:
    if node is None:
        return Place(line=1, column=1)
    return Place(line=node.start_mark.line + 1, column=node.start_mark.column + 1)


def _child(node: Node | None, part: str | int) -> tuple[Node, Place] | None:
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item, _place(item)
    if not isinstance(node, MappingNode):
        return None
    for key, value in node.value:
        if key.value == part:
            return value, _place(key)
    return None
