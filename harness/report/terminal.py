"""The summary of a run on a terminal: documented beside observed, the matrix, what was proved and what was not."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from rich.console import Console

from harness.core.verdict import WORST_FIRST, Verdict, worst
from harness.report.alert_blocks import print_alerts
from harness.report.figures import listed
from harness.report.matrix_table import print_matrix
from harness.report.plain_text import cell, short
from harness.report.quiet_table import print_quiet
from harness.report.scenario_table import by_scenario, compared_rules, print_scenarios
from harness.report.schema import AlertResult, Results
from harness.report.table import headers, name_cell, print_pairs, print_table, verdict_cell

#: what logs and narrow windows show without wrapping
_PLAIN_WIDTH = 100


def console_for(
    file: TextIO, environment: Mapping[str, str] | None = None, *, plain_width: int = _PLAIN_WIDTH
) -> Console:
    """A console that writes plain text unless `file` is a terminal, and in CI or with NO_COLOR set even then."""
    env = os.environ if environment is None else environment
    if file.isatty() and not env.get("CI") and not env.get("NO_COLOR"):
        return Console(file=file, highlight=False)
    return Console(file=file, force_terminal=False, no_color=True, width=plain_width, highlight=False)


def print_summary(results: Results, console: Console, *, exit_code: int | None = None) -> None:
    """Writes the summary of one run; what matters most stands last, where a terminal stops."""
    print_alerts(console, results)
    _print_recording_rules(results, console)
    _print_loaded(results, console)
    print_matrix(console, results)
    _print_excuses(results, console)
    print_quiet(console, results)
    print_scenarios(console, results)
    print_pairs(console, ((cell(what), cell(text)) for what, text in totals(results, exit_code)))


def totals(results: Results, exit_code: int | None = None) -> Iterator[tuple[str, str]]:
    """How many promises have which verdict, where the seconds went, and the exit code.

    Args:
        results: of the run.
        exit_code: that of the process, where it is not that of the results alone: after Ctrl-C, say.
    """
    scenarios = by_scenario(results)
    yield "alerts", _counts(one.verdict for one in results.alerts.values())
    if thresholds := _thresholds(results):
        yield "thresholds", thresholds
    yield "recording rules", _counts(one.verdict for one in results.recording_rules.values())
    for title, named in (("metrics", results.metrics), ("objects", results.objects)):
        if judged := [one.verdict for one in named.values() if one.verdict is not Verdict.SKIPPED]:
            yield title, _counts(judged)
    yield "scenarios", _counts(worst(one.verdict for one in judged) for judged in scenarios.values())
    ups = [f"{one.seconds:.1f} s at speed {one.speed:g}" for one in results.bring_ups]
    seconds = [judged[0].seconds for judged in scenarios.values() if judged[0].seconds is not None]
    parts = [f"{results.duration_s:.1f} s in all"]
    parts += [f"bring-up {listed(ups)}"] if ups else []
    parts += [f"scenarios {sum(seconds):.1f} s"] if seconds else []
    yield "time", "; ".join(parts)
    yield "stack", f"{results.stack}, speed {results.speed:g}"
    yield "exit code", str(results.exit_code if exit_code is None else exit_code)


def _thresholds(results: Results) -> str:
    """How many were seen on both sides of the documented number, how many only within a width; empty without any.

    An alert whose threshold no scenario looked at (its silence alone, say) is neither.
    """
    seen = [one for one in results.alerts.values() if one.verdict is Verdict.VERIFIED and _threshold_seen(one)]
    wide = sum(bool(one.width) for one in seen)
    parts = [f"{len(seen) - wide} seen on both sides of the documented number"] if len(seen) > wide else []
    parts += [f"{wide} within the width that is told with each"] if wide else []
    return ", ".join(parts)


def _threshold_seen(one: AlertResult) -> bool:
    return any(part.part == "threshold" and part.verdict is Verdict.VERIFIED for part in one.parts)


def _counts(verdicts: Iterable[Verdict]) -> str:
    found = Counter(verdicts)
    return ", ".join(f"{found[one]} {one}" for one in reversed(WORST_FIRST) if found[one]) or "none"


def _print_recording_rules(results: Results, console: Console) -> None:
    recorded = compared_rules(results)
    print_table(
        console,
        "Recording rules",
        headers("rule", "verdict", "expected", "recorded", "differs", "accepted"),
        (
            (
                name_cell(name, console),
                verdict_cell(rule.verdict),
                cell(_number(rule.expected)),
                cell(_number(rule.observed)),
                cell("-" if rule.difference_ratio is None else f"{rule.difference_ratio:.1%}"),
                cell(f"{rule.tolerance_ratio:.1%}"),
            )
            for name, rule in recorded.items()
        ),
        names=1,
        right=4,
    )
    wrong = (
        (verdict_cell(rule.verdict), cell(f"{name}: {rule.why}"))
        for name, rule in recorded.items()
        if rule.verdict is not Verdict.VERIFIED
    )
    print_pairs(console, wrong)


def _print_loaded(results: Results, console: Console) -> None:
    """Which documented metrics and objects are not in force; how many are is among the totals."""
    told = {one.about for one in results.beforehand if one.verdict is not Verdict.VERIFIED}
    for named in (results.metrics, results.objects):
        wrong = (
            (verdict_cell(one.verdict), cell(f"{name}: {one.why}"))
            for name, one in named.items()
            if one.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN) and name not in told
        )
        print_pairs(console, wrong)


def _print_excuses(results: Results, console: Console) -> None:
    """Every excuse with its reason, once, and the scenarios that needed it."""
    found: dict[str, list[str]] = {}
    for one in results.scenarios:
        for excuse in one.excuses:
            names = found.setdefault(excuse, [])
            names += [short(one.nodeid)] if short(one.nodeid) not in names else []
    print_pairs(console, ((cell("excused"), cell(f"{text} (in {listed(names)})")) for text, names in found.items()))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
