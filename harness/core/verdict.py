"""The four verdicts. They are never merged and have no truth value."""

from enum import StrEnum
from typing import NoReturn


class Verdict(StrEnum):
    """What one run says about one promise.

    `bool()` of a verdict raises: UNKNOWN is neither true nor false, and code that asks is code that guesses.
    """

    #: every part of the promise was seen to hold, with evidence
    VERIFIED = "VERIFIED"
    #: the fault took effect (a witness says so) and the alert did something else than promised
    VIOLATED = "VIOLATED"
    #: no statement is possible: witness missing, Prometheus gone, machine stalled
    UNKNOWN = "UNKNOWN"
    #: not tried, for the reason given beside it
    SKIPPED = "SKIPPED"

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.name} has no truth value: compare with `is Verdict.…`")
