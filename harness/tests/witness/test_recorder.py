"""The recorder keeps every look, also those that failed, and ends when told."""

from collections.abc import Callable
from threading import Event

import pytest

from harness.core.contract.model import Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.errors import CouldNotTellError
from harness.core.reading import Reading
from harness.waiting import NotYet, wait_until
from harness.witness.recorder import WitnessRecorder
from harness.witness.witness import condition_holds


class Scripted:
    """A witness that does what it is told, look by look; the last goes on for ever."""

    name = "scripted"

    def __init__(self, *looks: Callable[[], Reading]) -> None:
        self.looks = [*looks]
        self.enough = Event()
        self.closed = False

    def observe(self) -> Reading:
        """The next of the script."""
        if len(self.looks) > 1:
            return self.looks.pop(0)()
        self.enough.set()
        return self.looks[0]()

    def close(self) -> None:
        """Remembers it."""
        self.closed = True


def seen(value: float) -> Callable[[], Reading]:
    """A look that works."""
    return lambda: Reading(at_s=value, value=value, holds=True)


def refused() -> Reading:
    """A look that fails as foreseen."""
    raise CouldNotTellError("no controller pod answers", why="there is no pod", fix="-")


def broken() -> Reading:
    """A look that fails for a mistake in the witness."""
    raise KeyError("labels")


def test_every_look_is_kept_in_order() -> None:
    """A failed look is a reading that knows nothing, with the cause; the looks after it go on."""
    witness = Scripted(seen(1.0), refused, broken, seen(2.0))
    with WitnessRecorder(witness, period_s=0.0, clock=lambda: 7.0) as recorder:
        assert witness.enough.wait(20)
    readings = recorder.readings
    assert readings[:4] == (
        Reading(at_s=1.0, value=1.0, holds=True),
        Reading(at_s=7.0, value=None, holds=None, note="no controller pod answers: there is no pod"),
        Reading(at_s=7.0, value=None, holds=None, note="KeyError: 'labels'"),
        Reading(at_s=2.0, value=2.0, holds=True),
    )
    assert recorder.last == readings[-1]


def test_stop_ends_it_and_closes_the_witness() -> None:
    """Nothing is kept afterwards; a second stop is harmless, and so is one before the start."""
    witness = Scripted(seen(1.0))
    recorder = WitnessRecorder(witness, period_s=0.0)
    assert recorder.last is None
    recorder.start()
    assert witness.enough.wait(20)
    readings = recorder.stop()
    assert witness.closed
    assert recorder.stop() == readings
    assert WitnessRecorder(Scripted(seen(1.0))).stop() == ()


def test_a_look_that_hangs_does_not_hang_the_run() -> None:
    """Stop tells which witness hangs instead of waiting for ever."""
    release, hanging = Event(), Event()

    def hang() -> Reading:
        hanging.set()
        release.wait()
        return Reading(at_s=0.0, value=None, holds=None)

    recorder = WitnessRecorder(Scripted(hang), patience_s=0.0)
    recorder.start()
    assert hanging.wait(20)
    with pytest.raises(CouldNotTellError, match="scripted does not stop"):
        recorder.stop()
    release.set()

    def stopped() -> NotYet | None:
        try:
            recorder.stop()
        except CouldNotTellError as error:
            return NotYet(error.what)
        return None

    wait_until("the end of the look", stopped, timeout_s=20)


@pytest.mark.parametrize(
    ("side", "value", "holds"),
    [(">", 101.0, True), (">", 100.0, False), ("<", 99.0, True), ("<", 100.0, False), (">", float("nan"), False)],
)
def test_the_condition_is_strict(side: str, value: float, holds: bool) -> None:
    """At the threshold itself nothing is promised."""
    threshold = Threshold(quantity=Quantity.QUEUE_DEPTH, side=side, value=100.0, unit=Unit.ITEMS, meaning="m")
    assert condition_holds(threshold, value) is holds
