"""The emitter: how a session speaks to whoever watches it. No verdict comes of what is told, and no failure either."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from harness.core.events import (
    Announcement,
    Doing,
    Event,
    Listener,
    NoListener,
    Said,
    ScenarioBegan,
    ScenarioEnded,
    StackStep,
    Watched,
)
from harness.core.rules.speed import Speed
from harness.core.verdict import Verdict
from harness.scenario.log import Aim, ScenarioPlan, Target
from harness.toolchain.progress import Step, Unit, amount

#: a count that runs is told no more often
_STEP_PERIOD_S = 0.5


class Emitter:
    """Tells events to a listener. Never raises, whatever the listener does."""

    def __init__(self, listener: Listener | None = None, *, clock: Callable[[], float] = time.time) -> None:
        """Args: who listens, nobody if None; Unix time in seconds."""
        self._listener = listener or NoListener()
        self._clock = clock

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return not isinstance(self._listener, NoListener)

    def tell(self, event: Event) -> None:
        """Tells one event, now."""
        with suppress(Exception):
            self._listener.hear(Announcement(source="", at_s=self._clock(), event=event))


class EmittingProgress:
    """The toolchain's progress, told as events: builds and the steps of a bring-up."""

    def __init__(self, emitter: Emitter, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._emitter = emitter
        self._clock = clock

    def say(self, text: str) -> None:
        """Tells one line that stays."""
        self._emitter.tell(Said(text=text))

    @contextmanager
    def step(self, title: str, unit: Unit = Unit.NOTHING) -> Iterator[Step]:
        """Tells that it begins, how far it is, and that it ended."""
        start_s = self._clock()
        self._emitter.tell(StackStep(what=title))
        try:
            yield _ToldStep(self._emitter, title, unit, self._clock)
        except BaseException:
            self._emitter.tell(StackStep(what=title, seconds=self._clock() - start_s, failed=True))
            raise
        self._emitter.tell(StackStep(what=title, seconds=self._clock() - start_s))


class _ToldStep:
    def __init__(self, emitter: Emitter, title: str, unit: Unit, clock: Callable[[], float]) -> None:
        self._emitter = emitter
        self._title = title
        self._unit = unit
        self._clock = clock
        self._told_s = clock()

    def at(self, done: int, total: int | None = None) -> None:
        now_s = self._clock()
        if now_s - self._told_s >= _STEP_PERIOD_S:
            self._told_s = now_s
            self._emitter.tell(StackStep(what=self._title, reached=amount(done, total, self._unit)))


class ScenarioEmitter:
    """Tells of one scenario, from its beginning to its end."""

    def __init__(
        self, emitter: Emitter | None = None, nodeid: str = "", *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Args: to whom, nobody if None; whose; seconds."""
        self._emitter = emitter or Emitter()
        self.nodeid = nodeid
        self._clock = clock
        self._start_s = clock()

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return self._emitter.heard

    def began(self, plan: ScenarioPlan, speed: Speed) -> None:
        """The stack is there."""
        self._start_s = self._clock()
        about = tuple(_watched(target) for target in plan.targets)
        row = plan.row.name if plan.row else ""
        self.tell(ScenarioBegan(nodeid=self.nodeid, about=about, row=row, speed=speed.factor))

    def doing(self, text: str) -> None:
        """What is done from now on."""
        self.tell(Doing(nodeid=self.nodeid, text=text))

    def tell(self, event: Event) -> None:
        """Tells one event, now."""
        self._emitter.tell(event)

    def ended(self, verdicts: Iterable[tuple[str, Verdict]], because_of: str = "") -> None:
        """It is over, with these verdicts; or was not tried because of a finding about the stack."""
        seconds = self._clock() - self._start_s
        over = ScenarioEnded(nodeid=self.nodeid, verdicts=tuple(verdicts), seconds=seconds, because_of=because_of)
        self.tell(over)


def _watched(target: Target) -> Watched:
    threshold = target.promise.threshold
    return Watched(
        alert=target.alert,
        side=threshold.side,
        threshold=threshold.value,
        unit=threshold.unit.value,
        hold_s=target.promise.hold.seconds,
        silent=target.aim is Aim.SILENT,
    )
