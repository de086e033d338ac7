"""A judgement as text for a person: the promise, expected and actual aligned, the timeline, the cause, what to run.

What the judge quotes was written by others (labels, annotations, error texts): see `harness.report.plain_text`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from harness.core.findings import ScenarioFacts
from harness.core.judge import Finding, Judgement
from harness.core.judge.cause import difference
from harness.core.judge.finding import RecordedFigures
from harness.core.timeline import Timeline
from harness.core.verdict import WORST_FIRST, Verdict
from harness.report.figures import documented, instant
from harness.report.plain_text import many_lines, one_line, sentence

#: where the text after `promise:` and its like begins
_MARGIN = 12


def explain_scenario(
    judgements: Sequence[Judgement],
    *,
    reproduce: str,
    facts: ScenarioFacts | None = None,
    recordings: Iterable[str] = (),
) -> str:
    """The text of everything one scenario judged, worst first.

    What has the verdict, the findings and the cause of one told before is only named, and so, last, is what is
    VERIFIED. Of the rest findings that hold are only counted, and those not looked at only named.

    Args:
        judgements: at least one.
        reproduce: the command that runs the scenario again.
        facts: how the scenario ran, where that is known.
        recordings: where all that was recorded is kept, where it is about whole stacks.
    """
    alike: dict[tuple[str, ...], list[Judgement]] = {}
    times = Counter[str]()
    open_ones = [one for one in judgements if one.verdict is not Verdict.VERIFIED]
    for one in sorted(open_ones, key=lambda one: WORST_FIRST.index(one.verdict)):
        times[one.name] += 1  # of one name are those about several stacks: each stack by itself
        alike.setdefault((str(times[one.name]), one.verdict, *_told(one)), []).append(one)
    lines: list[str] = []
    held = [one.name for one in judgements if one.verdict is Verdict.VERIFIED]
    for first, *others in alike.values():
        if first.because_of:
            lines += [one_line(f"{one.name}: not judged, because of {first.because_of}") for one in (first, *others)]
            continue
        lines += _alert(first, facts) if first.recorded is None else _recording(first, first.recorded)
        if others:
            lines.append(one_line(f"  the same of: {', '.join(one.name for one in others)}"))
    if held:
        lines.append(one_line(f"{'  also judged, ' if lines else ''}VERIFIED: {', '.join(held)}"))
    kept = (line for one in recordings for line in labelled("recording:", one))
    return "\n".join([*lines, *_scenario(facts), *kept, _reproduce(reproduce)])


def _alert(judgement: Judgement, facts: ScenarioFacts | None) -> Iterator[str]:
    yield one_line(f"{judgement.name}: {judgement.verdict}")
    yield from labelled("promise:", judgement.promise)
    yield from _findings(judgement)
    if judgement.inject_s is not None:
        yield from _timelines(judgement.timelines, judgement.inject_s, None if facts is None else facts.speed)
    yield from labelled("witness:", f"last at {judgement.last_witness}" if judgement.last_witness else "")
    yield from _because(judgement)


def _told(one: Judgement) -> Iterator[str]:
    """What is told of one besides its name, promise and timeline: equal where these are all that differs."""
    if one.recorded is None:
        yield from (*_findings(one), *_because(one))
    else:
        yield from [*_recording(one, one.recorded)][1:]


def _findings(judgement: Judgement) -> Iterator[str]:
    shown = [each for each in judgement.findings if each.outcome in (Verdict.VIOLATED, Verdict.UNKNOWN)]
    left_out = [each for each in judgement.findings if each.outcome is Verdict.SKIPPED]
    for finding in sorted(shown, key=lambda each: WORST_FIRST.index(each.outcome)):
        yield from finding_lines(finding)
    if left_out:
        yield one_line(f"  {left_out[0].actual} ({', '.join(each.clause for each in left_out)})")
    held = len(judgement.findings) - len(shown) - len(left_out)
    if held:
        yield f"  {held} of {len(judgement.findings)} clauses hold"


def _because(judgement: Judgement) -> Iterator[str]:
    for excuse in judgement.excuses:
        yield from labelled("excused:", excuse)
    wrong = "; ".join(one.actual for one in judgement.findings if one.outcome is Verdict.VIOLATED)
    if judgement.cause not in (difference(judgement.findings), wrong):  # which stands there already
        yield from labelled("cause:", judgement.cause)
    yield from labelled("written:", f"in {judgement.where}" if judgement.where else "")


def _recording(judgement: Judgement, figures: RecordedFigures) -> Iterator[str]:
    yield one_line(f"{judgement.name}: {judgement.verdict}")
    if figures.expected is not None and figures.observed is not None:
        yield f"    expected: {figures.expected:.6g} (from the controller's own pages)"
        yield f"    actual:   {figures.observed:.6g} (recorded)"
    yield from labelled("cause:", f"{judgement.cause}; accepted is {figures.tolerance_ratio:.1%}")


def _scenario(facts: ScenarioFacts | None) -> Iterator[str]:
    """What is true of all judgements of a scenario."""
    if facts is None:
        return
    yield from ran_lines(facts.gave_up, facts.row, facts.speed, facts.seconds, facts.recording)


def ran_lines(gave_up: Iterable[str], row: str, speed: float, seconds: float, recording: str) -> Iterator[str]:
    """How a scenario ran: what its waits missed, where it stands in the matrix, and where its evidence is."""
    for last in gave_up:
        yield from labelled("missed:", last)
    place = f"row {row} of the fault x alert matrix, " if row else ""
    yield from labelled("ran:", f"{place}at speed {speed:g}, for {seconds:.1f} s")
    yield from labelled("recording:", recording)


def _reproduce(command: str) -> str:
    return one_line(f"  Reproduce with: {command}")


def labelled(label: str, text: str) -> Iterator[str]:
    """A labelled text, its further lines under its first; nothing where there is no text."""
    if text:
        first, *rest = many_lines(text).split("\n")
        yield f"  {label:<{_MARGIN - 3}} {first}"
        yield from (" " * _MARGIN + line for line in rest)


def finding_lines(finding: Finding) -> Iterator[str]:
    """A clause with expected and actual under it."""
    yield f"  {finding.clause}: {finding.outcome}"
    yield one_line(f"    expected: {sentence(finding.expected)}")
    yield one_line(f"    actual:   {sentence(finding.actual)}")


def _timelines(timelines: Iterable[Timeline], inject_s: float, speed: float | None) -> Iterator[str]:
    """Every change of every label set; documented time only where it is another than the clock's."""
    scaled = speed is not None and speed != 1
    yield f"  timeline from the injection at {instant(inject_s)}: clock{', documented' if scaled else ''}"
    for timeline in timelines:
        yield one_line(f"    {timeline.label_set}")
        for change in timeline.changes:
            after_s = change.at_s - inject_s
            text = f"{'' if after_s < 0 else '+'}{documented(after_s * speed)}" if scaled and speed else ""
            yield f"    {after_s:+9.2f} s  {f'{text:>9}  ' if scaled else ''}{change.state}"
