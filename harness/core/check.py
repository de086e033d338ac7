"""What can be said about a bundle without a cluster: one finding for each thing that was looked at."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.core.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFinding:
    """One thing that the documentation says, beside what the bundle says or does."""

    #: what was looked at: `threshold`, `for`, `route`
    check: str
    #: whose it is: the name of an alert, of a recorded series, of an object
    about: str
    #: SKIPPED: it does not apply, and `cause` says why
    verdict: Verdict
    #: what the documentation says
    expected: str
    #: what was found
    actual: str
    #: why they differ, or why it cannot be told; empty where they agree
    cause: str = ""
    #: where to look, and the line there, counted from 1; empty and None where no file is to blame
    file: str = ""
    line: int | None = None
    #: a command that shows it; empty where there is nothing to show
    command: str = ""
    #: all that was seen of it, line by line, where that is more than `actual` says
    details: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The file with its line."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


def overall(found: Iterable[CheckFinding]) -> Verdict:
    """The verdict of all: what is wrong before what cannot be told. Nothing looked at proves nothing."""
    verdicts = {one.verdict for one in found} - {Verdict.SKIPPED}
    for verdict in (Verdict.VIOLATED, Verdict.UNKNOWN):
        if verdict in verdicts:
            return verdict
    return Verdict.VERIFIED if verdicts else Verdict.UNKNOWN
