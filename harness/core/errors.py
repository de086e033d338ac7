"""The errors of this project: each says what happened, why, and how to fix it.

*Misused*, *could not tell* and *wrong* are three things. The first two are the error families below; *wrong* is no
error at all but a verdict (`harness.core.verdict`).
"""

from typing import ClassVar


class HarnessError(Exception):
    """Base of every error this project raises on purpose.

    `str()` gives three aligned lines, ready to be shown to a person: what, why, fix.
    """

    #: what a command that ends with this error exits with
    exit_code: ClassVar[int] = 3

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix
        #: name -> what was said where it happened, for whoever looks into it
        self.logs: dict[str, str] = {}

    def __str__(self) -> str:
        return f"{self.what}\n  why: {self.why}\n  fix: {self.fix}"


class MisuseError(HarnessError):
    """Usage or input that cannot work: an option, a contract, a rule file. Nothing was started."""

    exit_code: ClassVar[int] = 2


class CouldNotTellError(HarnessError):
    """The place failed, not the subject: a process died, a port was taken, an answer never came. Verdict UNKNOWN."""

    exit_code: ClassVar[int] = 3


class NotHereError(CouldNotTellError):
    """This machine lacks what the question needs, and that is known before anybody asks. Verdict SKIPPED."""


class RetryableError(CouldNotTellError):
    """The same call may succeed when it is made again: a refused connection, a conflict, a throttled request."""


class ReportError(CouldNotTellError):
    """What a run came to cannot be written."""
