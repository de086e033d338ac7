"""The silence outside of the faults, over the whole run: how near each alert came to firing without cause."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from harness.core.verdict import Verdict
from harness.report.figures import figure, listed, share
from harness.report.plain_text import cell
from harness.report.schema import InvariantResult, Results
from harness.report.table import headers, name_cell, print_pairs, print_table, verdict_cell

_NONE = "-"


def print_quiet(console: Console, results: Results) -> None:
    """Writes the table, and what is wrong or not known."""
    print_table(
        console,
        "Outside of the faults, from the start of the run to its end: the closest approach",
        headers("alert", "verdict", "pending, of its `for`", "nearest value", "fires"),
        ((name_cell(name, console), *cells) for name, *cells in quiet_rows(results)),
        names=1,
        right=3,
    )
    wrong = (
        (verdict_cell(one.verdict), cell(f"{name} outside of the faults: {one.why}"))
        for name, one in results.invariants.items()
        if one.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN) and not results.alerts[name].scenarios
    )
    valueless: dict[str, list[str]] = {}
    for name, one in results.invariants.items():
        if one.nearest_value is None and one.why_no_value:
            valueless.setdefault(one.why_no_value, []).append(name)
    print_pairs(console, wrong)
    print_pairs(console, ((cell("beyond it"), cell(text)) for text in beyond(results)))
    print_pairs(console, ((cell("no value"), cell(f"{listed(names)}: {why}")) for why, names in valueless.items()))


def beyond(results: Results) -> Iterator[str]:
    """Of each silent alert whose value was beyond its limit: why nobody was told."""
    for name, one in results.invariants.items():
        sign, _, limit = (one.limit or _condition(results, name)).partition(" ")
        value = one.nearest_value
        if one.verdict is not Verdict.VERIFIED or value is None or not _is_beyond(value, sign, float(limit)):
            continue
        held = "" if one.pending_share is None else f", at most {_pending(one)} of its `for`"
        told = f"{name} was beyond its limit for a moment outside of the faults"
        yield (
            f"{told}{held}: it fires only if that lasts for all of it"
            if one.pending_share
            else (f"{told}, between two evaluations: it was never pending")
        )


def _condition(results: Results, name: str) -> str:
    documented = results.alerts[name].documented
    return f"{documented.side} {documented.threshold:g}"


def _is_beyond(value: float, sign: str, limit: float) -> bool:
    return {
        ">": value > limit,
        ">=": value >= limit,
        "<": value < limit,
        "<=": value <= limit,
        "==": value == limit,
    }.get(sign, False)


def _of_another_unit(results: Results, name: str) -> bool:
    """Whether the rule's value need not be what is documented: its unit is not, or its text does not tell."""
    return any(
        finding.clause == "threshold" and finding.verdict is not Verdict.VERIFIED
        for one in results.beforehand
        if one.about == name
        for finding in one.findings
    )


def quiet_rows(results: Results) -> Iterator[tuple[str, Text, Text, Text, Text]]:
    """Alert, verdict, share, value, limit; without unit where the rule compares with another number than documented."""
    for name, one in results.invariants.items():
        documented = results.alerts[name].documented
        as_documented = one.limit in ("", _condition(results, name)) and not _of_another_unit(results, name)
        limit = f"{documented.side} {figure(documented.threshold, documented.unit)}" if as_documented else one.limit
        if one.nearest_value is None:
            value, limit = _NONE, _NONE
        else:
            value = figure(one.nearest_value, documented.unit) if as_documented else f"{one.nearest_value:.4g}"
        yield name, verdict_cell(one.verdict), cell(_pending(one)), cell(value), cell(limit)


def _pending(one: InvariantResult) -> str:
    if one.pending_share is None:
        return _NONE
    return "never" if one.pending_share == 0 else share(one.pending_share)
