"""Text of others inside GitHub's Markdown: names, labels and messages are data there as well.

Beside Markdown and HTML (https://github.github.com/gfm/) there is what GitHub makes of plain text afterwards: mentions,
numbers of issues, emoji, links (https://docs.github.com/en/get-started/writing-on-github). A numeric entity never has
a meaning of its own to Markdown (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references); the
second kind looks at the characters that come of it, so a zero width space parts what it looks for. In code neither
happens, and names that people copy stand in code.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NewType

from harness.report.plain_text import many_lines, one_line

#: one line in which everything of others is data; a type of its own, so that no other text comes into a table
Markdown = NewType("Markdown", str)

#: characters of one text; what is longer is an accident, and whole in results.json
_LONGEST = 2_000
#: `_` inside a word has no meaning
_MEANS = r"[&<\\`*\[\]|~$]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"
#: `@name`, `#1`, `GH-1`, `:name:`, `http://`, `www.`
_REFERS = r"@|#(?=\d)|GH-(?=\d)|:(?=//|[\w+-]+:)|[Ww]{3}(?=\.)"
_TAKEN = re.compile(rf"(?P<means>{_MEANS})|{_REFERS}")
#: what a span of code cannot hold inside a table
_NO_SPAN = re.compile(r"[`|\\]")


def said(text: str) -> Markdown:
    """One line that shows the text as it is; for tables, lists and HTML elements, but not first in its line."""
    return Markdown(_TAKEN.sub(_as_data, _clipped(one_line(text))))


def coded(text: str) -> Markdown:
    """The text as code in a line of Markdown, to be copied from there."""
    shown = _clipped(one_line(text))
    if not shown.strip() or _NO_SPAN.search(shown):
        return Markdown(f"<code>{said(text)}</code>")
    return Markdown(f"`{shown}`")


def bold(text: Markdown) -> Markdown:
    """The line in bold."""
    return Markdown(f"**{text}**")


def fenced(text: str, language: str = "text") -> str:
    """The lines of the text as a block of code that nothing in them ends."""
    body = "\n".join(map(_clipped, many_lines(text).split("\n")))
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", body)), default=0))
    return f"{fence}{language}\n{body}\n{fence}"


def table(columns: Sequence[Markdown], rows: Iterable[Sequence[Markdown]]) -> str:
    """A table; empty without rows.

    Args:
        columns: headers.
        rows: as many cells as columns.
    """
    lines = [_row(row) for row in rows]
    return "\n".join([_row(columns), "|---" * len(columns) + "|", *lines]) if lines else ""


def listed_lines(lines: Iterable[Markdown]) -> str:
    """A list; empty without lines. Each begins with a word of ours."""
    return "\n".join(f"- {line}" for line in lines)


def folded(summary: Markdown, body: str) -> str:
    """Text that is shown by a click. HTML ends where a blank line is, and Markdown begins again."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def _row(cells: Sequence[Markdown]) -> str:
    return f"| {' | '.join(cells)} |"


def _as_data(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};" if found["means"] else f"{found[0]}&#8203;"


def _clipped(line: str) -> str:
    over = len(line) - _LONGEST
    return line if over <= 0 else f"{line[:_LONGEST]}… ({over} characters more)"
