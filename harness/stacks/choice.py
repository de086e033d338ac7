"""Which stack a session runs on, chosen and checked: everything about it that is known before one is started."""

from collections.abc import Mapping
from typing import Protocol

from harness.core.contract.subject import Subject
from harness.core.operator.chart import Chart
from harness.core.rules.speed import Speed
from harness.stacks.base import Capability, Stack
from harness.stacks.scrape_profile import StackTraits
from harness.stacks.sweep import Sweep
from harness.toolchain import Progress


class StackChoice(Protocol):
    """One kind of stack with its own options."""

    @property
    def traits(self) -> StackTraits:
        """What is known of the kind."""
        ...

    @property
    def cannot(self) -> Mapping[Capability, str]:
        """What no stack of this choice can have, each with the reason; one that comes up may lack more."""
        ...

    def check(self, subject: Subject, speed: Speed) -> Chart:
        """Refuses what cannot work there, and starts nothing.

        Raises:
            MisuseError: values, rules, programs, or the speed for them.
        """
        ...

    def stack(self, subject: Subject, speed: Speed, progress: Progress, sweep: Sweep) -> Stack:
        """A stack that has not been started. `sweep` removes its run, and former ones of every kind before it starts.

        Raises:
            MisuseError: as `check`.
        """
        ...
