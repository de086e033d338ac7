"""Verdicts and errors: nothing collapses to yes or no."""

import pytest

from harness.core.errors import CouldNotTellError, HarnessError, MisuseError, RetryableError
from harness.core.verdict import Verdict


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_has_no_truth_value(verdict: Verdict) -> None:
    """Code that asks a verdict for yes or no is stopped, whichever verdict it is."""
    with pytest.raises(TypeError, match="no truth value"):
        bool(verdict)


@pytest.mark.parametrize(("kind", "code"), [(MisuseError, 2), (CouldNotTellError, 3), (RetryableError, 3)])
def test_each_family_has_its_exit_code(kind: type[HarnessError], code: int) -> None:
    """Misuse is 2 and could-not-tell is 3; neither is ever 1, which says that the subject is wrong."""
    assert kind.exit_code == code


def test_an_error_reads_as_what_why_fix() -> None:
    """A person gets three lines."""
    text = str(HarnessError("etcd did not start", why="port 1 is taken", fix="free it"))
    assert text == "etcd did not start\n  why: port 1 is taken\n  fix: free it"
