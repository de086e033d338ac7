"""The bench itself: one stack after the other is brought up and taken away; the last one is measured in between."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from harness.bench.bring_up import BringUp, TimedStack
from harness.bench.controller_bench import has_controller_bench, run_controller_bench
from harness.bench.figures import Circumstances, Figures
from harness.bench.idle import Idle, measure_idle
from harness.bench.interrupts import Interrupts, TimeUpError
from harness.bench.mirroring import measure_waves
from harness.bench.offline import OfflineCost, measure_offline
from harness.bench.pace import pace_of
from harness.bench.recordings import recordings_of
from harness.bench.wave import Wave
from harness.core.contract.model import Contract
from harness.core.contract.subject import Subject
from harness.core.errors import HarnessError
from harness.core.rules.speed import Speed
from harness.report.results_file import read_results
from harness.scenario.stack_handles import StackHandles, open_handles
from harness.stacks.base import Stack, StackFacts
from harness.toolchain import Progress, Toolchain
from harness.toolchain.machine import look


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be measured."""

    speed: Speed
    #: stacks to bring up, at least 1
    bring_ups: int
    #: seconds to watch an idle stack
    idle_s: float
    #: objects to mirror
    sources: int
    #: of a suite that ran before; None to leave its pace out
    results: Path | None


class Timed(Protocol):
    """A stack whose coming and going are timed."""

    @property
    def stack(self) -> Stack:
        """The stack."""
        ...

    def up(self) -> tuple[StackFacts, BringUp]:
        """Brings it up."""
        ...

    def down(self) -> float:
        """Takes it away and returns the seconds that took; also after half a start."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a bench is made of, for a test to replace."""

    timed: Callable[[Subject, Speed, Progress], Timed] = TimedStack.of
    handles: Callable[[Stack, StackFacts, Subject, Contract], AbstractContextManager[StackHandles]] = open_handles
    idle: Callable[[StackHandles, float], Idle] = measure_idle
    #: the waves of so many sources, each handed over once it is measured
    waves: Callable[[StackHandles, int, Callable[[Wave], None]], None] = measure_waves
    #: what takes no cluster
    offline: Callable[[Subject, Contract, Progress], OfflineCost] = measure_offline
    #: the controller's own bench; None where this installation has none
    controller: Callable[[], None] | None = field(
        default_factory=lambda: run_controller_bench if has_controller_bench() else None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One bench of one subject."""

    options: Options
    subject: Subject
    contract: Contract
    progress: Progress
    interrupts: Interrupts
    parts: Parts = field(default_factory=Parts)

    def begin(self) -> Figures:
        """Empty figures of this machine as it is now, and of the suite that ran before.

        Raises:
            MisuseError: the results file cannot be used.
        """
        machine = look(Toolchain().settings.cache)
        circumstances = Circumstances(
            cores=machine.cores,
            memory_bytes=machine.memory_bytes,
            load=os.getloadavg()[0],
            speed=self.options.speed.factor,
        )
        if self.options.results is None:
            return Figures(circumstances=circumstances)
        results = read_results(self.options.results)
        return Figures(circumstances=circumstances, pace=pace_of(results), recordings=recordings_of(results))

    def measure(self, figures: Figures) -> None:
        """Fills the figures in. A part that cannot be measured is named in them, and the rest still is.

        Raises:
            TimeUpError, KeyboardInterrupt: with everything undone, and the figures as far as they are.
        """

        def offline() -> None:
            with self.progress.step("what takes no cluster"):
                figures.offline = self.parts.offline(self.subject, self.contract, self.progress)

        self._part(figures, "what takes no cluster", offline)
        for number in range(1, self.options.bring_ups + 1):
            last = number == self.options.bring_ups
            self.progress.say(f"stack {number} of {self.options.bring_ups}")
            self._part(figures, f"stack {number}", partial(self._stack, figures, last=last))
        if self.parts.controller is not None:
            self.progress.say("the controller's own bench, in memory")
            self._part(figures, "the controller's own bench", self.parts.controller)

    def _stack(self, figures: Figures, *, last: bool) -> None:
        timed = self.parts.timed(self.subject, self.options.speed, self.progress)
        try:
            facts, up = timed.up()
            figures.bring_ups.append(up)
            if last:
                self._on_stack(figures, timed, facts)
        finally:
            with self.interrupts.shielded():
                down_s = timed.down()
        figures.downs_s.append(down_s)

    def _on_stack(self, figures: Figures, timed: Timed, facts: StackFacts) -> None:
        with self.parts.handles(timed.stack, facts, self.subject, self.contract) as handles:

            def idle() -> None:
                with self.progress.step(f"idle for {self.options.idle_s:g} s"):
                    figures.idle = self.parts.idle(handles, self.options.idle_s)

            def waves() -> None:
                with self.progress.step(f"{self.options.sources} sources, three waves"):
                    self.parts.waves(handles, self.options.sources, figures.waves.append)

            self._part(figures, "the idle stack", idle)
            self._part(figures, "mirroring", waves)

    def _part(self, figures: Figures, name: str, measure: Callable[[], None]) -> None:
        try:
            measure()
        except TimeUpError:
            raise
        except HarnessError as error:
            figures.missing.append(f"{name}: {error.what} ({error.why})")
