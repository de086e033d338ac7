"""The recorder: has a witness look at a steady beat, in a thread, and keeps every reading."""

import time
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Self

from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.reading import Reading
from harness.witness.witness import Witness

#: short against the shortest scrape interval in use (0.5 s), so that no state that Prometheus sees is missed
PERIOD_S = 0.2
#: a look that hangs longer than this is left to its daemon thread
_STOP_TIMEOUT_S = 10.0


class WitnessRecorder:
    """Keeps what a witness sees between start and stop. A look that fails becomes a reading that knows nothing."""

    def __init__(self, witness: Witness, *, period_s: float = PERIOD_S, clock: Callable[[], float] = time.time) -> None:
        """Args: who looks; seconds between the beginnings of two looks; Unix time in seconds."""
        self.witness = witness
        self._period_s = period_s
        self._clock = clock
        self._stop = Event()
        self._readings: list[Reading] = []
        self._thread = Thread(target=self._run, name=f"witness: {witness.name}", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All readings so far, oldest first."""
        return tuple(self._readings)

    @property
    def last(self) -> Reading | None:
        """The newest reading, None before the first."""
        return self._readings[-1] if self._readings else None

    def start(self) -> None:
        """Begins to look, at once."""
        self._thread.start()

    def stop(self) -> tuple[Reading, ...]:
        """Ends the looking and closes the witness. Harmless the second time.

        Raises:
            CouldNotTellError: a look has been hanging for 10 s.
        """
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(_STOP_TIMEOUT_S)
        if self._thread.is_alive():
            raise CouldNotTellError(
                f"the witness of {self.witness.name} does not stop",
                why=f"its last look has not ended within {_STOP_TIMEOUT_S:g} s",
                fix="see whether what it looks at hangs",
            )
        self.witness.close()
        return self.readings

    def look(self) -> Reading:
        """Has the witness look once, now, in the calling thread, and keeps nothing."""
        try:
            return self.witness.observe()
        except HarnessError as error:
            return Reading(at_s=self._clock(), value=None, holds=None, note=f"{error.what}: {error.why}")
        except Exception as error:  # noqa: BLE001 - a mistake in a witness must show in its readings, not end a thread
            return Reading(at_s=self._clock(), value=None, holds=None, note=f"{type(error).__name__}: {error}")

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stop.wait(max(0.0, due_s - time.monotonic())):
            self._readings.append(self.look())
            due_s = max(due_s + self._period_s, time.monotonic())
