"""Bring-ups: how long a stack takes from nothing to a scraped controller, and back to nothing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from harness.bench.stopwatch import Stopwatch
from harness.bench.usage import take_snapshot
from harness.core.contract.subject import Subject
from harness.core.rules.speed import Speed
from harness.stacks.base import Stack, StackFacts
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.kinds import SWEEP
from harness.toolchain import Progress

#: steps of the embedded stack by their titles; one that is renamed shows as a step, and its figure as missing
CONTROL_PLANE = "control plane"
FIRST_SCRAPE = "first healthy scrape of the controller"


@dataclass(frozen=True, slots=True, kw_only=True)
class BringUp:
    """One stack brought up, in seconds."""

    #: by step, in order; what lies between the steps is in none of them
    steps_s: Mapping[str, float]
    #: from nothing to the first healthy scrape of the controller; None if no step is named so
    healthy_s: float | None
    #: from nothing to everything
    total_s: float
    #: CPU seconds spent by then in what is running; unlike the rest it hardly depends on who else uses the machine
    cpu_s: float

    @property
    def healthy_per_control_plane(self) -> float | None:
        """The time until the first healthy scrape with that of the control plane, all of it others' work, as unit."""
        unit_s = self.steps_s.get(CONTROL_PLANE)
        return self.healthy_s / unit_s if unit_s and self.healthy_s is not None else None


@dataclass(slots=True)
class TimedStack:
    """One stack whose coming and going are timed; `down` is to be called whatever happens in between."""

    stack: Stack
    watch: Stopwatch

    @classmethod
    def of(cls, subject: Subject, speed: Speed, progress: Progress) -> "TimedStack":
        """An embedded stack that is not up yet.

        Raises:
            MisuseError: subject or speed cannot be used.
        """
        watch = Stopwatch(progress.tell)
        return cls(EmbeddedStack(subject, speed, Progress(watch.tell), SWEEP), watch)

    def up(self) -> tuple[StackFacts, BringUp]:
        """Brings it up.

        Raises:
            CouldNotTellError: it does not come up; nothing of it is left.
        """
        start_s = time.monotonic()
        facts = self.stack.up()
        total_s = time.monotonic() - start_s
        return facts, BringUp(
            steps_s=dict(self.watch.steps_s),
            healthy_s=self.watch.ends_s.get(FIRST_SCRAPE),
            total_s=total_s,
            cpu_s=take_snapshot(facts.run_id, lambda _: "any").cpu_s,
        )

    def down(self) -> float:
        """Takes it away and returns the seconds that took. May be called twice."""
        start_s = time.monotonic()
        self.stack.down()
        return time.monotonic() - start_s
