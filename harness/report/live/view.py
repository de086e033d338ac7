"""The view: events in, lines and frames out, in a thread of its own. Whoever tells something never waits for it."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import RLock

from harness.core.events import Announcement
from harness.core.system_words import reason_of
from harness.polling import PollingThread
from harness.report.live.frame import frame
from harness.report.live.interrupt import held_back
from harness.report.live.narration import Detail, Narration
from harness.report.live.renderer import Renderer
from harness.report.live.state import LiveState

#: often enough for a countdown in tenths of a second to be read, seldom enough to cost nothing
PERIOD_S = 0.25
#: a terminal that has been stopped (Ctrl-S) keeps the thread that long
_STOP_TIMEOUT_S = 5.0


class View:
    """Shows a session. A listener; also takes what pytest's reporter writes."""

    def __init__(
        self,
        renderer: Renderer,
        detail: Detail,
        *,
        began_s: float,
        more: Callable[[], Iterable[Announcement]] = lambda: (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args: where to; how much; the session's beginning, Unix time in seconds; events of others; Unix time."""
        self._renderer = renderer
        self._state = LiveState()
        self._narration = Narration(self._state, detail, began_s=began_s)
        self._more = more
        self._clock = clock
        self._heard: SimpleQueue[Announcement] = SimpleQueue()
        self._lock = RLock()
        self._painting = PollingThread(
            self.show, name="view", interval_s=PERIOD_S, at_once=False, patience_s=_STOP_TIMEOUT_S
        )
        #: why nothing is shown any more; empty while all is well
        self.failure = ""

    def start(self) -> None:
        """Begins to show."""
        self._painting.start()

    def hear(self, told: Announcement) -> None:
        """Takes an event; it is shown within a quarter of a second."""
        self._heard.put(told)

    def write(self, text: str) -> None:
        """Shows what pytest's reporter writes, after everything that was told before."""
        with held_back(), self._lock:
            self._show()
            self._renderer.others(text)  # what fails here is pytest's to tell

    def lost(self, source: str, why: str) -> None:
        """Nothing more will come from this source."""
        with held_back(), self._lock:
            self._show()
            self._guarded(lambda: self._renderer.lines(self._narration.lost(source, at_s=self._clock(), why=why)))

    def show(self) -> None:
        """Shows everything that was told until now. Harmless in any thread."""
        with held_back(), self._lock:
            self._show()

    def stop(self) -> None:
        """Shows what is left, takes the frame away and ends the thread. Harmless the second time."""
        with held_back():
            if self._painting.stopped:
                return
            self._painting.stop()
            with self._lock:
                self._show()
                with suppress(Exception):  # also one that has failed may have a frame to take away
                    self._renderer.close()

    def _show(self) -> None:
        self._guarded(self._paint)

    def _paint(self) -> None:
        for told in self._news():
            self._renderer.lines(self._narration.hear(told))
        over = self._painting.stopped
        self._renderer.frame([] if over else frame(self._state, now_s=self._clock(), width=self._renderer.width))

    def _guarded(self, paint: Callable[[], None]) -> None:
        """A view that breaks shows nothing from then on; what it shows is not disturbed."""
        if self.failure:
            return
        try:
            paint()
        except Exception as error:  # noqa: BLE001 - a full disk, a closed pipe, a mistake of ours: no scenario ends by it
            self.failure = reason_of(error)

    def _news(self) -> list[Announcement]:
        news = list(self._more())
        while True:
            try:
                news.append(self._heard.get_nowait())
            except Empty:
                return sorted(news, key=lambda told: told.at_s)
