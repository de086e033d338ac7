"""Several verdicts as one: the summary of a promise, and the exit code of a run."""

from collections.abc import Iterable
from typing import Literal

from harness.core.verdict import Verdict

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
