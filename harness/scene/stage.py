"""The stage: the one stack that a session has at a time, at the speed the next scenario asks for."""

import time
from contextlib import ExitStack

from harness.core.contract import Contract
from harness.core.speed import Speed
from harness.core.subject import Subject
from harness.scene.arena import Arena, open_arena
from harness.scene.attendants import build_attendants
from harness.stacks.base import Stack
from harness.stacks.embedded.stack import EmbeddedStack
from harness.toolchain import Progress


class Stage:
    """Brings stacks up when they are needed and away when another is, or at the end."""

    def __init__(self, subject: Subject, contract: Contract, progress: Progress) -> None:
        self._subject = subject
        self._contract = contract
        self._progress = progress
        self._arena: Arena | None = None
        self._undo = ExitStack()
        self._kept: list[Stack] = []
        #: seconds each bring-up took
        self.bring_up_s: list[float] = []

    def arena(self, speed: Speed) -> Arena:
        """The arena at this speed: the present one if it has it, else a new one.

        Raises:
            HarnessError: the stack did not come up; nothing of it is left.
        """
        if self._arena is not None and self.has(speed):
            return self._arena
        self.clear()
        start_s = time.monotonic()
        stack: Stack = EmbeddedStack(self._subject, speed, build_attendants, self._progress)
        facts = stack.up()
        self._undo.callback(self._take_away, stack)
        self.bring_up_s.append(time.monotonic() - start_s)
        try:
            self._arena = self._undo.enter_context(open_arena(stack, facts, self._subject, self._contract))
        except BaseException:
            self.clear()
            raise
        return self._arena

    def has(self, speed: Speed) -> bool:
        """Whether there is a stack at this speed, alive."""
        arena = self._arena
        return arena is not None and arena.facts.speed == speed and arena.stack.ended() is None

    @property
    def present(self) -> Arena | None:
        """The arena there is now, if any."""
        return self._arena

    def keep(self) -> None:
        """Leaves the present stack running when the stage is cleared, or this process ends."""
        if self._arena is not None:
            self._arena.stack.keep()
            self._kept.append(self._arena.stack)

    def clear(self) -> None:
        """Disconnects from the present stack, and takes it away unless it is kept."""
        self._arena = None
        self._undo.close()

    def _take_away(self, stack: Stack) -> None:
        if stack not in self._kept:
            stack.down()
