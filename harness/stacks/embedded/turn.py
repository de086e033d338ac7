"""A turn: stacks of one machine come up one after another, as many at a time as it has processors.

A bring-up is the one moment in which a stack is all work: programs are loaded, an API server fills its caches, a
controller starts. Side by side on too few processors all of them take as long as together and more, their first scrapes
time out, and whatever is measured on other stacks meanwhile stands still.

A turn is claimed by binding a name in the kernel's abstract socket namespace, as a slot is (`slot.py`): no file is left
behind, and whoever is killed in mid start gives it back by that.
"""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from harness.stacks.base import GoOn, always
from harness.toolchain import Progress
from harness.waiting import NotYet, wait_until

#: A start is 7 s of work, in about as many seconds of the clock where the machine is its own. Measured on 2 processors
#: that others used too: alone it was up after 14 s; two side by side after 15 s; five side by side after 46 to 50,
#: for 11.5 s of work each; five one after another after 11, 22, 35, 48 and 59 s. So two on two cost nothing, more do.
_PROCESSORS_PER_START = 1
_NAME = "kubemirror-harness/start"
#: a start that fails does so within some two minutes; nobody waits for more of them than that
_TIMEOUT_S = 900.0
_LOOK_S = 0.1
_BUSY = NotYet("as many stacks of this machine as it has processors for are coming up")


@contextmanager
def turn_to_start(
    progress: Progress,
    go_on: GoOn = always,
    *,
    places: int | None = None,
    name: str = _NAME,
    timeout_s: float = _TIMEOUT_S,
) -> Iterator[None]:
    """Waits until fewer stacks than the machine has processors for are coming up, and is one of them inside.

    Args:
        progress: is told of a wait, and of nothing where there is none.
        go_on: asked while others come up, which may find out that there is nothing to wait for, and when the turn has
            come.
        places: how many may be inside at a time; None for as many as the machine has processors for.
        name: what those have in common who wait for each other.
        timeout_s: how long nobody may come out.

    Raises:
        WaitTimeoutError: nobody has come out in that time.
    """
    count = places or max(1, len(os.sched_getaffinity(0)) // _PROCESSORS_PER_START)
    with _claimed(name, count) or _waited_for(name, count, progress, go_on, timeout_s):
        go_on()
        yield


def _waited_for(name: str, places: int, progress: Progress, go_on: GoOn, timeout_s: float) -> socket.socket:
    def free() -> socket.socket | NotYet:
        go_on()
        return _claimed(name, places) or _BUSY

    with progress.step("its turn to start"):
        return wait_until(
            "its turn to start",
            free,
            timeout_s=timeout_s,
            interval_s=_LOOK_S,
            fix="see what is coming up for so long; `harness down --all` ends every run of yours",
        )


def _claimed(name: str, places: int) -> socket.socket | None:
    """The first place that is free; None where there is none."""
    for number in range(places):
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0{name}/{number}")
        except OSError as error:
            claim.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return claim
    return None
