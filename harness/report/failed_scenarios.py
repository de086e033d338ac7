"""What failed, scenario by scenario, for the summary of a run: promise, expected and actual, cause, and what to run."""

from collections.abc import Iterable, Iterator

from harness.core.judge import Clause, Expectation, Finding
from harness.core.judge.cause import difference_of
from harness.core.verdict import WORST_FIRST, Verdict
from harness.report.explain import finding_lines, labelled, ran_lines
from harness.report.figures import documented
from harness.report.markdown import Markdown, fenced, folded, said
from harness.report.plain_text import claim_of, one_line
from harness.report.reproduce import Ran
from harness.report.scenario_table import by_scenario
from harness.report.schema import FindingResult, Results, ScenarioResult

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
        yield from labelled("promise:", _promise(results, first.about))
        findings = sorted(map(_judged, first.findings), key=lambda each: WORST_FIRST.index(each.outcome))
        for finding in findings:
            if finding.outcome in FAILED:
                yield from finding_lines(finding)
        if first.cause not in map(difference_of, findings):
            yield from labelled("cause:", first.cause)
        yield from labelled("witness:", first.last_witness and f"last at {first.last_witness}")
        if others:
            yield one_line(f"  the same of: {', '.join(one.about for one in others)}")


def _judged(one: FindingResult) -> Finding:
    return Finding(clause=Clause(one.clause), outcome=one.verdict, expected=one.expected, actual=one.actual)


def _promise(results: Results, about: str) -> str:
    if about not in results.alerts:
        return ""
    what = results.alerts[about].documented
    return what.promise or f"{what.condition} for {documented(what.for_s)}, severity {what.severity}"


def _ran(one: ScenarioResult) -> Iterator[str]:
    if one.speed is None or one.seconds is None:  # nothing is known of a scenario that was lost
        return
    yield from ran_lines(one.gave_up, one.row, one.speed, one.seconds, one.recording)


def _command(results: Results, one: ScenarioResult, ran: Ran) -> str:
    """By the alert that the scenario makes page, else by its node id."""
    cells = [line.cells.get(one.about) for line in results.matrix if line.nodeid == one.nodeid]
    pages = any(cell is not None and cell.expected is Expectation.MUST for cell in cells)
    return ran.again(one.nodeid, alert=one.about if pages else "", speed=one.speed)
