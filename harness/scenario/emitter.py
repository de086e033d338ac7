"""The emitter: how a session speaks to whoever watches it. No verdict comes of what is told, and no failure either."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from harness.core.events import (
    Announcement,
    Doing,
    Event,
    Listener,
    NoListener,
    ScenarioBegan,
    ScenarioEnded,
    Watched,
)
from harness.core.rules.speed import Speed
from harness.core.scenario import Aim, ScenarioPlan, Target
from harness.core.verdict import Verdict


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
