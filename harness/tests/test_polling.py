"""PollingThread goes on until the look says that there is no more to do, or somebody stops it."""

from threading import Event

from harness.core.errors import CouldNotTellError
from harness.polling import PollingThread
from harness.waiting import NotYet, wait_until


def _over(polling: PollingThread) -> None:
    wait_until("the end", lambda: None if not polling.alive() else NotYet("it goes on"), timeout_s=60)


def test_it_looks_until_there_is_no_more_to_do() -> None:
    """And not once more."""
    answers = [False, True, None]
    polling = PollingThread(answers.pop, name="x", interval_s=0.0)
    polling.start()
    _over(polling)
    assert answers == []
    assert not polling.stopped


def test_it_ends_when_it_is_stopped() -> None:
    """A look that waits for something can know; one that hangs is told."""
    seen: list[str | None] = []
    looking, over = Event(), Event()

    def look() -> None:
        seen.append(polling.unwanted())
        looking.set()
        over.wait(60)
        seen.append(polling.unwanted())

    polling = PollingThread(look, name="x", interval_s=0.0, patience_s=0.0)
    polling.start()
    assert looking.wait(60)
    assert not polling.stop()
    over.set()
    _over(polling)
    assert polling.stop()
    assert seen == [None, "nobody needs it any more"]


def test_one_that_has_not_begun_can_be_stopped() -> None:
    """It does not look then."""
    looks: list[None] = []
    polling = PollingThread(lambda: looks.append(None), name="x", interval_s=0.0)
    assert polling.stop()
    polling.start()
    assert polling.stop()
    assert looks == []


def test_a_failed_look_is_made_up_for_by_the_next() -> None:
    """An error of ours is no end; the pause is asked for each time, and comes first where that is wanted."""
    said: list[str] = []

    def look() -> bool:
        said.append("look")
        if said.count("look") == 1:
            raise CouldNotTellError("no answer", why="planted", fix="-")
        return False

    def interval_s() -> float:
        said.append("pause")
        return -1.0

    polling = PollingThread(look, name="x", interval_s=interval_s, at_once=False)
    polling.start()
    _over(polling)
    assert said == ["pause", "look", "pause", "look"]
