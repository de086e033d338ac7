"""The summary of a run where CI shows one: Markdown, appended to the file that the environment names.

`GITHUB_STEP_SUMMARY` is GitHub's (and that of those who follow it), `KUBEMIRROR_HARNESS_SUMMARY` is for everybody else.
GitHub shows nothing at all of a file above 1 MiB: what does not fit is left out, section by section, and named.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import ReportError
from harness.core.findings import Kind
from harness.core.system_words import reason_of
from harness.core.verdict import Verdict, worst
from harness.report.failed_scenarios import FAILED, failure, failures
from harness.report.figures import listed
from harness.report.markdown import Markdown, bold, coded, fenced, folded, listed_lines, said, table
from harness.report.matrix_table import cell_of, merged, shared_prefix
from harness.report.plain_text import claim_of, many_lines, one_line
from harness.report.reproduce import Ran
from harness.report.scenario_table import by_scenario, compared_rules, not_tried
from harness.report.schema import AlertResult, BeforehandResult, MatrixCell, NamedResult, PartResult, Results
from harness.report.terminal import totals

#: of one step, all that it writes
LIMIT_BYTES = 1024 * 1024
SETTINGS = ("GITHUB_STEP_SUMMARY", "KUBEMIRROR_HARNESS_SUMMARY")

_NONE = Markdown("-")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A piece that is shown whole or not at all."""

    #: for the line that says what was left out
    name: str
    text: str


def write_job_summary(
    results: Results,
    *,
    ran: Ran | None = None,
    exit_code: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Appends the summary to each file that the environment names; does nothing where it names none.

    Args:
        results: of the run.
        ran: how it was asked for; None where that is told by the results alone.
        exit_code: of the process, where that is not the results' alone.
        environment: None for this process's.

    Raises:
        ReportError: a file cannot be written, or is too full already for GitHub to show any more.
    """
    append_summary(
        lambda room: job_summary(results, ran=ran, exit_code=exit_code, limit_bytes=room), environment=environment
    )


def append_summary(text_of: Callable[[int], str], *, environment: Mapping[str, str] | None = None) -> None:
    """Appends a text to each file that the environment names; does nothing where it names none.

    Args:
        text_of: the Markdown, given how many bytes GitHub still shows of it.
        environment: None for this process's.

    Raises:
        ReportError: as `write_job_summary`.
    """
    env = os.environ if environment is None else environment
    for path in dict.fromkeys(Path(env[name]) for name in SETTINGS if env.get(name)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                # what is there need not end its line, and a table needs an empty one before it
                gap = b"\n\n" if file.tell() else b""
                room = LIMIT_BYTES - file.tell() - len(gap)
                text = text_of(room).encode()
                if len(text) > room:
                    raise ReportError(
                        f"the job summary has no room in {path}",
                        why=f"of a step GitHub shows {LIMIT_BYTES} bytes, and nothing if there are more",
                        fix="run the harness in a step of its own",
                    )
                file.write(gap + text)
        except OSError as error:
            raise ReportError(
                f"the job summary cannot be written to {path}",
                why=reason_of(error),
                fix=f"let {' and '.join(SETTINGS)} name files that can be written, or unset them",
            ) from error


def job_summary(
    results: Results, *, ran: Ran | None = None, exit_code: int | None = None, limit_bytes: int = LIMIT_BYTES
) -> str:
    """The summary as Markdown, what matters most first.

    Args:
        results: of the run.
        ran: how it was asked for, for the commands; None where that is told by the results alone.
        exit_code: of the process, where that is not the results' alone.
        limit_bytes: how much may be shown; the headline is never left out.
    """
    head = f"## {_scope(results)} proved live: {_headline(results)}\n\n{listed_lines(_totals(results, exit_code))}\n"
    asked = ran or Ran(speed=results.speed, stack=results.stack)
    return _fitted(head, [one for one in _sections(results, asked) if one.text], limit_bytes)


def _fitted(head: str, sections: list[_Section], limit_bytes: int) -> str:
    """The sections that fit, in their order, and a line that names the others; a later, shorter one may still fit."""
    pieces = [f"\n{one.text}\n" for one in sections]
    sizes = [len(piece.encode()) for piece in pieces]
    used = len(head.encode())
    # only where something has to go is room kept for the line; it is longest if all go
    whole = used + sum(sizes) <= limit_bytes
    room = limit_bytes if whole else limit_bytes - len(_left_out([one.name for one in sections]).encode())
    shown, left_out = [head], list[str]()
    for one, piece, size in zip(sections, pieces, sizes, strict=True):
        if used + size <= room:
            shown.append(piece)
            used += size
        else:
            left_out.append(one.name)
    return "".join([*shown, _left_out(left_out) if left_out else ""])


def _left_out(names: list[str]) -> str:
    """`Left out, to keep within what CI shows: 12 x a failure and the scenarios.`."""
    kinds = [f"{names.count(name)} x {name}" if names.count(name) > 1 else name for name in dict.fromkeys(names)]
    return f"\nLeft out, to keep within what CI shows: {listed(kinds)}. All of it is in results.json.\n"


def _sections(results: Results, ran: Ran) -> Iterator[_Section]:
    yield _Section(name="what was found before any scenario", text=_beforehand(results))
    yield _Section(name="the alerts", text=_alerts(results))
    for number, (nodeid, judged) in enumerate(failures(results)):
        text = failure(results, nodeid, judged, ran)
        yield _Section(name="a failure", text=text if number else _titled("What failed", text))
    yield _Section(name="the run as a whole", text=_whole_run(results, ran))
    lines = (Markdown(f"{bold(said(verdict))} {said(text)}") for verdict, text in not_tried(results))
    yield _Section(name="what was not tried", text=_titled("Not tried", listed_lines(lines)))
    yield _Section(name="the recording rules", text=_recording_rules(results))
    yield _Section(name="the fault x alert matrix", text=_matrix(results))
    yield _Section(name="what was not proved", text=_titled("Not proved", listed_lines(_not_proved(results))))
    yield _Section(name="the scenarios", text=_scenarios(results))


def _scope(results: Results) -> str:
    """How much was looked at: of a part of the alerts nothing is said about the others."""
    looked_at, documented = len(_touched(results)), len(results.alerts)
    if looked_at == documented:
        return "Alerts"
    return f"{looked_at or 'None'} of {documented} alerts"


def _headline(results: Results) -> Markdown:
    match results.exit_code:
        case 0:
            wide = any(one.width for one in results.alerts.values() if one.scenarios)
            within = ", each threshold within the width that is told below" if wide else ""
            return Markdown(f"{bold(said(Verdict.VERIFIED))}{within}")
        case 3:
            return bold(said(Verdict.UNKNOWN))
    told = [one.verdict for one in results.scenarios]
    told += [one.verdict for one in results.beforehand]
    told += [one.verdict for one in results.alerts.values()] + [one.verdict for one in results.objects.values()]
    if Verdict.VIOLATED in told:
        return bold(said(Verdict.VIOLATED))
    return Markdown(f"{bold(Markdown('FAILED'))}, by a test that proves no promise")


def _beforehand(results: Results) -> str:
    """What belongs to no scenario and is not right: the root cause of what follows, if anything is."""
    found = [one for one in results.beforehand if one.verdict in FAILED and not one.because_of]
    lines = (
        _told(one.verdict, f"{one.about}: {_first_line(one.cause)}" + (f" ({one.where})" if one.where else ""))
        for one in found
    )
    untested = {one.nodeid for one in results.scenarios if one.because_of}
    details = [text for one in found if one.kind == Kind.PREFLIGHT for text in _details(one)]
    if untested:
        details.append(f"{len(untested)} of {len(by_scenario(results))} scenarios were not tested because of that.")
    return _titled("Before any scenario", "\n\n".join([listed_lines(lines), *details]) if found else "")


def _details(one: BeforehandResult) -> Iterator[str]:
    """Expected, actual and what the cause quotes, of one link between the controller and the receiver."""
    lines = []
    for finding in one.findings:
        if finding.verdict in FAILED:
            lines.append(one_line(f"expected: {finding.expected}"))
            lines.append(one_line(f"actual:   {finding.actual}"))
    lines += many_lines(one.cause).split("\n")[1:]
    if lines:
        yield fenced("\n".join(lines))


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _totals(results: Results, exit_code: int | None) -> Iterator[Markdown]:
    for what, text in totals(results, exit_code):
        yield Markdown(f"{what}: {said(text)}")


def _alerts(results: Results) -> str:
    """Documented above observed; of an alert that no scenario was about is told what was not tried."""
    columns = [Markdown(name) for name in ("alert", "verdict", "threshold", "for", "routing", "resolve", "speed")]
    rows = []
    for name, one in _touched(results).items():
        parts = {part.part: part for part in one.parts}
        threshold, held, routing, resolve = (parts.get(part) for part in ("threshold", "for", "routing", "resolve"))
        speeds = {each.speed for each in results.scenarios if each.about == name and each.speed is not None}
        rows.append(
            (
                coded(name),
                _verdict(one.verdict),
                _beside(threshold),
                _beside(held),
                _observed(routing),
                _observed(resolve),
                said(listed([f"{speed:g}" for speed in sorted(speeds)])) if speeds else _NONE,
            )
        )
    return _titled("Alerts", table(columns, rows))


def _touched(results: Results) -> dict[str, AlertResult]:
    """The alerts that some scenario was about."""
    return {name: one for name, one in results.alerts.items() if one.scenarios}


def _beside(part: PartResult | None) -> Markdown:
    return _NONE if part is None else Markdown(f"{said(part.documented)}<br>{_observed(part)}")


def _observed(part: PartResult | None) -> Markdown:
    if part is None:
        return _NONE
    if part.verdict is Verdict.SKIPPED:
        return Markdown("not looked at")
    return said(part.observed) if part.verdict is Verdict.VERIFIED else _told(part.verdict, part.observed)


def _whole_run(results: Results, ran: Ran) -> str:
    """What failed that no failed scenario tells: silence outside of the faults, what must be loaded, the routes."""
    told = {one.about for _, judged in failures(results) for one in judged}
    quiet = {f"{name} outside of the faults": one for name, one in results.invariants.items()}
    named: dict[str, NamedResult] = {name: one for name, one in results.metrics.items() if name not in told}
    told |= {one.about for one in results.beforehand}
    named |= {name: one for name, one in results.objects.items() if name not in told}
    lines = [_told(one.verdict, f"{name}: {one.why}") for name, one in quiet.items() if one.verdict in FAILED]
    lines += [_told(one.verdict, f"{name}: {one.why}") for name, one in named.items() if one.verdict in FAILED]
    if not lines:
        return ""
    command = one_line(ran.again())
    return _titled("The run as a whole", f"{listed_lines(lines)}\n\nReproduce with:\n\n{fenced(command, 'sh')}")


def _recording_rules(results: Results) -> str:
    columns = [Markdown(name) for name in ("rule", "verdict", "expected", "recorded", "differs", "accepted", "why")]
    rows = (
        (
            coded(name),
            _verdict(rule.verdict),
            _number(rule.expected),
            _number(rule.observed),
            _NONE if rule.difference_ratio is None else Markdown(f"{rule.difference_ratio:.1%}"),
            Markdown(f"{rule.tolerance_ratio:.1%}"),
            said(rule.why),
        )
        for name, rule in compared_rules(results).items()
    )
    return _titled("Recording rules", table(columns, rows))


def _number(value: float | None) -> Markdown:
    return _NONE if value is None else Markdown(f"{value:.4g}")


def _matrix(results: Results) -> str:
    """Fault x alert, a breach in bold."""
    alerts = [name for name in results.alerts if any(name in line.cells for line in results.matrix)]
    if not alerts:
        return ""
    prefix = shared_prefix(alerts)
    columns = [Markdown("fault"), *(coded(name.removeprefix(prefix)) for name in alerts)]
    rows = ([said(row), *(_cell(cells.get(name)) for name in alerts)] for row, cells in merged(results.matrix))
    named = f"Alerts are named without their {coded(prefix)}. " if prefix else ""
    key = f"{named}Bold: a breach; `?`: cannot be told, see the scenario's verdict."
    return _titled("Fault x alert matrix", f"{key}\n\n{table(columns, rows)}")


def _cell(one: MatrixCell | None) -> Markdown:
    text = said(cell_of(one).plain)
    return bold(text) if one is not None and one.breach else text


def _not_proved(results: Results) -> Iterator[Markdown]:
    """What this run says nothing about, alerts of the same parts and reason together."""
    touched = _touched(results)
    gaps: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name, one in touched.items():
        failed = {f"{part.part}: {part.observed}" for part in one.parts if part.verdict in FAILED}
        reasons: dict[str, list[str]] = {}
        for text in one.not_proved:
            if text not in failed:
                about, _, why = text.partition(": ")
                reasons.setdefault(why, []).append(about)
        for why, about_all in reasons.items():
            gaps.setdefault((why, tuple(about_all)), []).append(name)
    for (why, parts), names in gaps.items():
        whose = f"all {len(names)} alerts" if len(names) == len(touched) > 1 else listed(names)
        yield Markdown(f"Of {said(whose)}: {said(listed([*parts]))}: {said(why)}")


def _scenarios(results: Results) -> str:
    columns = [Markdown(name) for name in ("verdict", "seconds", "speed", "fault", "scenario")]
    tried = {nodeid: judged for nodeid, judged in by_scenario(results).items() if not judged[0].because_of}
    rows = [
        (
            _verdict(worst(one.verdict for one in judged)),
            _NONE if judged[0].seconds is None else Markdown(f"{judged[0].seconds:.1f}"),
            _NONE if judged[0].speed is None else Markdown(f"{judged[0].speed:g}"),
            said(judged[0].row) if judged[0].row else _NONE,
            said(claim_of(nodeid)),
        )
        for nodeid, judged in tried.items()
    ]
    return folded(Markdown("Scenarios, with their seconds"), table(columns, rows)) if rows else ""


def _verdict(verdict: Verdict) -> Markdown:
    return said(verdict) if verdict is Verdict.VERIFIED else bold(said(verdict))


def _told(verdict: Verdict, text: str) -> Markdown:
    return Markdown(f"{bold(said(verdict))}: {said(text)}")


def _titled(title: str, text: str) -> str:
    return f"### {title}\n\n{text}" if text else ""
