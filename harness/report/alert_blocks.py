"""Each alert, documented beside observed: what a reader compares, line by line; what is as documented only named."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from harness.core.verdict import Verdict
from harness.report.figures import listed
from harness.report.plain import cell, one_line, short
from harness.report.schema import AlertResult, PartResult, Results
from harness.report.table import STYLES, print_pairs, verdict_cell

#: shown on a line of their own also where they are as documented
_SHOWN = ("threshold", "for", "labels", "severity", "routing", "resolve")


def print_alerts(console: Console, results: Results) -> None:
    """Writes a block for each alert that a scenario was about."""
    touched = {name: one for name, one in results.alerts.items() if one.scenarios}
    if touched:
        console.print(Text("Alerts: documented, observed", style="bold"))
    for name, one in touched.items():
        console.print(Text.assemble(cell(name, "bold"), " ", verdict_cell(one.verdict), f" {_scenarios(one)}"))
        print_pairs(console, (*alert_rows(one), *_troubles(results, name)), indent=2)


def alert_rows(one: AlertResult) -> Iterator[tuple[Text, Text, Text]]:
    """The lines of one alert: part, documented, observed; then the parts that are as documented, and what is open."""
    for part in one.parts:
        if part.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN) or (_holds(part) and part.part in _SHOWN):
            yield cell(part.part), cell(part.documented), _observed(part)
    rest = [part.part for part in one.parts if _holds(part) and part.part not in _SHOWN]
    if rest:
        yield cell("and"), cell("as documented"), cell(listed(rest))
    skipped = {f"{part.part}: {part.observed}" for part in one.parts if part.verdict is Verdict.SKIPPED}
    told = {f"{part.part}: {part.observed}" for part in one.parts if part.verdict is not Verdict.SKIPPED}
    reasons: dict[str, list[str]] = {}
    for text in one.not_proved:
        if text in skipped or text not in told:
            about, _, why = text.partition(": ")
            reasons.setdefault(why, []).append(about)
    for why, names in reasons.items():
        yield cell("not proved"), cell(listed(names)), cell(why)


def _troubles(results: Results, name: str) -> Iterator[tuple[Text, Text, Text]]:
    """The scenarios of an alert that are not VERIFIED, with the cause."""
    for one in results.scenarios:
        if one.about == name and one.verdict is not Verdict.VERIFIED:
            yield verdict_cell(one.verdict), cell(short(one.nodeid)), cell(one.cause.partition("\n")[0])


def _holds(part: PartResult) -> bool:
    return part.verdict is Verdict.VERIFIED


def _observed(part: PartResult) -> Text:
    speed = f" (speed {part.speed:g})" if part.part == "for" and part.speed not in (None, 1) else ""
    if part.verdict is Verdict.VERIFIED:
        return cell(part.observed + speed)
    return Text(one_line(f"{part.verdict}: {part.observed}"), style=STYLES[part.verdict])


def _scenarios(one: AlertResult) -> str:
    return "in 1 scenario" if len(one.scenarios) == 1 else f"in {len(one.scenarios)} scenarios"
