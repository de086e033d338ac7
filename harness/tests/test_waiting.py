"""Waiting: says what was seen last, and stops at once when waiting is hopeless."""

import pytest

from harness.waiting import AwaitedGoneError, NotYet, WaitTimeoutError, wait_until


def test_returns_what_the_probe_found() -> None:
    """The first answer that is not NotYet is the result."""
    answers = iter([NotYet("0 of 1 pods"), NotYet("0 of 1 pods"), "pod-1"])
    assert wait_until("pod ready", lambda: next(answers), timeout_s=60, interval_s=0) == "pod-1"


def test_none_is_an_answer() -> None:
    """A probe without a result ends the wait by returning None."""
    assert wait_until("server ready", lambda: None, timeout_s=0) is None


def test_a_timeout_tells_the_last_mismatch() -> None:
    """The message carries what was seen instead, not only that time is up."""
    with pytest.raises(WaitTimeoutError) as caught:
        wait_until("etcd ready", lambda: NotYet("connection refused"), timeout_s=0)
    assert str(caught.value).startswith("etcd ready: not within 0 s\n  why: last seen: connection refused\n  fix: ")


def test_a_dead_process_ends_the_wait() -> None:
    """What can no longer come is not waited for, and the reason is told."""
    with pytest.raises(AwaitedGoneError, match="exited with status 1") as caught:
        wait_until(
            "etcd ready",
            lambda: NotYet("connection refused"),
            timeout_s=3_600,
            ended=lambda: "etcd exited with status 1",
        )
    assert "connection refused" in caught.value.why


def test_an_answer_counts_although_the_process_has_ended() -> None:
    """A program that did its work and ended is not a failure."""
    assert wait_until("started", lambda: "done", timeout_s=0, ended=lambda: "exited with status 0") == "done"
