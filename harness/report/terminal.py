"""The summary of a run on a terminal: documented beside observed, what was proved and what was not."""

import os
from collections.abc import Mapping
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.duration import PromDuration
from harness.core.verdict import Verdict
from harness.report.schema import AlertResult, Results

_STYLES = {Verdict.VERIFIED: "green", Verdict.VIOLATED: "bold red", Verdict.UNKNOWN: "yellow", Verdict.SKIPPED: "dim"}
#: a table of eight alerts stays readable in logs that do not wrap
_PLAIN_WIDTH = 140


def console_for(file: TextIO, environment: Mapping[str, str] | None = None) -> Console:
    """A console that writes plain text unless `file` is a terminal, and in CI or with NO_COLOR set even then."""
    env = os.environ if environment is None else environment
    if file.isatty() and not env.get("CI") and not env.get("NO_COLOR"):
        return Console(file=file, highlight=False)
    return Console(file=file, force_terminal=False, no_color=True, width=_PLAIN_WIDTH, highlight=False)


def print_summary(results: Results, console: Console) -> None:
    """Writes the summary of one run."""
    style = box.SIMPLE if console.is_terminal else box.ASCII2
    _print_alerts(results, console, style)
    _print_recording_rules(results, console, style)
    _print_counts(results, console)
    for name, one in results.alerts.items():
        if one.scenarios:
            parts = [f"  proved      {part}" for part in one.proved]
            parts += [f"  not proved  {part}" for part in one.not_proved]
            console.print(Text("\n".join([name, *parts])))
    for scenario in results.scenarios:
        for excuse in scenario.excuses:
            console.print(Text(f"excused in {scenario.nodeid}: {excuse}"))
    untouched = [name for name, one in results.alerts.items() if not one.scenarios]
    if untouched:
        console.print(Text(f"SKIPPED, no scenario ran: {', '.join(untouched)}"))
    console.print(Text(f"{results.stack} stack, speed {results.speed:g}, {results.duration_s:.1f} s"))


def _print_alerts(results: Results, console: Console, style: box.Box) -> None:
    touched = {name: one for name, one in results.alerts.items() if one.scenarios}
    if not touched:
        return
    table = Table(box=style, title="Alerts", title_justify="left")
    for column in ("alert", "verdict", "condition", "for: documented", "observed", "delivered", "resolved"):
        table.add_column(column, overflow="fold")
    for name, one in touched.items():
        table.add_row(name, _verdict(one.verdict), *_alert_cells(one))
    console.print(table)


def _print_recording_rules(results: Results, console: Console, style: box.Box) -> None:
    recorded = {name: one for name, one in results.recording_rules.items() if one.verdict is not Verdict.SKIPPED}
    if not recorded:
        return
    table = Table(box=style, title="Recording rules", title_justify="left")
    for column in ("rule", "verdict", "expected", "recorded", "difference", "accepted"):
        table.add_column(column, overflow="fold")
    for name, rule in recorded.items():
        table.add_row(
            name,
            _verdict(rule.verdict),
            _number(rule.expected),
            _number(rule.observed),
            "-" if rule.difference_ratio is None else f"{rule.difference_ratio:.1%}",
            f"{rule.tolerance_ratio:.1%}",
        )
    console.print(table)


def _print_counts(results: Results, console: Console) -> None:
    for title, named in (("metrics", results.metrics), ("objects", results.objects)):
        judged = [one for one in named.values() if one.verdict is not Verdict.SKIPPED]
        if judged:
            good = sum(one.verdict is Verdict.VERIFIED for one in judged)
            console.print(Text(f"{good} of {len(judged)} documented {title} VERIFIED"))
        for name, one in named.items():
            if one.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN):
                console.print(Text(f"  {name} {one.verdict}: {one.why}"))


def _alert_cells(one: AlertResult) -> tuple[str, str, str, str, str]:
    observed = one.observed
    documented = str(PromDuration(round(one.documented.for_s * 1_000)))
    return (
        one.documented.condition,
        documented,
        "-" if observed.pending_s is None else str(PromDuration(round(observed.pending_s * 1_000))),
        "-" if observed.delivery_lag_s is None else f"{observed.delivery_lag_s:.1f} s after firing",
        "-" if observed.resolve_lag_s is None else f"{observed.resolve_lag_s:.1f} s after the end",
    )


def _verdict(verdict: Verdict) -> Text:
    return Text(verdict.value, style=_STYLES[verdict])


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
