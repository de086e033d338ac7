"""A page of Markdown as it is laid out: headings, list items and rows of tables, each with its line.

Only what a person looks something up by: which names stand where, and what is said beside them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"(?P<level>#{1,6})\s+(?P<text>.*?)\s*#*$")
_ITEM = re.compile(r"(?P<indent>\s*)(?:[-*+]|\d+[.)])\s+(?P<text>.*)")
_FENCE = re.compile(r"\s*(```|~~~)")
_RULE = re.compile(r"[\s|:-]+")
#: how a name, or any word, is set off
_MARKS = re.compile(r"[`*]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table."""

    line: int
    #: header -> text of the cell, without marks
    cells: dict[str, str]
    #: of the first cell
    name: str
    #: headings above it, the nearest last
    under: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is said below a heading, or in an item of a list."""

    line: int
    #: the heading, or the item, without marks
    head: str
    #: more of it: the first paragraph below a heading, the sub-items of an item
    more: str
    under: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page."""

    entries: tuple[Entry, ...]
    rows: tuple[Row, ...]

    @classmethod
    def read(cls, text: str) -> "Page":
        """Reads it; every text is some Markdown."""
        lines = [*_outside_code(text)]
        return cls(entries=tuple(_entries(lines)), rows=tuple(_rows(lines)))

    def about(self, name: str) -> Row | Entry | None:
        """What is said of a name: the row of a table, or else the entry that begins with it; None if neither is."""
        row = next((one for one in self.rows if one.name == name), None)
        begins = re.compile(rf"{re.escape(name)}(?!\w|:\w)")
        return row or next((one for one in self.entries if begins.match(one.head)), None)


def plain(text: str) -> str:
    """Without marks."""
    return _MARKS.sub("", text).strip()


def _outside_code(text: str) -> Iterator[str]:
    """The lines, those of code blocks empty: what stands there is an example."""
    inside = False
    for line in text.splitlines():
        fence = _FENCE.match(line) is not None
        yield "" if inside or fence else line
        inside = inside is not fence


def _entries(lines: list[str]) -> Iterator[Entry]:
    above: dict[int, str] = {}
    for number, line in enumerate(lines):
        heading, item = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
        if heading is not None:
            level = len(heading["level"])
            above = {one: text for one, text in above.items() if one < level}
            under = tuple(above[one] for one in sorted(above))
            above[level] = plain(heading["text"])
            yield Entry(line=number + 1, head=above[level], more=_paragraph(lines[number + 1 :]), under=under)
        elif item is not None:
            more = _below(lines[number + 1 :], len(item["indent"]))
            under = tuple(above[one] for one in sorted(above))
            yield Entry(line=number + 1, head=plain(item["text"]), more=plain(more), under=under)


def _paragraph(lines: list[str]) -> str:
    """The first one, as long as no other heading comes before it."""
    found: list[str] = []
    for line in lines:
        if _HEADING.fullmatch(line) or (found and not line.strip()):
            break
        if line.strip():
            found.append(plain(line))
    return "\n".join(found)


def _below(lines: list[str], indent: int) -> str:
    """What is further in than an item."""
    found: list[str] = []
    for line in lines:
        deep = len(line) - len(line.lstrip())
        if line.strip() and (deep <= indent or _HEADING.fullmatch(line)):
            break
        found.append(line.strip())
    return "\n".join(filter(None, found))


def _rows(lines: list[str]) -> Iterator[Row]:
    headers: list[str] = []
    above: dict[int, str] = {}
    for number, line in enumerate(lines):
        if heading := _HEADING.fullmatch(line):
            level = len(heading["level"])
            above = {one: text for one, text in above.items() if one < level} | {level: plain(heading["text"])}
        if not line.strip().startswith("|"):
            headers = []
        elif not headers:
            headers = [one.lower() for one in _cells(line)]
        elif not _RULE.fullmatch(line):
            cells = _cells(line)
            under = tuple(above[one] for one in sorted(above))
            named = dict(zip(headers, cells, strict=False))
            yield Row(line=number + 1, cells=named, name=cells[0] if cells else "", under=under)


def _cells(line: str) -> list[str]:
    return [plain(one) for one in line.strip().removeprefix("|").removesuffix("|").split("|")]
