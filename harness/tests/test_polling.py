"""PollingThread goes on until the look says that there is no more to do, or somebody stops it."""

from threading import Event

from harness.polling import PollingThread
from harness.waiting import NotYet, wait_until


def test_it_looks_until_there_is_no_more_to_do() -> None:
    """And not once more."""
    answers = [False, True, True]
    polling = PollingThread(answers.pop, name="x")
    polling.start()
    wait_until("all looks", lambda: NotYet("looks left") if polling.alive() else None, timeout_s=60)
    assert answers == []


def test_it_ends_when_it_is_stopped() -> None:
    """A look that waits for something can know."""
    seen: list[str | None] = []
    looking, over = Event(), Event()

    def look() -> bool:
        seen.append(polling.unwanted())
        looking.set()
        over.wait(60)
        seen.append(polling.unwanted())
        return True

    polling = PollingThread(look, name="x")
    polling.start()
    assert looking.wait(60)
    polling._stop.set()
    over.set()
    polling.stop()
    assert not polling.alive()
    assert seen == [None, "nobody needs it any more"]


def test_one_that_has_not_begun_can_be_stopped() -> None:
    """It does not look then."""
    polling = PollingThread(lambda: True, name="x")
    polling.stop()
    polling.start()
    polling.stop()
    assert not polling.alive()
