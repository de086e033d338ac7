"""A bring-up that fails says why it failed, whatever comes of taking its stack away."""

import errno

import pytest

from harness.core.errors import CouldNotTellError, MisuseError
from harness.stacks.bring_up import taken_away_unless_up
from harness.stacks.free_space import NoRoomError
from harness.stacks.run import LeftoverError

_MISUSE = MisuseError("no such image", why="-", fix="-")


class _Stack:
    """One that goes, or does not."""

    def __init__(self, disruption: BaseException | None = None) -> None:
        self._disruption = disruption
        self.downs = 0
        self.said: list[str] = []

    def down(self) -> None:
        self.downs += 1
        if self._disruption is not None:
            raise self._disruption


def _bring_up(stack: _Stack, error: BaseException | None) -> None:
    with taken_away_unless_up(stack.down, stack.said.append, lambda: {"etcd.log": f"{stack.downs} downs"}):
        if error is not None:
            raise error


def test_what_is_up_stays() -> None:
    """And nothing is said."""
    stack = _Stack()
    _bring_up(stack, None)
    assert (stack.downs, stack.said) == (0, [])


@pytest.mark.parametrize("left", [False, True], ids=["gone", "left"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), _MISUSE, CouldNotTellError("not up", why="-", fix="-")])
def test_the_reason_stays_the_reason(error: BaseException, left: bool) -> None:
    """Ctrl-C ends the session, misuse is misuse; what is left is told beside."""
    disruption = LeftoverError("node n is left", why="it came back", fix="docker rm n")
    stack = _Stack(disruption if left else None)
    with pytest.raises(type(error)) as caught:
        _bring_up(stack, error)
    assert caught.value is error
    assert stack.downs == 1
    assert stack.said == (["left of this run: node n is left (it came back); docker rm n"] if left else [])


@pytest.mark.parametrize("left", [False, True], ids=["gone", "left"])
def test_what_the_system_refuses_is_told_as_such(left: bool) -> None:
    """A full disk by its name."""
    stack = _Stack(LeftoverError("node n is left", why="-", fix="-") if left else None)
    with pytest.raises(NoRoomError) as caught:
        _bring_up(stack, OSError(errno.ENOSPC, "No space left on device"))
    assert "the disk is full" in caught.value.why
    assert len(stack.said) == left


def test_a_second_interrupt_is_not_held_back() -> None:
    """Whoever does not want to wait for the removal need not."""
    stack = _Stack(KeyboardInterrupt("second"))
    with pytest.raises(KeyboardInterrupt, match="second"):
        _bring_up(stack, _MISUSE)


@pytest.mark.parametrize("left", [False, True], ids=["gone", "left"])
@pytest.mark.parametrize("why", [CouldNotTellError("x", why="-", fix="-"), OSError(errno.ENOSPC, "full")])
def test_what_was_said_goes_with_the_error(why: Exception, left: bool) -> None:
    """Read before the logs are taken away, and beside what the error had already."""
    if isinstance(why, CouldNotTellError):
        why.logs = {"pod.log": "its own"}
    with pytest.raises(CouldNotTellError) as caught:
        _bring_up(_Stack(LeftoverError("n", why="-", fix="-") if left else None), why)
    assert caught.value.logs["etcd.log"] == "0 downs"
    assert caught.value.logs.get("pod.log") == ("its own" if isinstance(why, CouldNotTellError) else None)
