"""The fault x alert matrix as a table: what was expected of each alert during each fault, and what it did."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from harness.core.judge import Expectation
from harness.report.plain_text import cell, one_line, short
from harness.report.schema import MatrixCell, MatrixLine, Results
from harness.report.table import HUMP, broken_name, print_pairs, print_table

#: `must not: unknown`, the widest cell
_CELL_WIDTH = 17
_ROW_WIDTH = 20
#: what a column's border and padding take
_BORDER = 3
_EXPECTED = {Expectation.MUST: "must", Expectation.MAY: "may", Expectation.MUST_NOT: "must not"}
_CONTRARY = {Expectation.MUST: False, Expectation.MUST_NOT: True}


def print_matrix(console: Console, results: Results) -> None:
    """Writes the matrix, in as many tables as the width asks for, and every breach."""
    alerts = [name for name in results.alerts if any(name in line.cells for line in results.matrix)]
    if not alerts:
        return
    prefix = shared_prefix(alerts)
    lines = tuple(merged(results.matrix))
    each = max(1, (console.width - 1 - _ROW_WIDTH - _BORDER) // (_CELL_WIDTH + _BORDER))
    tables = -(-len(alerts) // each)
    each = -(-len(alerts) // tables)
    for start in range(0, len(alerts), each):
        shown = alerts[start : start + each]
        title = "Fault x alert matrix" + (f", alerts without their `{one_line(prefix)}`" if prefix else "")
        columns = [Text("fault"), *(broken_name(name.removeprefix(prefix), _CELL_WIDTH) for name in shown)]
        rows = [[broken_name(row, _ROW_WIDTH), *(cell_of(cells.get(name)) for name in shown)] for row, cells in lines]
        print_table(console, title if start == 0 else "", columns, rows)
    breaches = (
        (Text("BREACH", style="bold red"), cell(f"{line.row}: {name} {_breach(one)}, in {short(line.nodeid)}"))
        for line in results.matrix
        for name, one in line.cells.items()
        if one.breach
    )
    print_pairs(console, breaches)
    if any(_open(one) for line in results.matrix for one in line.cells.values()):
        print_pairs(console, [(Text("?"), Text("not decided: the verdict of the scenario says why"))])


def merged(lines: Sequence[MatrixLine]) -> Iterator[tuple[str, dict[str, MatrixCell]]]:
    """The rows of the matrix: scenarios of one row that came to the same are one line, others are told apart."""
    by_row: dict[str, list[MatrixLine]] = {}
    for line in lines:
        by_row.setdefault(line.row, []).append(line)
    for row, mine in by_row.items():
        if all(line.cells == mine[0].cells for line in mine):
            yield row, mine[0].cells
        else:
            yield from ((f"{row} in {short(line.nodeid)}", line.cells) for line in mine)


def cell_of(one: MatrixCell | None) -> Text:
    """`must: fired`, `must not: FIRED!` for a breach, `must: silent?` where that is none, `must: unknown` if unseen."""
    if one is None:
        return Text("-")
    done = {True: "fired", False: "silent", None: "unknown"}[one.fired]
    if one.breach:
        return Text(f"{_EXPECTED[one.expected]}: {done.upper()}!", style="bold red")
    if not _open(one):
        return Text(f"{_EXPECTED[one.expected]}: {done}")
    return Text(f"{_EXPECTED[one.expected]}: {done}{'' if one.fired is None else '?'}", style="yellow")


def shared_prefix(names: Sequence[str]) -> str:
    """What all names begin with, up to where a word begins in each; empty for one name."""
    first, *others = names
    cuts = (found.start() for found in HUMP.finditer(first))
    fitting = (cut for cut in cuts if all(_begins(name, first[:cut]) for name in others))
    return first[: max(fitting, default=0)] if others else ""


def _begins(name: str, prefix: str) -> bool:
    """Whether the name begins with these words and has more of them."""
    return name.startswith(prefix) and HUMP.match(name, len(prefix)) is not None


def _open(one: MatrixCell) -> bool:
    return not one.breach and (
        (one.fired is None and one.expected is not Expectation.MAY)
        or (one.fired is not None and one.fired is _CONTRARY.get(one.expected))
    )


def _breach(one: MatrixCell) -> str:
    return "fired, which it must not" if one.fired else "did not fire, which it must"
