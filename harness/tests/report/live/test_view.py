"""The view: from events to the terminal, without disturbing whoever tells them."""

from collections.abc import Sequence

from rich.text import Text

from harness.core.events import Announcement, Said, ScenarioEnded
from harness.core.verdict import Verdict
from harness.report.live.narration import Detail
from harness.report.live.view import View
from harness.tests.report.live.telling import DEEP, NODEID, START_S, began, told

ENDED = ScenarioEnded(nodeid=NODEID, verdicts=(("QueueDeep", Verdict.VERIFIED),), seconds=25.3)


class _Canvas:
    width = 79

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.framed: list[str] = []
        self.closed = 0
        self.broken: Exception | None = None

    def lines(self, lines: Sequence[Text]) -> None:
        if self.broken is not None:
            raise self.broken
        self.shown += [line.plain for line in lines]

    def frame(self, lines: Sequence[Text]) -> None:
        self.framed = [line.plain for line in lines]

    def others(self, text: str) -> None:
        self.shown.append(text)

    def close(self) -> None:
        self.closed += 1
        if self.broken is not None:
            raise self.broken


def _view(renderer: _Canvas, *more: Announcement) -> View:
    waiting = list(more)

    def rest() -> list[Announcement]:
        found = waiting.copy()
        waiting.clear()
        return found

    return View(renderer, Detail.SHORT, began_s=START_S, more=rest, clock=lambda: START_S + 12)


def test_what_is_told_is_shown_until_the_last() -> None:
    """Stopping shows the rest, takes the frame away, and does both once."""
    renderer = _Canvas()
    view = _view(renderer)
    view.start()
    view.hear(told(began(DEEP)))
    view.show()
    assert renderer.framed == ["  12 s  flood  QueueDeep"]
    view.hear(told(ENDED))
    view.stop()
    view.stop()
    assert renderer.shown == ["VERIFIED      25.3 s  QueueDeep: a flood pages"]
    assert (renderer.framed, renderer.closed) == ([], 1)


def test_a_view_that_never_began_can_be_stopped() -> None:
    """Its events are shown all the same."""
    renderer = _Canvas()
    view = _view(renderer)
    view.hear(told(Said(text="x")))
    view.stop()
    assert renderer.shown == ["x"]


def test_events_of_all_sources_come_in_the_order_of_their_time() -> None:
    """A worker's file is read after the other's."""
    renderer = _Canvas()
    view = _view(renderer, told(Said(text="b"), 2, source="gw0"), told(Said(text="a"), 1, source="gw1"))
    view.hear(told(Said(text="c"), 3))
    view.show()
    assert renderer.shown == ["[gw1] a", "[gw0] b", "c"]


def test_others_come_after_what_was_told_before() -> None:
    """The order of a log is the order of what happened."""
    renderer = _Canvas()
    view = _view(renderer)
    view.hear(told(Said(text="a")))
    view.write("theirs\n")
    assert renderer.shown == ["a", "theirs\n"]


def test_a_lost_worker_is_told_after_its_last_words() -> None:
    """It may have ended its scenario just before."""
    renderer = _Canvas()
    view = _view(renderer, told(began(DEEP), 0, source="gw0"), told(ENDED, 1, source="gw0"))
    view.lost("gw0", "killed")
    assert renderer.shown == ["[gw0] VERIFIED      25.3 s  QueueDeep: a flood pages"]
    other = _Canvas()
    _view(other, told(began(DEEP), 0, source="gw0")).lost("gw0", "killed")
    assert other.shown == ["[gw0] no verdict            a flood pages [QueueDeep]: killed"]


def test_a_view_that_breaks_disturbs_nobody() -> None:
    """It says why, shows nothing any more, and what others write still comes through."""
    renderer = _Canvas()
    view = _view(renderer)
    renderer.broken = OSError("No space left on device")
    view.hear(told(Said(text="a")))
    view.show()
    assert view.failure == "OSError: No space left on device"
    view.hear(told(Said(text="b")))
    view.lost("gw0", "killed")
    view.write("theirs")
    view.stop()
    assert renderer.shown == ["theirs"]
