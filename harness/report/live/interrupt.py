"""Interrupts that wait: Ctrl-C while something is painted comes when it stands, not between writing and noting it.

Python raises KeyboardInterrupt between any two instructions of the main thread, and of no other:
https://docs.python.org/3/library/signal.html#signals-and-threads. Where a paint is broken off there, nobody knows
whether the frame is on the terminal, so that its removal leaves a line or takes away one that should stay.

A terminal that was stopped (Ctrl-S) is started again by Ctrl-C, so that no paint waits for ever.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def held_back() -> Iterator[None]:
    """What is inside is done as a whole; an interrupt that comes meanwhile is raised after it, once.

    Where interrupts raise nothing there is nothing to hold back: in other threads, or if they are ignored.
    """
    former = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(former):
        yield
        return
    came: list[FrameType | None] = []
    signal.signal(signal.SIGINT, lambda _, frame: came.append(frame))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
        if came:
            former(signal.SIGINT, came[0])
