"""A port-forward that is kept up: one to a Service ends with the pod that it chose, and the Service goes on."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.forward import Forward
from harness.stacks.cluster.outages import Drop, Drops
from harness.stacks.cluster.polling import Tending


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one goes on trying to start a port-forward that has ended. Whichever limit is reached first counts."""

    #: a pod of a StatefulSet is replaced, image at hand, in well under a minute
    restarts: int = 60
    within_s: float = 120.0
    #: between two starts; the first comes at once. A start costs 0.1 s of a core
    pause_s: float = 1.0


class KeptForward:
    """A forward that is started again, on the same local port, whenever it ends.

    A restart succeeds when kubectl listens. If the server then refuses each connection, each is a drop of its own, and
    nobody gives up: the forward cannot know why it is not there.
    """

    def __init__(
        self,
        forward: Forward,
        *,
        patience: Patience | None = None,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: not started yet; how long to try; Unix time in seconds for the drops; seconds for the patience."""
        self._forward = forward
        self._patience = patience or Patience()
        self._clock = clock
        self._drops = Drops(now)
        self._tending = Tending(self.tend, name=forward.spec.name)
        self._failures = 0
        #: by the clock: when it was seen to be down, and before when it is not started again
        self._down_s = 0.0
        self._pause_until_s = clock()
        self._given_up: str | None = None

    @property
    def name(self) -> str:
        """For messages: `port-forward to svc/prometheus`."""
        return self._forward.spec.name

    @property
    def address(self) -> str:
        """As `Forward.address`."""
        return self._forward.address

    def url(self, scheme: str = "http") -> str:
        """As `Forward.url`."""
        return self._forward.url(scheme)

    @property
    def drops(self) -> tuple[Drop, ...]:
        """When it was down, oldest first; asked from any thread."""
        return self._drops.seen

    def start(self) -> None:
        """Starts it, returns when it listens, and keeps it up from then on.

        Raises:
            CouldNotTellError: it cannot be started, as `Forward.start`; nothing is left running then.
        """
        self._forward.start()
        self._tending.begin()

    def ended(self) -> str | None:
        """That it is down and will stay so, and why; None while it is up or may be again. Asked from any thread."""
        return self._given_up

    def tend(self) -> bool:
        """Looks once, and starts it again if it has ended; False when that was tried often enough. For the thread."""
        how = self._forward.ended()
        if how is None:
            return True
        if not self._drops.down:
            self._drops.begin(how)
            self._failures, self._down_s = 0, self._clock()
        if self._clock() < self._pause_until_s:
            return True
        try:
            self._forward.restart(unwanted=self._tending.unwanted)
        except CouldNotTellError as error:
            self._failures += 1
            self._given_up = self._enough(error)
        else:
            self._drops.end()
        self._pause_until_s = self._clock() + self._patience.pause_s
        return self._given_up is None

    def close(self) -> None:
        """Ends it, for good. May be called twice, and before a start.

        Raises:
            WaitTimeoutError: kubectl goes on; the removal of the run will end it.
        """
        self._tending.stop()
        self._forward.close()

    def _enough(self, error: CouldNotTellError) -> str | None:
        """Why to give up after a restart that failed; None if it may be tried again."""
        down_s = self._clock() - self._down_s
        if self._failures < self._patience.restarts and down_s < self._patience.within_s:
            return None
        tried = f"{self._failures} restart(s) in {down_s:.0f} s failed"
        return f"{self._drops.seen[-1].why}; {tried}, the last one: {error.why}"
