"""The verdict of all that was looked at."""

import pytest

from harness.core.check import CheckFinding, overall
from harness.core.verdict import Verdict

_VERIFIED, _VIOLATED, _UNKNOWN, _SKIPPED = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((_VERIFIED, _VERIFIED), _VERIFIED),
        ((_VERIFIED, _SKIPPED), _VERIFIED),
        ((_VERIFIED, _UNKNOWN), _UNKNOWN),
        ((_UNKNOWN, _VIOLATED, _VERIFIED), _VIOLATED),
        ((_SKIPPED,), _UNKNOWN),
        ((), _UNKNOWN),
    ],
)
def test_what_is_wrong_comes_before_what_cannot_be_told(verdicts: tuple[Verdict, ...], expected: Verdict) -> None:
    """Nothing looked at proves nothing."""
    found = [CheckFinding(check="for", about="A", verdict=one, expected="5m", actual="5m") for one in verdicts]
    assert overall(found) is expected


def test_a_place_has_its_line() -> None:
    """As editors open it."""
    one = CheckFinding(check="for", about="A", verdict=_VERIFIED, expected="", actual="", file="rules.yaml", line=7)
    assert one.place == "rules.yaml:7"
