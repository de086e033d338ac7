"""Tending goes on until the look says that there is no more to do, or somebody stops it."""

from threading import Event

from harness.stacks.cluster.polling import Tending
from harness.waiting import NotYet, wait_until


def test_it_looks_until_there_is_no_more_to_do() -> None:
    """And not once more."""
    answers = [False, True, True]
    tending = Tending(answers.pop, name="x")
    tending.begin()
    wait_until("all looks", lambda: NotYet("looks left") if tending._thread.is_alive() else None, timeout_s=60)
    assert answers == []


def test_it_ends_when_it_is_stopped() -> None:
    """A look that waits for something can know."""
    seen: list[str | None] = []
    looking, over = Event(), Event()

    def look() -> bool:
        seen.append(tending.unwanted())
        looking.set()
        over.wait(60)
        seen.append(tending.unwanted())
        return True

    tending = Tending(look, name="x")
    tending.begin()
    assert looking.wait(60)
    tending._stop.set()
    over.set()
    tending.stop()
    assert not tending._thread.is_alive()
    assert seen == [None, "nobody needs it any more"]


def test_one_that_has_not_begun_can_be_stopped() -> None:
    """It does not look then."""
    tending = Tending(lambda: True, name="x")
    tending.stop()
    tending.begin()
    tending.stop()
    assert not tending._thread.is_alive()
