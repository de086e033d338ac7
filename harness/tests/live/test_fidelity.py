"""Fidelity: on the embedded stack an alert means what it means on a cluster with the real operator.

`make fidelity` runs the scenarios on both, at one speed, and compares what monitoring looked like, each verdict, and
each alert's life. Where they differ the embedded stack is wrong. Takes Docker, and as long as a suite on kind does.

On kind the alerts about containers run slower than the others, because a kubelet renews its figures seldom. They are
made to page once more on the embedded stack, as slow, so that monitoring is compared at each speed that kind has.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.verdict import worst
from harness.report.results_file import write_results
from harness.report.schema import Results

pytestmark = pytest.mark.fidelity

_ROOT = Path(__file__).parents[3]
_SPEED = os.environ.get("SPEED", "30")
#: the embedded stack has the monitoring of either installation
_MONITORING = os.environ.get("MONITORING", "chart")
#: further options of pytest for both runs, and for the one on kind
_BOTH, _KIND = (tuple(shlex.split(os.environ.get(name, ""))) for name in ("FIDELITY_ARGS", "KIND_ARGS"))
#: results of a run on kind that was made already, tonight's for example; then Docker is not needed
_KIND_RESULTS = os.environ.get("KIND_RESULTS", "")
#: 1 and 3 are verdicts, which are compared; 2 and more is a run that was none
_VERDICTS = (0, 1, 3)


def _run(stack: str, *options: str, speed: str = _SPEED, part: str = "") -> Path:
    results = _ROOT / "harness-report" / f"fidelity-{stack}{part}.json"
    results.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "scenarios", "--stack", stack, "--speed", speed]
    command += ["--monitoring", _MONITORING, "--results", str(results), "-p", "no:cacheprovider", *_BOTH, *options]
    done = subprocess.run(command, cwd=_ROOT, check=False)
    assert done.returncode in _VERDICTS, f"{shlex.join(command)} ended with {done.returncode}"
    return results


def _read(file: Path) -> Results:
    return Results.model_validate_json(file.read_text(encoding="utf-8"))


def slower_alerts(ours: Results, theirs: Results) -> dict[str, float]:
    """The alerts that ran there at speeds that none of our stacks had, each with the highest that it ran at."""
    had = {one.speed for one in ours.settings}
    ran: dict[str, float] = {}
    for one in theirs.scenarios:
        if one.about in theirs.alerts and one.speed is not None:
            ran[one.about] = max(one.speed, ran.get(one.about, 0.0))
    return {alert: speed for alert, speed in ran.items() if speed not in had}


def with_slower(ours: Results, slower: Results, alert: str) -> Results:
    """With the monitoring of a slower run's stack, and its verdict about this alert where that is worse."""
    verdict = worst(one.alerts[alert].verdict for one in (ours, slower))
    alerts = {**ours.alerts, alert: ours.alerts[alert].model_copy(update={"verdict": verdict})}
    return ours.model_copy(update={"alerts": alerts, "settings": (*ours.settings, *slower.settings)})


def at_speeds_of(ours: Results, theirs: Results) -> Results:
    """Without the monitoring at speeds that they have no stack of: it can be compared with nothing."""
    had = {one.speed for one in theirs.settings}
    return ours.model_copy(update={"settings": tuple(one for one in ours.settings if one.speed in had)})


def test_the_embedded_stack_does_what_a_cluster_does() -> None:
    """Target labels, rules, routes, verdicts and lives; what is told of the difference is the command's own table."""
    files = [_run("embedded"), Path(_KIND_RESULTS).resolve() if _KIND_RESULTS else _run("kind", *_KIND)]
    ours, theirs = map(_read, files)
    for alert, speed in slower_alerts(ours, theirs).items():
        again = _run("embedded", "--alert", alert, speed=f"{speed:g}", part=f"-{alert}")
        ours = with_slower(ours, _read(again), alert)
    write_results(at_speeds_of(ours, theirs), files[0])
    compare = [sys.executable, "-c", "from harness.cli.main import main; main()", "compare", *map(str, files)]
    done = subprocess.run(compare, cwd=_ROOT, check=False)
    assert done.returncode == 0, "there is a difference, or something cannot be told: see the table above"
