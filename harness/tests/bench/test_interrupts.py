"""Signals end a measurement, never what undoes it."""

import signal

import pytest

from harness.bench.interrupts import Interrupts, TimeUpError


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, KeyboardInterrupt), (signal.SIGALRM, TimeUpError)],
)
def test_a_signal_ends_what_is_under_way(number: signal.Signals, error: type[BaseException]) -> None:
    """Ctrl-C and SIGTERM alike; the time limit says what it was."""
    with Interrupts(0), pytest.raises(error):
        signal.raise_signal(number)


def test_what_is_shielded_comes_to_its_end_first() -> None:
    """Two Ctrl-C during a tear-down: it is done, then one interruption is raised."""
    done = []
    interrupts = Interrupts(0)

    def tear_down() -> None:
        with interrupts.shielded():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGALRM)
            done.append("removed")

    with interrupts, pytest.raises(KeyboardInterrupt):
        tear_down()
    assert done == ["removed"]


def test_an_error_in_the_shielded_block_is_not_hidden() -> None:
    """What could not be undone matters more than that somebody was impatient."""
    interrupts = Interrupts(0)

    def tear_down() -> None:
        with interrupts.shielded():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("left over")

    with interrupts, pytest.raises(ValueError, match="left over"):
        tear_down()


def test_handlers_and_timer_are_as_before_afterwards() -> None:
    """Nothing of it outlives the block."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)]
    with Interrupts(3_600):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        assert signal.getsignal(signal.SIGTERM) not in before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)] == before


def test_the_limit_is_said_in_its_own_words() -> None:
    """With what to do about it."""
    with Interrupts(175), pytest.raises(TimeUpError, match="not done within 175 s") as caught:
        signal.raise_signal(signal.SIGALRM)
    assert "--at-most" in caught.value.fix
