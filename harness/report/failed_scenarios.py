"""What failed, scenario by scenario, for the summary of a run: promise, expected and actual, cause, and what to run."""

from collections.abc import Iterable, Iterator

from harness.core.judge import Expectation
from harness.core.verdict import Verdict
from harness.report.figures import documented
from harness.report.markdown import Markdown, fenced, folded, said
from harness.report.plain_text import claim_of, many_lines, one_line, sentence
from harness.report.reproduce import Ran
from harness.report.scenario_table import by_scenario
from harness.report.schema import FindingResult, Results, ScenarioResult
from harness.report.verdicts import WORST_FIRST

FAILED = (Verdict.VIOLATED, Verdict.UNKNOWN)


def failures(results: Results) -> list[tuple[str, list[ScenarioResult]]]:
    """The scenarios in which something failed, worst first, each with what did; what was not tried has not failed."""
    found = [
        (nodeid, [one for one in judged if one.verdict in FAILED and not one.because_of])
        for nodeid, judged in by_scenario(results).items()
    ]
    return sorted(
        ((nodeid, _worst_first(failed)) for nodeid, failed in found if failed),
        key=lambda one: WORST_FIRST.index(one[1][0].verdict),
    )


def _worst_first(judged: Iterable[ScenarioResult]) -> list[ScenarioResult]:
    return sorted(judged, key=lambda one: WORST_FIRST.index(one.verdict))


def failure(results: Results, nodeid: str, judged: list[ScenarioResult], ran: Ran) -> str:
    """One scenario: what it says in a line, then all of it, then what to run.

    Args:
        results: of the whole run.
        nodeid: the scenario's.
        judged: what failed in it, worst first; at least one.
        ran: how the run was asked for.
    """
    first = judged[0]
    cause = first.cause.partition("\n")[0]
    summary = said(f"{claim_of(nodeid)}: {first.about}" + (f": {cause}" if cause else ""))
    body = "\n".join([*_explained(results, judged), *_ran(first)])
    command = fenced(one_line(_command(results, first, ran)), "sh")
    return folded(Markdown(f"<b>{first.verdict}</b> {summary}"), f"{fenced(body)}\n\nReproduce with:\n\n{command}")


def _explained(results: Results, judged: Iterable[ScenarioResult]) -> Iterator[str]:
    """Each thing judged; those with the findings and the cause of one before are only named."""
    alike: dict[object, list[ScenarioResult]] = {}
    for one in judged:
        alike.setdefault((one.verdict, one.findings, one.cause), []).append(one)
    for first, *others in alike.values():
        yield one_line(f"{first.about}: {first.verdict}")
        yield from _labelled("promise:", _promise(results, first.about))
        for finding in sorted(first.findings, key=lambda each: WORST_FIRST.index(each.verdict)):
            if finding.verdict in FAILED:
                yield f"  {finding.clause}: {finding.verdict}"
                yield one_line(f"    expected: {sentence(finding.expected)}")
                yield one_line(f"    actual:   {sentence(finding.actual)}")
        if not any(first.cause == _said(finding) for finding in first.findings):
            yield from _labelled("cause:", first.cause)
        yield from _labelled("witness:", first.last_witness and f"last at {first.last_witness}")
        if others:
            yield one_line(f"  the same of: {', '.join(one.about for one in others)}")


def _said(finding: FindingResult) -> str:
    """What a cause says that adds nothing to a finding; see `harness.core.judge.cause.difference`."""
    if finding.verdict is not Verdict.VIOLATED:
        return f"{finding.clause}: {finding.actual}"
    return f"{finding.actual}; promised: {finding.expected}"


def _promise(results: Results, about: str) -> str:
    if about not in results.alerts:
        return ""
    what = results.alerts[about].documented
    return what.promise or f"{what.condition} for {documented(what.for_s)}, severity {what.severity}"


def _ran(one: ScenarioResult) -> Iterator[str]:
    for last in one.gave_up:
        yield from _labelled("missed:", last)
    if one.speed is not None and one.seconds is not None:
        row = f"row {one.row} of the fault x alert matrix, " if one.row else ""
        yield one_line(f"  ran:      {row}at speed {one.speed:g}, for {one.seconds:.1f} s")
    yield from _labelled("dossier:", one.dossier)


def _labelled(label: str, text: str) -> Iterator[str]:
    if text:
        first, *rest = many_lines(text).split("\n")
        yield f"  {label:<10}{first}"
        yield from (" " * 12 + line for line in rest)


def _command(results: Results, one: ScenarioResult, ran: Ran) -> str:
    """By the alert that the scenario makes page, else by its node id."""
    cells = [line.cells.get(one.about) for line in results.matrix if line.nodeid == one.nodeid]
    pages = any(cell is not None and cell.expected is Expectation.MUST for cell in cells)
    return ran.again(one.nodeid, alert=one.about if pages else "", speed=one.speed)
