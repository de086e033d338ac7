"""Annotations: what is not as promised, shown by GitHub at the rule's line in the change that is looked at.

They are lines on the standard output of a step, which GitHub takes out of its log:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message.
It shows ten errors and ten warnings of a step: one for each alert or rule, the violations first.
"""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from harness.core.verdict import WORST_FIRST, Verdict
from harness.report.plain_text import one_line
from harness.report.schema import Results, ScenarioResult

#: how each verdict is shown; the others are not
_LEVELS = {Verdict.VIOLATED: "error", Verdict.UNKNOWN: "warning"}


def annotations(results: Results, environment: Mapping[str, str]) -> tuple[str, ...]:
    """A line for each alert and rule that is not VERIFIED; none outside of GitHub's runners.

    Args:
        results: of the run.
        environment: of this process.
    """
    if environment.get("GITHUB_ACTIONS") != "true":
        return ()
    written = {one.about: one.where for one in results.beforehand if one.where}
    found: dict[str, tuple[Verdict, str]] = {}
    for about, verdict, text in _told(results):
        if verdict in _LEVELS and (about not in found or _rank(verdict) < _rank(found[about][0])):
            found[about] = (verdict, text)
    lines = sorted(found.items(), key=lambda one: _rank(one[1][0]))
    root = environment.get("GITHUB_WORKSPACE", "")
    return tuple(
        f"::{_LEVELS[verdict]} {_place(written.get(about, ''), root)}title={_property(f'{about}: {verdict}')}"
        f"::{_data(text)}"
        for about, (verdict, text) in lines
    )


def _told(results: Results) -> Iterator[tuple[str, Verdict, str]]:
    """What was found about each, the root cause first: of two of one verdict the first is shown."""
    for early in results.beforehand:
        yield early.about, early.verdict, early.cause
    for one in results.scenarios:
        yield one.about, one.verdict, _said(one)
    for name, quiet in results.invariants.items():
        yield name, quiet.verdict, f"outside of the faults: {quiet.why}"


def _said(one: ScenarioResult) -> str:
    broken = [
        f"{each.clause}: {each.actual}, expected {each.expected}"
        for each in one.findings
        if each.verdict is one.verdict
    ]
    return one.cause or "; ".join(broken) or "see the summary of the run"


def _rank(verdict: Verdict) -> int:
    return WORST_FIRST.index(verdict)


def _place(where: str, root: str) -> str:
    """`file=..,line=..,` of `file:line`, from the root of the repository; empty for what is outside of it."""
    name, _, line = where.rpartition(":")
    path = PurePath(name)
    if root and path.is_relative_to(root):
        path = path.relative_to(root)
    if not name or not line.isdecimal() or path.is_absolute() or ".." in path.parts:
        return ""
    return f"file={_property(str(path))},line={line},"


def _data(text: str) -> str:
    return one_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
