"""Fidelity: on the embedded stack an alert means what it means on a cluster with the real operator.

`make fidelity` runs the scenarios on both, at one speed, and compares what monitoring looked like, each verdict, and
each alert's life. Where they differ the embedded stack is wrong. Takes Docker, and as long as a suite on kind does.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.fidelity

_ROOT = Path(__file__).parents[3]
_SPEED = os.environ.get("SPEED", "30")
#: the embedded stack has the monitoring of either installation
_MONITORING = os.environ.get("MONITORING", "chart")
#: further options of pytest for both runs, and for the one on kind
_BOTH, _KIND = (tuple(shlex.split(os.environ.get(name, ""))) for name in ("FIDELITY_ARGS", "KIND_ARGS"))
#: 1 and 3 are verdicts, which are compared; 2 and more is a run that was none
_VERDICTS = (0, 1, 3)


def _run(stack: str, *options: str) -> Path:
    results = _ROOT / "harness-report" / f"fidelity-{stack}.json"
    results.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "scenarios", "--stack", stack, "--speed", _SPEED]
    command += ["--monitoring", _MONITORING, "--results", str(results), "-p", "no:cacheprovider", *_BOTH, *options]
    done = subprocess.run(command, cwd=_ROOT, check=False)
    assert done.returncode in _VERDICTS, f"{shlex.join(command)} ended with {done.returncode}"
    return results


def test_the_embedded_stack_does_what_a_cluster_does() -> None:
    """Target labels, rules, routes, verdicts and lives; what is told of the difference is the command's own table."""
    files = [_run("embedded"), _run("kind", *_KIND)]
    compare = [sys.executable, "-c", "from harness.cli.main import main; main()", "compare", *map(str, files)]
    done = subprocess.run(compare, cwd=_ROOT, check=False)
    assert done.returncode == 0, "there is a difference, or something cannot be told: see the table above"
