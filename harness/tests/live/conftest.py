"""Runs of their own for each test, and a check that nothing of them is left."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.tests.live.liverun import LiveRun

_END_TIMEOUT_S = 60.0


@pytest.fixture(autouse=True)
def state_directory() -> None:
    """The user's own: what a killed test leaves here is real, and `harness down` is to find it."""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Callable[..., LiveRun]]:
    """Makes runs; whatever a test leaves of them is removed, and told by the test itself."""
    made: list[LiveRun] = []

    def make(name: str = "live", wrapper: tuple[str, ...] = ()) -> LiveRun:
        made.append(LiveRun(tmp_path / name, wrapper))
        return made[-1]

    yield make
    for run in made:
        if run.process is not None and run.process.poll() is None:
            run.process.kill()
            run.process.wait(_END_TIMEOUT_S)
        if run.processes() or run.run_ids():
            run.harness("down", "--all")
