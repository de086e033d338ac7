"""Tables that keep within the console: cells fold, names are data, plain where the console is plain."""

import re
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.verdict import Verdict
from harness.report.plain_text import one_line

#: where a name in capitals and small letters begins a new word
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
#: where a name may be broken
_BREAK = re.compile(rf"{HUMP.pattern}|(?<=[-_:])")
#: of a table's width; what is documented has names of up to 41 characters
_NAME_SHARE = 0.4

STYLES = {Verdict.VERIFIED: "green", Verdict.VIOLATED: "bold red", Verdict.UNKNOWN: "yellow", Verdict.SKIPPED: "dim"}


def print_table(
    console: Console,
    title: str,
    columns: Sequence[Text],
    rows: Iterable[Sequence[Text]],
    *,
    names: int = 0,
    right: int = 0,
) -> None:
    """Writes a table, and nothing if it has no rows.

    Args:
        console: where.
        title: of ours, not data.
        columns: headers.
        rows: as many cells as columns.
        names: how many of the first columns are names, which stand as they are made: the others fold before.
        right: how many of the last columns are numbers.
    """
    rows = tuple(rows)
    if not rows:
        return
    style = box.SIMPLE if console.is_terminal else box.ASCII2
    table = Table(box=style, title=title, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        table.add_column(
            column, justify="right" if index >= len(columns) - right else "left", overflow="fold", no_wrap=index < names
        )
    for row in rows:
        table.add_row(*row)
    console.print(table)


def name_cell(name: str, console: Console) -> Text:
    """A name in a table of this console: whole while it takes no more than its share of the width."""
    return broken_name(name, round(console.width * _NAME_SHARE))


def broken_name(name: str, width: int) -> Text:
    """The name in lines of at most `width`, broken between its words; rich folds what is longer still."""
    lines = [""]
    for word in _BREAK.split(one_line(name)):
        if lines[-1] and len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word
    return Text("\n".join(lines))


def headers(*names: str) -> tuple[Text, ...]:
    """Columns of a table."""
    return tuple(Text(name) for name in names)


def print_pairs(console: Console, rows: Iterable[Sequence[Text]], *, indent: int = 0) -> None:
    """Writes columns without lines, each cell folded under itself; nothing if there are no rows."""
    rows = tuple(rows)
    if not rows:
        return
    grid = Table.grid(padding=(0, 2, 0, indent), pad_edge=True)
    for _ in rows[0]:
        grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*row)
    console.print(grid)


def verdict_cell(verdict: Verdict) -> Text:
    """The verdict in its colour."""
    return Text(verdict.value, style=STYLES[verdict])
