"""The four verdicts, which have no truth value; and several of them in one word: of a promise, of a run."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal, NoReturn


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


#: the order in which they are told, and in which they count
WORST_FIRST = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED, Verdict.VERIFIED)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The summary of several scenarios about one promise; SKIPPED if there are none. See `harness.report.schema`."""
    seen = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in seen), Verdict.SKIPPED)


def exit_code(verdicts: Iterable[Verdict]) -> Literal[0, 1, 3]:
    """0 verified, 1 any violated, 3 any unknown; violated wins. A run that verified nothing is 3, not 0."""
    seen = set(verdicts)
    if Verdict.VIOLATED in seen:
        return 1
    return 3 if Verdict.UNKNOWN in seen or Verdict.VERIFIED not in seen else 0
