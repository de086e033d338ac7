"""A comparison as people read it: what differs, what cannot be told, when each alert did what, what is the same."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from harness.report.comparison import LAGS, Comparison, Timing
from harness.report.plain_text import cell
from harness.report.schema import Results
from harness.report.table import headers, name_cell, print_pairs, print_table

_NOTHING = "-"
_HEADS = {
    "pending_lag_s": "pending",
    "firing_lag_s": "firing",
    "delivery_lag_s": "told",
    "resolve_lag_s": "over",
    "resolved_delivery_lag_s": "told of it",
}


def print_comparison(console: Console, found: Comparison, first: Results, second: Results) -> None:
    """Writes it; both runs are named by their stack and speed."""
    names = (f"{first.stack} at {first.speed:g}", f"{second.stack} at {second.speed:g}")
    print_table(
        console,
        "Different",
        headers("what", *names),
        ((cell(one.what), cell(one.first), cell(one.second)) for one in found.differences),
    )
    print_table(console, "Not compared", headers("what, and why not"), ((cell(one),) for one in found.not_compared))
    print_table(
        console,
        f"Seconds: documented from pending to firing, and on the clock how late; {' / '.join(names)}",
        headers("alert", "to firing", *(_HEADS[lag] for lag in LAGS)),
        ((name_cell(one.alert, console), *map(cell, _pairs(one))) for one in found.timings),
        names=1,
        right=1 + len(LAGS),
    )
    print_pairs(console, ((cell(f"the same: {count}"), cell(kind)) for kind, count in found.same.items()))
    console.print(Text(_sentence(found)))


def _pairs(one: Timing) -> Iterator[str]:
    for name in ("pending_s", *LAGS):
        yield " / ".join(_NOTHING if value is None else f"{value:.4g}" for value in one.seconds[name])


def _sentence(found: Comparison) -> str:
    if found.differences:
        count = len(found.differences)
        return "1 difference" if count == 1 else f"{count} differences"
    if found.not_compared:
        return "no difference, as far as it can be told"
    return "no difference"
