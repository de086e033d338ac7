"""Kill -9 at any moment: the next `harness down`, or the next start, leaves nothing of the killed run.

`make accidents KILLS=30` tries thirty. Every third victim is left to the next start, the others to `harness down`.
"""

import os
import random
import secrets
import time
from collections.abc import Callable

import pytest

from harness.tests.live.liverun import LiveRun

pytestmark = pytest.mark.accident

Live = Callable[..., LiveRun]

_KILLS = int(os.environ.get("KILLS", "3"))
#: the same number, the same moments
_SEED = os.environ.get("KILL_SEED") or secrets.token_hex(4)
#: from before the run has a directory until after it has gone
_FIRST_S, _LAST_S = 0.5, 40.0
_LOOK_S = 0.2


def _moments() -> list[float]:
    dice = random.Random(_SEED)  # noqa: S311 - moments, not secrets
    return [dice.uniform(_FIRST_S, _LAST_S) for _ in range(_KILLS)]


@pytest.mark.parametrize("number", range(_KILLS))
def test_nothing_is_left_of_a_killed_run(live: Live, number: int) -> None:
    """Neither process, control group, listening socket nor file."""
    after_s = _moments()[number]
    print(f"KILL_SEED={_SEED} number {number}: after {after_s:.2f} s")  # noqa: T201 - shown with -rA
    run = live().start()
    assert run.process is not None
    until_s = time.monotonic() + after_s
    while time.monotonic() < until_s:
        run.note_sockets()
        time.sleep(_LOOK_S)
    run.process.kill()
    run.process.wait()
    was = f"{len(run.processes())} processes, runs {run.run_ids()}, {len(run.sockets)} sockets"
    print(f"killed: {was}")  # noqa: T201 - as above
    if number % 3 == 2:
        killed = run.run_ids()
        run.harness("up")
        assert not set(killed) & set(run.run_ids())
    run.harness("down")
    assert run.leftovers() == []
