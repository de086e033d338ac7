"""A judgement as text for a person: the promise, expected and actual aligned, the timeline, the cause, what to run."""

from collections.abc import Iterable

from harness.core.judge import Finding, Judgement
from harness.core.recorded import RecordingJudgement
from harness.core.timeline import Timeline
from harness.core.verdict import Verdict


def explain(judgement: Judgement, *, reproduce: str) -> str:
    """The text of one judgement, many lines, none ending in a newline.

    Args:
        judgement: findings that hold are only counted, and those not looked at only named.
        reproduce: the command that runs the scenario again.
    """
    shown = [each for each in judgement.findings if each.outcome in (Verdict.VIOLATED, Verdict.UNKNOWN)]
    left_out = [each for each in judgement.findings if each.outcome is Verdict.SKIPPED]
    lines = [f"{judgement.name}: {judgement.verdict}"]
    if judgement.promise:
        lines.append(f"  promise:  {judgement.promise}")
    for finding in sorted(shown, key=lambda each: _importance(each.outcome)):
        lines += _finding(finding)
    if left_out:
        lines.append(f"  {left_out[0].actual} ({', '.join(each.clause for each in left_out)})")
    held = len(judgement.findings) - len(shown) - len(left_out)
    if held:
        lines.append(f"  {held} of {len(judgement.findings)} clauses hold")
    if judgement.inject_s is not None:
        lines.append("  timeline, in seconds after the injection")
        for timeline in judgement.timelines:
            lines += _timeline(timeline, judgement.inject_s)
    if judgement.last_witness:
        lines.append(f"  witness:  last at {judgement.last_witness}")
    lines += [f"  excused:  {excuse}" for excuse in judgement.excuses]
    if judgement.cause:
        lines.append(f"  cause:    {judgement.cause}")
    lines.append(f"  Reproduce with: {reproduce}")
    return "\n".join(lines)


def explain_recording(judgement: RecordingJudgement, *, reproduce: str) -> str:
    """The text of one judgement of a recording rule."""
    lines = [f"{judgement.name}: {judgement.verdict}"]
    if judgement.expected is not None and judgement.observed is not None:
        lines.append(f"    expected: {judgement.expected:.6g} (from the controller's own pages)")
        lines.append(f"    actual:   {judgement.observed:.6g} (recorded)")
    lines.append(f"  cause:    {judgement.why}; accepted is {judgement.tolerance_ratio:.1%}")
    lines.append(f"  Reproduce with: {reproduce}")
    return "\n".join(lines)


def _importance(outcome: Verdict) -> int:
    return (Verdict.VIOLATED, Verdict.UNKNOWN).index(outcome)


def _finding(finding: Finding) -> Iterable[str]:
    yield f"  {finding.clause}: {finding.outcome}"
    yield f"    expected: {finding.expected}"
    yield f"    actual:   {finding.actual}"


def _timeline(timeline: Timeline, inject_s: float) -> Iterable[str]:
    inside = ", ".join(f'{name}="{value}"' for name, value in sorted(timeline.labels.items()) if name != "alertname")
    yield f"    {{{inside}}}"
    for change in timeline.changes:
        yield f"    {change.at_s - inject_s:+9.2f}  {change.state}"
