"""The window that a rule as it is written counts over, beside the documented one."""

from collections.abc import Iterator, Mapping

from harness.core.duration import PromDuration
from harness.core.judge.finding import Clause, Finding, unread, verified, violated
from harness.core.promql import Expression, Use
from harness.core.promql.tree import VectorSelector
from harness.core.rules.model import RecordingRule


def judge_window(asked: PromDuration, expression: Expression | None, recording: Mapping[str, RecordingRule]) -> Finding:
    """Every range of the expression, and of what is recorded for it, is the documented window."""
    expected = f"over {asked}"
    if expression is None:
        return unread(Clause.WINDOW, expected, "the expression cannot be taken apart")
    stretches = [one for each in behind(expression, recording) for one in each.stretches()]
    if any(one.use is not Use.WINDOW for one in stretches):
        return unread(Clause.WINDOW, expected, "the expression has a subquery or an offset")
    found = list(dict.fromkeys(one.length for one in stretches))
    if not found:
        return unread(Clause.WINDOW, expected, "the expression has no range, and what it reads is recorded elsewhere")
    elsewhere = list(dict.fromkeys(_elsewhere(expression, recording)))
    if elsewhere:
        return unread(Clause.WINDOW, expected, f"it reads {', '.join(elsewhere)}, recorded elsewhere")
    return _beside(asked, found, expected)


def _beside(asked: PromDuration, found: list[PromDuration], expected: str) -> Finding:
    shown = " and ".join(f"[{one}]" for one in found)
    if found == [asked]:
        return verified(Clause.WINDOW, expected, shown)
    if asked in found:
        return unread(Clause.WINDOW, expected, f"it counts over {shown}")
    return violated(Clause.WINDOW, expected, f"the rule counts over {shown}, the contract over {asked}")


def behind(expression: Expression, recording: Mapping[str, RecordingRule]) -> Iterator[Expression]:
    """An expression, and those of the series that it reads."""
    yield expression
    for node in expression.nodes():
        rule = recording.get(node.name) if isinstance(node, VectorSelector) else None
        if rule is not None:
            others = {name: one for name, one in recording.items() if name != rule.record}
            yield from behind(rule.expression, others)


def _elsewhere(expression: Expression, recording: Mapping[str, RecordingRule]) -> Iterator[str]:
    """The series that are recorded by nothing here: their windows are those of another file."""
    for each in behind(expression, recording):
        for node in each.nodes():
            if isinstance(node, VectorSelector) and ":" in node.name and node.name not in recording:
                yield node.name
