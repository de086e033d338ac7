"""What `harness check` found: what was looked at and how it stands, then each deviation with all that mends it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from harness.core.check import CheckFinding, overall
from harness.core.files.json_text import Json, json_text
from harness.core.verdict import WORST_FIRST, Verdict
from harness.report.markdown import Markdown, bold, coded, listed_lines, said, table
from harness.report.plain_text import cell, one_line
from harness.report.table import headers, print_pairs, print_table, verdict_cell

#: what is told by itself, in this order
_TOLD = (Verdict.VIOLATED, Verdict.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """All findings of one call."""

    #: name of the subject
    subject: str
    findings: tuple[CheckFinding, ...]
    #: that it took, of the clock
    seconds: float
    #: whether all is told that was seen of what is wrong
    detailed: bool = False

    @property
    def verdict(self) -> Verdict:
        """Of all of it."""
        return overall(self.findings)

    @property
    def sentence(self) -> str:
        """What it comes to, in a line."""
        counts = [(one, sum(each.verdict is one for each in self.findings)) for one in WORST_FIRST]
        told = ", ".join(f"{count} {one}" for one, count in counts if count)
        return f"{self.subject}: {self.verdict}; {told or 'nothing was looked at'}; {self.seconds:.1f} s"


def print_check(console: Console, result: CheckResult) -> None:
    """Writes it: a row for each question, then what is wrong, what cannot be told, and what was left open."""
    print_table(
        console,
        f"What {one_line(result.subject)} says and does",
        headers("looked at", "verdict", "verified", "violated", "unknown", "open"),
        (
            (cell(check), verdict_cell(overall(found)), *(cell(_count(found, one)) for one in _COLUMNS))
            for check, found in _by_check(result.findings)
        ),
        names=1,
        right=len(_COLUMNS),
    )
    for one in _worst_first(result.findings):
        console.print(Text.assemble(verdict_cell(one.verdict), " ", cell(f"{one.check} of {one.about}", "bold")))
        print_pairs(console, ((cell(name), cell(text)) for name, text in _details(one)), indent=2)
        for line in one.details if result.detailed else ():
            console.print(Text.assemble("    ", cell(line)))
    left = [one for one in result.findings if one.verdict is Verdict.SKIPPED]
    print_table(
        console,
        "Left open",
        headers("what", "why"),
        ((cell(f"{one.check} of {one.about}"), cell(one.cause or one.actual)) for one in left),
    )
    console.print(Text(result.sentence))


def check_json(result: CheckResult) -> str:
    """Everything, for programs."""
    found: list[Json] = [
        {
            "check": one.check,
            "about": one.about,
            "verdict": str(one.verdict),
            "expected": one.expected,
            "actual": one.actual,
            "cause": one.cause,
            "file": one.file,
            "line": one.line,
            "command": one.command,
            "details": list(one.details),
        }
        for one in result.findings
    ]
    whole: Json = {
        "schema_version": 1,
        "subject": result.subject,
        "verdict": str(result.verdict),
        "seconds": round(result.seconds, 3),
        "findings": found,
    }
    return f"{json_text(whole)}\n"


def check_markdown(result: CheckResult) -> str:
    """For a pull request: what it comes to, a table of what is wrong, and a list of what was left open."""
    columns = tuple(map(said, ("verdict", "what", "expected", "actual", "cause", "where", "see")))
    worst = _worst_first(result.findings)
    left = [one for one in result.findings if one.verdict is Verdict.SKIPPED]
    parts = [
        "## harness check",
        bold(said(result.sentence)),
        table(columns, map(_row, worst)),
        "Left open:" if left else "",
        listed_lines(said(f"{one.check} of {one.about}: {one.cause or one.actual}") for one in left),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


_COLUMNS = (Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED)


def _count(found: Sequence[CheckFinding], verdict: Verdict) -> str:
    count = sum(one.verdict is verdict for one in found)
    return str(count) if count else ""


def _by_check(found: Iterable[CheckFinding]) -> Iterator[tuple[str, tuple[CheckFinding, ...]]]:
    """The findings of each question, in the order in which the questions came."""
    kept = tuple(found)
    for check in dict.fromkeys(one.check for one in kept):
        yield check, tuple(one for one in kept if one.check == check)


def _worst_first(found: Iterable[CheckFinding]) -> tuple[CheckFinding, ...]:
    kept = tuple(found)
    return tuple(one for verdict in _TOLD for one in kept if one.verdict is verdict)


def _details(one: CheckFinding) -> Iterator[tuple[str, str]]:
    yield "expected", one.expected
    yield "actual", one.actual
    for name, text in (("cause", one.cause), ("where", one.place), ("see", one.command)):
        if text:
            yield name, text


def _row(one: CheckFinding) -> tuple[Markdown, ...]:
    what = said(f"{one.check} of {one.about}")
    told = (said(text) for text in (one.expected, one.actual, one.cause))
    copied = (coded(text) if text else said("-") for text in (one.place, one.command))
    return (bold(said(one.verdict)), what, *told, *copied)
