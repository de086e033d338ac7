"""The subject's rules, read from their file, with Prometheus's own word on them where promtool is at hand.

On a machine that has no promtool yet it is brought with the other programs, and Prometheus's reload is the judge.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.core.rules.file import RuleFileError, parse_rules
from harness.core.rules.model import RecordingRule, RuleFile, RuleGroup
from harness.core.rules.reader import Mistake
from harness.subject_reader import read_text
from harness.toolchain import ResolvedTool, Toolchain, ToolName
from harness.toolchain.promtool_rules import Complaint, complaints

_FIX = "correct the rule; `promtool check rules` says the same"


#: what Prometheus says against some rules; nothing where it takes them
Complain = Callable[[Iterable[RuleGroup]], Sequence[Complaint]]


def read_rules(path: Path) -> RuleFile:
    """The rules of a file that Prometheus would load.

    Raises:
        RuleFileError: it would not, or they cannot be read here; with the line of each.
        MisuseError: a promtool that was set by hand cannot be used.
    """
    tool = Toolchain().find(ToolName.PROMTOOL)
    return read_judged(path, partial(complaints, promtool=tool.path) if isinstance(tool, ResolvedTool) else None)


def read_judged(path: Path, complain: Complain | None) -> RuleFile:
    """The rules of a file that nobody complains about.

    Args:
        path: of the file.
        complain: Prometheus's own word; None where there is nobody to ask.

    Raises:
        RuleFileError: it would not be loaded, or cannot be read here; with the line of each mistake.
    """
    try:
        file = parse_rules(read_text(path, "the rules"), str(path))
    except RuleFileError as error:
        if complain is None or not any(mistake.expr for mistake in error.mistakes):
            raise
        raise RuleFileError(str(path), tuple(_judged(one, complain) for one in error.mistakes)) from error
    if complain is not None and (mistakes := tuple(_mistakes(file, complain))):
        raise RuleFileError(str(path), mistakes)
    return file


def _judged(mistake: Mistake, complain: Complain) -> Mistake:
    """The same, with what Prometheus says about an expression that was refused here."""
    if not mistake.expr:
        return mistake
    alone = RuleGroup(name="asked", rules=(RecordingRule(record="asked", expr=mistake.expr),))
    said = complain([alone])
    if said:
        return replace(mistake, what=f"{mistake.what} (Prometheus: {said[0].words})")
    return replace(
        mistake,
        what=f"{mistake.what}; Prometheus takes it, but this harness cannot divide its durations",
        fix="write it in another way; this harness reads PromQL like Prometheus, so please report it",
    )


def _mistakes(file: RuleFile, complain: Complain) -> Iterator[Mistake]:
    groups = {group.name: group for group in file.groups}
    for said in complain(file.groups):
        group = groups.get(said.group)
        rule = group.rules[said.number - 1] if group is not None and 0 < said.number <= len(group.rules) else None
        kind = "record" if isinstance(rule, RecordingRule) else "alert"
        yield Mistake(
            line=None if rule is None else rule.line,
            where="the text" if rule is None else f"{kind} {rule.name}",
            what=f"is refused by Prometheus: {said.words}",
            fix=_FIX,
        )
