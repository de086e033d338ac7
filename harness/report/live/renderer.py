"""Canvases: where lines that stay and the frame below them are put. On a terminal by rich, elsewhere as plain lines."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from harness.toolchain.progress import PLAIN_INTERVAL_S

#: what a terminal is taken for that does not know its size
_COLUMNS, _LINES = 80, 24


class Renderer(Protocol):
    """Used from one thread at a time."""

    @property
    def width(self) -> int:
        """Cells in a line of the frame, now."""
        ...

    def lines(self, lines: Sequence[Text]) -> None:
        """Puts lines that stay."""
        ...

    def frame(self, lines: Sequence[Text]) -> None:
        """Shows these lines below all others, in place of those shown before."""
        ...

    def others(self, text: str) -> None:
        """Puts what somebody else writes; it need not end with a line, and its next line end may come later."""
        ...

    def close(self) -> None:
        """Takes the frame away; lines stay."""
        ...


class PlainRenderer:
    """Lines alone, without control characters and colours. When nothing is written for 30 s, it writes the frame."""

    #: lines are as long as they are
    width = 1_000

    def __init__(self, file: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._wrote_s = clock()
        #: somebody else has begun a line
        self._begun = False
        #: its end has been written for them
        self._ended = False

    def lines(self, lines: Sequence[Text]) -> None:
        """Writes them, on lines of their own."""
        if lines:
            self._ended = self._ended or self._begun
            self._write("\n" * self._begun + "".join(f"{line.plain}\n" for line in lines))
            self._begun = False

    def frame(self, lines: Sequence[Text]) -> None:
        """Writes them if the log has been silent: often enough to believe in, seldom enough to be read."""
        if self._clock() - self._wrote_s >= PLAIN_INTERVAL_S:
            self.lines(lines)

    def others(self, text: str) -> None:
        """Writes it as it is."""
        if text:
            self._write(text.removeprefix("\n") if self._ended else text)
            self._begun, self._ended = not text.endswith("\n"), False

    def close(self) -> None:
        """Nothing to take away."""

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
        self._wrote_s = self._clock()


class LiveRenderer:
    """A terminal: the frame is painted again and again, and everything else comes to stand above it."""

    def __init__(self, file: TextIO, *, no_colour: bool = False) -> None:
        """Args: the terminal; no colours, though NO_COLOR is not set."""
        self._file = file
        self._console = Console(
            file=file, force_terminal=True, no_color=no_colour or None, highlight=False, markup=False, emoji=False
        )
        self._live: Live | None = None
        self._frame: Sequence[Text] = ()
        #: what somebody else has begun a line with, kept until the line is whole
        self._begun = ""
        self._ended = False

    @property
    def width(self) -> int:
        """One cell stays free: a full line makes some terminals begin the next one."""
        return self._measure() - 1

    def lines(self, lines: Sequence[Text]) -> None:
        """Puts them above the frame; the terminal itself wraps what is too long."""
        if lines and self._begun:
            begun, self._begun, self._ended = self._begun, "", True
            self._print(Text.from_ansi(begun))
        for line in lines:
            self._print(line)

    def frame(self, lines: Sequence[Text]) -> None:
        """Paints them; nothing is left of an empty frame."""
        self._measure()
        self._frame = lines
        if not lines:
            self._erase()
            return
        if self._live is None:
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
                get_renderable=lambda: Group(*self._frame),
            )
            self._live.start()
            self._console.show_cursor(True)  # a process that is killed could not show it again
        self._live.refresh()

    def others(self, text: str) -> None:
        """Puts whole lines above the frame; colours are kept, other control sequences are not."""
        if text:
            *whole, self._begun = (self._begun + (text.removeprefix("\n") if self._ended else text)).split("\n")
            self._ended = False
            for line in whole:
                self._print(Text.from_ansi(line))

    def close(self) -> None:
        """Takes the frame away and writes what has been kept."""
        self._erase()
        self._file.write(self._begun)
        self._file.flush()
        self._begun = ""

    def _print(self, line: Text) -> None:
        self._measure()
        self._console.print(line, soft_wrap=True)

    def _erase(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _measure(self) -> int:
        """Tells rich the terminal's size, which changes; it would ask descriptors that pytest has turned away."""
        try:
            size = os.get_terminal_size(self._file.fileno())
        except (OSError, ValueError):
            return self._console.size.width
        self._console.size = (size.columns or _COLUMNS, size.lines or _LINES)
        return self._console.size.width


def shows_live(file: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a person watches a terminal that can move its cursor. In CI (`CI` is set) nobody does."""
    return file.isatty() and not environment.get("CI") and environment.get("TERM", "dumb") not in ("", "dumb")
