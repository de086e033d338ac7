"""The agent ends when it is told to, and when one of its two programs fails, saying why."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.embedded.agent import Serving, main, run

Serve = Callable[[], Serving]
_REFUSAL = CouldNotTellError("the API server went away", why="planted", fix="none")


async def _forever() -> None:
    await asyncio.Event().wait()


async def _terminated() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.Event().wait()


async def _failing() -> None:
    raise _REFUSAL


async def _failing_deep() -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_failing())


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """The word to start, which is there."""
    file = tmp_path / "start"
    file.touch()
    return file


def test_a_termination_is_a_good_end(start: Path) -> None:
    """Both are told to stop, and the exit code is 0."""
    assert run(lambda: (_terminated(), _forever()), start) == 0


@pytest.mark.parametrize("failing", [_failing, _failing_deep])
def test_a_failure_ends_both_and_is_told(start: Path, capsys: pytest.CaptureFixture[str], failing: Serve) -> None:
    """In its own words, also when it comes from a task of a task."""
    assert run(lambda: (_forever(), failing()), start) == 3
    assert capsys.readouterr().err == "the API server went away\n  why: planted\n  fix: none\n"


def test_a_configuration_that_cannot_be_read_is_told(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is served."""
    assert main([str(tmp_path / "node.json"), str(tmp_path / "operator.json"), str(start)]) == 3
    assert "is not a node configuration" in capsys.readouterr().err


def test_without_a_word_nothing_begins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever started it is gone, or its API server never came: the agent does not stay for ever."""
    assert run(lambda: pytest.fail("begun"), tmp_path / "start", timeout_s=0.0) == 3
    assert "word that the API server answers: not within 0 s" in capsys.readouterr().err
