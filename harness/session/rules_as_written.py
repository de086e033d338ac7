"""What is judged before any scenario: the rules as they are written. Said at once, by the process with the terminal."""

from collections.abc import Iterator
from pathlib import Path

from harness.core.events import Found
from harness.core.judge import Judgement
from harness.core.judge.written import judge_written
from harness.core.rules.model import RuleFile
from harness.core.verdict import Verdict
from harness.report.live.narration import found_lines
from harness.session.options import Options


def written(options: Options) -> tuple[Judgement, ...]:
    """Each documented rule as it is written, beside the contract."""
    rules = Path(options.subject.files.rules)
    here = Path.cwd()
    source = rules.relative_to(here) if rules.is_relative_to(here) else rules
    return judge_written(options.contract, RuleFile(source=str(source), groups=options.groups))


def differences(options: Options) -> Iterator[str]:
    """A line for each rule that is not as promised."""
    for one in written(options):
        if one.verdict is Verdict.VIOLATED:
            found = Found(about=one.name, verdict=one.verdict, text=f"{one.cause} ({one.where})")
            yield from (line.plain for line in found_lines(found))
