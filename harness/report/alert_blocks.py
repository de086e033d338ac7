"""Each alert, documented beside observed: what a reader compares, line by line; what is as documented only named."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from harness.core.verdict import Verdict
from harness.report.figures import listed
from harness.report.plain_text import cell, claim_of, one_line
from harness.report.schema import AlertResult, PartResult, Results
from harness.report.table import STYLES, print_pairs, verdict_cell

#: shown on a line of their own also where they are as documented
_SHOWN = ("threshold", "for", "labels", "severity", "routing", "resolve")


def print_alerts(console: Console, results: Results) -> None:
    """Writes a block for each alert that a scenario was about, and once what is not proved of any."""
    touched = {name: one for name, one in results.alerts.items() if one.scenarios}
    shared = shared_gaps(list(touched.values()))
    if touched:
        console.print(Text("Alerts: documented, observed", style="bold"))
    for name, one in touched.items():
        width = cell(f", {one.width}" if one.verdict is Verdict.VERIFIED and one.width else "")
        console.print(Text.assemble(cell(name, "bold"), " ", verdict_cell(one.verdict), f" {_scenarios(one)}", width))
        print_pairs(console, (*alert_rows(one, shared), *_problems(results, name)), indent=2)
    if shared:
        console.print(Text(f"All {len(touched)} alerts", style="bold"))
        print_pairs(console, _gaps(shared), indent=2)


def shared_gaps(alerts: Sequence[AlertResult]) -> tuple[str, ...]:
    """What is not proved of any of several alerts, for the same reason."""
    if len(alerts) < 2:  # noqa: PLR2004 - one alert shares with nobody
        return ()
    return tuple(text for text in alerts[0].not_proved if all(text in one.not_proved for one in alerts))


def alert_rows(one: AlertResult, told: Collection[str] = ()) -> Iterator[tuple[Text, Text, Text]]:
    """The lines of one alert: part, documented, observed; then the parts that are as documented, and what is open.

    Args:
        one: the alert.
        told: what is told of it elsewhere.
    """
    for part in one.parts:
        if part.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN) or (_holds(part) and part.part in _SHOWN):
            yield cell(part.part), cell(part.documented), _observed(part)
    rest = [part.part for part in one.parts if _holds(part) and part.part not in _SHOWN]
    if rest:
        yield cell("and"), cell("as documented"), cell(listed(rest))
    shown = {f"{part.part}: {part.observed}" for part in one.parts if part.verdict is not Verdict.SKIPPED}
    yield from _gaps(text for text in one.not_proved if text not in shown and text not in told)


def _gaps(texts: Iterable[str]) -> Iterator[tuple[Text, Text, Text]]:
    """What is not proved, parts of one reason together."""
    reasons: dict[str, list[str]] = {}
    for text in texts:
        about, _, why = text.partition(": ")
        reasons.setdefault(why, []).append(about)
    for why, names in reasons.items():
        yield cell("not proved"), cell(listed(names)), cell(why)


def _problems(results: Results, name: str) -> Iterator[tuple[Text, Text, Text]]:
    """Why an alert is not VERIFIED: its scenarios that are not, and its silence outside of the faults."""
    for found in results.beforehand:
        if found.about == name and found.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN):
            told = {part.observed for part in results.alerts[name].parts}
            wrong = [one.actual for one in found.findings if one.verdict is found.verdict]
            said = found.where and wrong and all(any(text in part for part in told) for text in wrong)
            text = found.where if said else f"{found.cause} ({found.where})" if found.where else found.cause
            yield verdict_cell(found.verdict), cell("as written" if said else "before any scenario"), cell(text)
    for one in results.scenarios:
        if one.about == name and one.verdict is not Verdict.VERIFIED and not one.because_of:
            yield verdict_cell(one.verdict), cell(claim_of(one.nodeid)), cell(one.cause.partition("\n")[0])
    quiet = results.invariants.get(name)
    if quiet is not None and quiet.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN):
        yield verdict_cell(quiet.verdict), cell("outside of the faults"), cell(quiet.why)


def _holds(part: PartResult) -> bool:
    return part.verdict is Verdict.VERIFIED


def _observed(part: PartResult) -> Text:
    speed = f" (speed {part.speed:g})" if part.part == "for" and part.speed not in (None, 1) else ""
    if part.verdict is Verdict.VERIFIED:
        return cell(part.observed + speed)
    return Text(one_line(f"{part.verdict}: {part.observed}"), style=STYLES[part.verdict])


def _scenarios(one: AlertResult) -> str:
    return "in 1 scenario" if len(one.scenarios) == 1 else f"in {len(one.scenarios)} scenarios"
