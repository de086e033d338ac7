"""YAML and JSON as trees of nodes, each with its place: what is written, before anybody asks what it means.

A text is cut into documents as kubectl cuts it: at lines that begin with `---`, behind which only a comment may stand;
of a text that begins with `{` JSON is tried first.
https://github.com/kubernetes/apimachinery/blob/v0.34.4/pkg/util/yaml/decoder.go
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scanner import Scanner, ScannerError

from harness.core.files.yaml_scalars import Scalar, ScalarError, scalar
from harness.core.files.yaml_words import in_words

#: deeper than any object of Kubernetes and any dashboard, and far from what breaks a reader
MAX_DEPTH = 100
#: what is no text to Go's YAML, and the three line breaks that no editor shows as such
_STEERING = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: what Go's YAML takes for the name of an anchor
_ANCHOR = re.compile("[A-Za-z0-9_-]+")
_LINE_END = "\n\0\r\x85\u2028\u2029"
_MERGE_TAG = "tag:yaml.org,2002:merge"
_SEPARATOR = "---"
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where something is written, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A scalar."""

    place: Position
    #: as it is written, without quotes
    text: str
    #: whether it stands without quotes: only then its text decides what it is
    plain: bool
    value: Scalar = None
    #: why it has no value; empty if it has
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class Entries:
    """A mapping, in the order of the text."""

    place: Position
    pairs: "list[tuple[Node, Node]]"


@dataclass(slots=True, kw_only=True)
class Items:
    """A list."""

    place: Position
    items: "list[Node]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A reference to another node of the document."""

    place: Position
    target: "Node"


Node: TypeAlias = Leaf | Entries | Items | Alias


class NoYamlError(Exception):
    """The text is no YAML: where, what is wrong, and how it is mended."""

    def __init__(self, line: int, column: int, problem: str, fix: str) -> None:
        super().__init__(problem)
        self.place = Position(line=line, column=column)
        self.problem = problem
        self.fix = fix


def yaml_documents(text: str) -> Iterator[Node]:
    """The documents of a text, in order; those that hold nothing are left out, as kubectl leaves them out.

    Raises:
        NoYamlError: it is no YAML, or YAML that kubectl does not read.
    """
    text = text.removeprefix(_BOM)
    if found := _STEERING.search(text):
        before = text[: found.start()]
        column = found.start() - before.rfind("\n")
        raise NoYamlError(
            before.count("\n") + 1,
            column,
            f"has the control character U+{ord(found[0]):04X}",
            "take it out; in double quotes it can be written as an escape",
        )
    for first, chunk in _chunks(text):
        node = _composed(chunk, first)
        if node is not None:
            yield node


def _chunks(text: str) -> Iterator[tuple[int, str]]:
    """The texts between separators, each with the number of its first line, from 0."""
    lines: list[str] = []
    first = 0
    # the last line ends, too, whether the file says so or not
    for number, line in enumerate(text.removesuffix("\n").split("\n")):
        if not line.startswith(_SEPARATOR):
            lines.append(line.removesuffix("\r"))
            continue
        behind = line.removeprefix(_SEPARATOR).strip()
        if behind and not behind.startswith("#"):
            raise NoYamlError(
                number + 1,
                len(_SEPARATOR) + 1,
                f"has `{behind[:40]}` in the line of a separator, where kubectl takes nothing but a comment",
                "begin the document in the line below",
            )
        yield first, "\n".join((*lines, ""))
        lines, first = [], number + 1
    yield first, "\n".join((*lines, ""))


def _composed(chunk: str, first: int) -> Node | None:
    if not chunk.strip(" \n"):
        return None
    try:
        return _Composer(chunk, first).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column + 1) if mark else (0, 1)
        problem, fix = in_words(str(error.problem or error.context), chunk.split("\n")[line])
        raise NoYamlError(first + line + 1, column, problem, fix) from error
    except (YAMLError, ValueError) as error:
        problem, fix = in_words(str(error).splitlines()[0], "")
        raise NoYamlError(first + 1, 1, problem, fix) from error


class _Scanner(Scanner):
    """ruamel's, with the two differences of libyaml's, after which Go's is written.

    https://github.com/yaml/go-yaml/blob/v2.4.3/scannerc.go (`yaml_parser_scan_to_next_token`)
    """

    ESCAPE_REPLACEMENTS = {  # noqa: RUF012 - ruamel's own is a plain dict too
        sign: text for sign, text in Scanner.ESCAPE_REPLACEMENTS.items() if sign != "/"
    }

    def scan_to_next_token(self) -> None:
        """Passes over what stands between tokens: a tab too, where none could be indentation."""
        peek, forward = self.reader.peek, self.reader.forward
        while True:
            while peek() == " " or (peek() == "\t" and (self.flow_level or not self.allow_simple_key)):
                forward()
            if peek() == "#":
                while peek() not in _LINE_END:
                    forward()
            if not self.scan_line_break():
                return
            if not self.flow_level:
                self.allow_simple_key = True

    def scan_plain_spaces(self, indent: int, start_mark: StringMark) -> list[str]:
        """What stands between two words without quotes: tabs are blanks like others, but not in an indentation."""
        peek, forward = self.reader.peek, self.reader.forward
        blanks, breaks = "", list[str]()
        while True:
            if peek() in ("\n", "\r"):
                if not breaks:
                    self.allow_simple_key = True
                breaks.append(self.scan_line_break())
                if self.reader.prefix(3) == "...":
                    return []
            elif peek() in (" ", "\t"):
                if breaks and peek() == "\t" and self.reader.column < indent:
                    problem = "found a tab character that violates indentation"
                    raise ScannerError("while scanning a plain scalar", start_mark, problem, self.reader.get_mark())
                blanks += peek()
                forward()
            else:
                break
        if not breaks:
            return [blanks] if blanks else []
        return ["\n" * (len(breaks) - 1)] if len(breaks) > 1 else [" "]


class _Composer:
    """From the parser's events to nodes, without recursion: how deep a text goes is nobody's to trust."""

    def __init__(self, chunk: str, first: int) -> None:
        yaml = YAML(typ="safe", pure=True)
        yaml.version = (1, 1)
        yaml.Scanner = _Scanner
        self._events: Iterator[Event] = yaml.parse(chunk)
        self._first = first
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node | None:
        """The one document of the chunk; None if it holds nothing."""
        found: Node | None = None
        #: containers that are open, each with the key that waits for its value
        open_: list[tuple[Entries | Items, list[Node]]] = []
        for event in self._events:
            if isinstance(event, DocumentStartEvent) and found is not None:
                raise self._behind(event)
            if isinstance(event, CollectionEndEvent):
                open_.pop()
            node = self._node(event)
            if node is None:
                continue
            if open_:
                _put(node, *open_[-1])
            else:
                found = node
            if isinstance(node, Entries | Items):
                open_.append((node, []))
                self._check_depth(len(open_), node.place)
        return found

    def _behind(self, event: Event) -> NoYamlError:
        place = self._place(event)
        return NoYamlError(place.line, place.column, "stands behind `...`, where kubectl reads no more", "use `---`")

    def _check_depth(self, depth: int, place: Position) -> None:
        if depth > MAX_DEPTH:
            problem = f"is nested more than {MAX_DEPTH} levels deep"
            raise NoYamlError(place.line, place.column, problem, "close what is open: brackets are the usual cause")

    def _node(self, event: Event) -> Node | None:
        place = self._place(event)
        node: Node
        match event:
            case ScalarEvent():
                node = _leaf(event, place)
            case MappingStartEvent():
                node = Entries(place=place, pairs=[])
            case SequenceStartEvent():
                node = Items(place=place, items=[])
            case AliasEvent():
                target = self._anchors.get(event.anchor)
                if target is None:
                    raise NoYamlError(
                        place.line,
                        place.column,
                        f"refers to &{event.anchor}, which nothing is called",
                        "define it first",
                    )
                return Alias(place=place, target=target)
            case _:
                return None
        if event.anchor:
            if not _ANCHOR.fullmatch(event.anchor):
                fix = "name it with letters, digits, `_` and `-`"
                raise NoYamlError(place.line, place.column, f"has the anchor &{event.anchor}, which is no name", fix)
            self._anchors[event.anchor] = node
        return node

    def _place(self, event: Event) -> Position:
        return Position(line=self._first + event.start_mark.line + 1, column=event.start_mark.column + 1)


def _leaf(event: ScalarEvent, place: Position) -> Leaf:
    tag = "" if event.ctag is None else str(event.ctag)
    bare = event.style is None and tag != "!"  # `!` alone makes text of everything
    # what has a tag is what the tag says, and not what its text looks like
    plain = bare and tag in ("", _MERGE_TAG)
    try:
        value = scalar(event.value, tag="" if tag == "!" else tag, plain=bare)
    except ScalarError as error:
        return Leaf(place=place, text=event.value, plain=plain, problem=str(error))
    return Leaf(place=place, text=event.value, plain=plain, value=value)


def _put(node: Node, holder: Entries | Items, waiting: list[Node]) -> None:
    if isinstance(holder, Items):
        holder.items.append(node)
    elif waiting:
        holder.pairs.append((waiting.pop(), node))
    else:
        waiting.append(node)
