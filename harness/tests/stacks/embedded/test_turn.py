"""Turns: no more stacks come up at a time than there are places, and a place is given back however its holder ends."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from harness.stacks.embedded.turn import turn_to_start
from harness.toolchain import Progress
from harness.toolchain.progress import Step, Unit
from harness.waiting import WaitTimeoutError

_HOLDER = """
import sys, time
from harness.stacks.embedded.turn import turn_to_start
from harness.toolchain import Progress
with turn_to_start(Progress(), places=1, name=sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


class _Told(Progress):
    """Keeps the titles of what is waited for, and does something when it begins."""

    def __init__(self, when_waiting: ExitStack | None = None) -> None:
        super().__init__()
        self.titles: list[str] = []
        self._when_waiting = when_waiting or ExitStack()

    @contextmanager
    def step(self, title: str, unit: Unit = Unit.NOTHING) -> Iterator[Step]:
        self.titles.append(title)
        self._when_waiting.close()
        with super().step(title, unit) as step:
            yield step


@pytest.fixture
def name() -> str:
    """What only this test knows."""
    return f"kubemirror-harness/test/{secrets.token_hex(8)}"


def test_where_there_is_room_nobody_waits(name: str) -> None:
    """And nothing is told."""
    told = _Told()
    with turn_to_start(told, places=2, name=name), turn_to_start(told, places=2, name=name):
        pass
    assert told.titles == []


def test_who_comes_too_early_waits_until_one_is_up(name: str) -> None:
    """It is told what it waits for."""
    first = ExitStack()
    first.enter_context(turn_to_start(_Told(), places=1, name=name))
    told = _Told(first)
    with turn_to_start(told, places=1, name=name):
        assert told.titles == ["its turn to start"]


class _UnwantedError(Exception):
    """Planted: nobody wants it any more."""


def test_who_is_no_longer_wanted_does_not_wait_for_its_turn(name: str) -> None:
    """Told while another one comes up, which goes on with its own."""

    def unwanted() -> None:
        raise _UnwantedError

    with (
        turn_to_start(_Told(), places=1, name=name),
        pytest.raises(_UnwantedError),
        turn_to_start(_Told(), unwanted, places=1, name=name),
    ):
        pass


def test_a_turn_that_comes_to_who_is_no_longer_wanted_is_given_back(name: str) -> None:
    """At once: the next one finds it free."""

    def unwanted() -> None:
        raise _UnwantedError

    with pytest.raises(_UnwantedError), turn_to_start(_Told(), unwanted, places=1, name=name):
        pass
    told = _Told()
    with turn_to_start(told, places=1, name=name):
        assert told.titles == []


def test_a_start_that_fails_gives_its_turn_back(name: str) -> None:
    """So does one that is interrupted."""
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), turn_to_start(_Told(), places=1, name=name):
            raise error
    told = _Told()
    with turn_to_start(told, places=1, name=name):
        assert told.titles == []


def test_a_killed_holder_gives_its_turn_back(name: str) -> None:
    """The kernel takes the name away with the process."""
    holder = subprocess.Popen([sys.executable, "-c", _HOLDER, name], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"

    def kill() -> None:
        holder.kill()
        holder.wait()

    waiting = ExitStack()
    waiting.callback(kill)
    told = _Told(waiting)
    with turn_to_start(told, places=1, name=name):
        assert told.titles == ["its turn to start"]
    holder.stdout.close()


def test_nobody_waits_for_ever(name: str) -> None:
    """A start that hangs without an end is named as what it is waited for."""
    with (
        turn_to_start(_Told(), places=1, name=name),
        pytest.raises(WaitTimeoutError, match="its turn to start"),
        turn_to_start(_Told(), places=1, name=name, timeout_s=0.0),
    ):
        pass


def test_without_a_number_the_processors_count(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that this process may use, not those of the machine."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {0, 1, 2})
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(turn_to_start(_Told(), name=name))
        with pytest.raises(WaitTimeoutError):
            held.enter_context(turn_to_start(_Told(), name=name, timeout_s=0.0))
