"""The scenarios: verdict, row, speed, seconds; and what was not tried, with the reason."""

from collections import Counter
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from harness.core.verdict import Verdict, worst
from harness.report.figures import listed
from harness.report.parts import NO_SCENARIO
from harness.report.plain_text import cell, claim_of, short
from harness.report.schema import RecordingResult, Results, ScenarioResult
from harness.report.table import broken_name, headers, print_pairs, print_table, verdict_cell

_NONE = "-"
#: a column of 20 stays whole on a terminal of 80
_ROW_WIDTH = 20


def print_scenarios(console: Console, results: Results) -> None:
    """Writes the table, and beneath it what was not tried."""
    rows = tuple(scenario_rows(results))
    print_table(console, "Scenarios", headers("verdict", "seconds", "speed", "fault", "scenario"), rows)
    print_pairs(console, ((verdict_cell(verdict), cell(text)) for verdict, text in not_tried(results)))


def scenario_rows(results: Results) -> Iterator[tuple[Text, ...]]:
    """One line per scenario that was tried, whatever it judged."""
    for nodeid, judged in by_scenario(results).items():
        one = judged[0]
        if all(each.because_of for each in judged):
            continue
        yield (
            verdict_cell(worst(each.verdict for each in judged)),
            cell(_NONE if one.seconds is None else f"{one.seconds:7.1f}"),
            cell(_NONE if one.speed is None else f"{one.speed:5g}"),
            broken_name(one.row or _NONE, _ROW_WIDTH),
            cell(claim_of(nodeid)),
        )


def not_tried(results: Results) -> Iterator[tuple[Verdict, str]]:
    """Each promise and each scenario without a statement, with its reason; promises of one reason together."""
    for nodeid, judged in by_scenario(results).items():
        skipped = [one for one in judged if one.verdict is Verdict.SKIPPED]
        if skipped:
            about = listed(sorted({one.about for one in skipped}))
            yield Verdict.SKIPPED, f"{about} in {short(nodeid)}: {skipped[0].cause or 'it does not say why'}"
    yield from ((Verdict.SKIPPED, f"{part.what}: {part.why}") for part in results.left_out)
    untested = Counter(judged[0].because_of for judged in by_scenario(results).values() if judged[0].because_of)
    for name, number in untested.items():
        yield Verdict.UNKNOWN, f"{number} {'scenario' if number == 1 else 'scenarios'}: not tested because of {name}"
    reasons: dict[tuple[Verdict, str], list[str]] = {}
    for name, one in results.alerts.items():
        if not one.scenarios:
            verdict = Verdict.SKIPPED if one.why == NO_SCENARIO else one.verdict
            reasons.setdefault((verdict, one.why), []).append(name)
    for name, rule in results.recording_rules.items():
        if _was_blocked(results, name, rule):
            reasons.setdefault((rule.verdict, rule.why), []).append(name)
    for (verdict, why), names in reasons.items():
        yield verdict, f"{listed(names)}: {why}"


def compared_rules(results: Results) -> dict[str, RecordingResult]:
    """The recording rules with something to say of their values; the others are told among what was not tried."""
    return {
        name: rule
        for name, rule in results.recording_rules.items()
        if rule.verdict is not Verdict.SKIPPED and not _was_blocked(results, name, rule)
    }


def _was_blocked(results: Results, name: str, rule: RecordingResult) -> bool:
    """Whether all that is said of a rule is that a finding was in the way of its scenarios."""
    mine = [one for one in results.scenarios if one.about == name]
    return rule.verdict is Verdict.UNKNOWN and bool(mine) and all(one.because_of for one in mine)


def by_scenario(results: Results) -> dict[str, list[ScenarioResult]]:
    """What each scenario judged, in the order of the scenarios."""
    found: dict[str, list[ScenarioResult]] = {}
    for one in results.scenarios:
        found.setdefault(one.nodeid, []).append(one)
    return found
