"""The agent ends when it is told to, and when one of its two programs fails, saying why."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.embedded import agent

Serve = Callable[[object], Awaitable[None]]
_REFUSAL = CouldNotTellError("the API server went away", why="planted", fix="none")


async def _forever(_config: object) -> None:
    await asyncio.Event().wait()


async def _terminated(_config: object) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.Event().wait()


async def _failing(_config: object) -> None:
    raise _REFUSAL


async def _failing_deep(_config: object) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_failing(None))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Serve, Serve], int]:
    """Runs the agent with these two in place of node and operator."""
    monkeypatch.setattr("harness.stacks.embedded.agent.NodeConfig.read", lambda _file: None)
    monkeypatch.setattr("harness.stacks.embedded.agent.OperatorConfig.parse", lambda _text: None)
    (tmp_path / "operator.json").write_text("{}")
    (tmp_path / "start").touch()

    def both(node: Serve, operator: Serve) -> int:
        monkeypatch.setattr(agent, "serve_node", node)
        monkeypatch.setattr(agent, "serve_operator", operator)
        return agent.main([str(tmp_path / name) for name in ("node.json", "operator.json", "start")])

    return both


def test_a_termination_is_a_good_end(run: Callable[[Serve, Serve], int]) -> None:
    """Both are told to stop, and the exit code is 0."""
    assert run(_terminated, _forever) == 0


@pytest.mark.parametrize("failing", [_failing, _failing_deep])
def test_a_failure_ends_both_and_is_told(
    run: Callable[[Serve, Serve], int], capsys: pytest.CaptureFixture[str], failing: Serve
) -> None:
    """In its own words, also when it comes from a task of a task."""
    assert run(_forever, failing) == 3
    assert capsys.readouterr().err == "the API server went away\n  why: planted\n  fix: none\n"


def test_a_configuration_that_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is served."""
    (tmp_path / "start").touch()
    assert agent.main([str(tmp_path / name) for name in ("node.json", "operator.json", "start")]) == 3
    assert "is not a node configuration" in capsys.readouterr().err


def test_without_a_word_nothing_begins(
    run: Callable[[Serve, Serve], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever started it is gone, or its API server never came: the agent does not stay for ever."""
    (tmp_path / "start").unlink()
    monkeypatch.setattr(agent, "_START_TIMEOUT_S", 0.0)
    assert run(_failing, _failing) == 3
    assert "word that the API server answers: not within 0 s" in capsys.readouterr().err
