"""A scenario's evidence as names and values: what pytest's JUnit file keeps as properties of a test.

Names are unique, so that a reader may make a mapping of them: what is true of the scenario has a plain name, what is
true of one alert (or rule, metric, object) begins with its name and a dot. `time` is the clock's, relative to the
injection. XML 1.0 has no way to write most control characters, not even escaped (https://www.w3.org/TR/xml/#charsets),
and pytest cleans values but not names: both are `one_line`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict

from harness.core.findings import ScenarioFacts, fired_in
from harness.core.judge import Judgement, Observed
from harness.core.judge.finding import RecordedFigures
from harness.core.timeline import Timeline
from harness.core.verdict import WORST_FIRST, Verdict
from harness.report.plain_text import many_lines, one_line

#: the name that the plugin reads as well
VERDICT = "verdict"

_UNITS = {"threshold_low": "", "threshold_high": "", "pending_s": " s documented", "hold_above_s": " s documented"}


def evidence_properties(
    judgements: Iterable[Judgement], facts: ScenarioFacts | None = None, *, reproduce: str = ""
) -> list[tuple[str, str]]:
    """The properties of one scenario.

    Args:
        judgements: everything it judged; with nothing judged there is no verdict.
        facts: how it ran, where that is known.
        reproduce: the command that runs it again.
    """
    judged = tuple(judgements)
    found = [*_scenario(judged, facts, reproduce)]
    for one in judged:
        of_one = _alert(one) if one.recorded is None else _recording(one, one.recorded)
        found += [(f"{one.name}.{name}", value) for name, value in of_one]
    return [(one_line(name), many_lines(value)) for name, value in _unique(found)]


def _scenario(judged: tuple[Judgement, ...], facts: ScenarioFacts | None, reproduce: str) -> Iterator[tuple[str, str]]:
    verdicts = {one.verdict for one in judged}
    # as the session counts it: what was skipped beside something verified takes nothing from it
    order = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.VERIFIED, Verdict.SKIPPED)
    if judged:
        yield VERDICT, next(verdict.value for verdict in order if verdict in verdicts)
        yield "about", ", ".join(dict.fromkeys(one.name for one in judged))
    if facts is not None:
        yield "speed", f"{facts.speed:g}"
        yield "seconds", f"{facts.seconds:.3f}"
        if facts.row:
            yield "matrix.row", facts.row
        fired = fired_in(judged)
        for alert, expected in facts.expectations.items():
            yield f"matrix.{alert}", f"{expected}: {_happened(fired, alert)}"
        if facts.gave_up:
            yield "gave_up", "\n".join(facts.gave_up)
        if facts.recording:
            yield "recording", facts.recording
    if reproduce:
        yield "reproduce", reproduce


def _happened(fired: Mapping[str, bool | None], alert: str) -> str:
    return {True: "fired", False: "silent", None: "not known"}[fired.get(alert)]


def _alert(one: Judgement) -> Iterator[tuple[str, str]]:
    yield VERDICT, one.verdict.value
    if one.promise:
        yield "promise", one.promise
    for finding in sorted(one.findings, key=lambda each: WORST_FIRST.index(each.outcome)):
        yield f"{finding.clause}.verdict", finding.outcome.value
        yield f"{finding.clause}.expected", finding.expected
        yield f"{finding.clause}.actual", finding.actual
    yield from _figures(one.observed)
    if one.inject_s is not None:
        for number, timeline in enumerate(one.timelines, start=1):
            yield f"timeline.{number}", _instants(timeline, one.inject_s)
    for number, excuse in enumerate(one.excuses, start=1):
        yield f"excuse.{number}", excuse
    if one.last_witness:
        yield "last_witness", one.last_witness
    if one.cause:
        yield "cause", one.cause


def _recording(one: Judgement, figures: RecordedFigures) -> Iterator[tuple[str, str]]:
    yield VERDICT, one.verdict.value
    named = {"expected": figures.expected, "recorded": figures.observed, "difference": figures.difference_ratio}
    for name, value in named.items():
        if value is not None:
            yield name, f"{value:.6g}"
    yield "accepted_difference", f"{figures.tolerance_ratio:g}"
    yield "instants", str(figures.instants)
    yield "cause", one.cause


def _figures(observed: Observed) -> Iterator[tuple[str, str]]:
    """Those that there are; seconds are the clock's unless it says `documented`, thresholds have the promise's unit."""
    for name, value in asdict(observed).items():
        if value is not None:
            yield f"observed.{name}", f"{value:.6g}{_UNITS.get(name, ' s')}"


def _instants(timeline: Timeline, inject_s: float) -> str:
    """`{name="secret"}: -4.83 s inactive, +0.17 s pending`."""
    changes = ", ".join(f"{change.at_s - inject_s:+.2f} s {change.state}" for change in timeline.changes)
    return f"{timeline.label_set}: {changes}"


def _unique(properties: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The first of each name keeps it, the next ones get a number."""
    seen: dict[str, int] = {}
    for name, value in properties:
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name}.{seen[name]}"), value
