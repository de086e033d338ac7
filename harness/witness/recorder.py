"""The recorder: has a witness look at a steady beat, in a thread, and keeps every reading."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.reading import Reading
from harness.core.system_words import reason_of
from harness.polling import PollingThread
from harness.witness.witness import Witness

#: short against the shortest scrape interval in use (0.5 s), so that no state that Prometheus sees is missed
PERIOD_S = 0.2
#: a look that hangs longer than this is left to itself
_PATIENCE_S = 10.0


class WitnessRecorder:
    """Keeps what a witness sees between start and stop. A look that fails becomes a reading that knows nothing."""

    def __init__(
        self,
        witness: Witness,
        *,
        period_s: float = PERIOD_S,
        clock: Callable[[], float] = time.time,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """What is to be looked at, and how often; nothing yet.

        Args:
            witness: who looks.
            period_s: between the beginnings of two looks.
            clock: Unix time in seconds.
            patience_s: for a look that is under way when it is stopped.
        """
        self.witness = witness
        self._period_s = period_s
        self._clock = clock
        self._readings: list[Reading] = []
        self._patience_s = patience_s
        self._due_s = 0.0
        self._looking = PollingThread(
            self._keep, name=f"witness: {witness.name}", interval_s=self._pause_s, patience_s=patience_s
        )

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
        self._due_s = time.monotonic()
        self._looking.start()

    def stop(self) -> tuple[Reading, ...]:
        """Ends the looking and closes the witness. Harmless the second time.

        Raises:
            CouldNotTellError: a look has been hanging for `patience_s`.
        """
        if not self._looking.stop():
            raise CouldNotTellError(
                f"the witness of {self.witness.name} does not stop",
                why=f"its last look has not ended within {self._patience_s:g} s",
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
            return Reading(at_s=self._clock(), value=None, holds=None, note=reason_of(error))

    def _keep(self) -> None:
        self._readings.append(self.look())

    def _pause_s(self) -> float:
        now_s = time.monotonic()
        self._due_s = max(self._due_s + self._period_s, now_s)
        return self._due_s - now_s
