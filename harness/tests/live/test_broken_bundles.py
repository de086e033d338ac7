"""Bundles that cannot work, on a real stack: one block that names what is to blame, and no scenario waits for anything.

`make accidents` runs them, half a minute each.
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.tests.live.liverun import LiveRun
from harness.waiting import wait_until

pytestmark = pytest.mark.accident

Live = Callable[..., LiveRun]

_ROOT = Path(__file__).parents[3]
_UP_S, _END_S = 120.0, 60.0
#: from the finding to the end of pytest: the stack's own removal, and nothing that waits
_OVER_S = 30.0


def _bundle(directory: Path, file: str, old: str, new: str) -> Path:
    """A copy of the shipped bundle with one text of one file replaced; its subject file."""
    for part in ("monitoring", "controller"):
        shutil.copytree(_ROOT / part, directory / part, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    path = directory / file
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    subject = directory / "monitoring" / "subject.yaml"
    subject.write_text(subject.read_text().replace("{checkout}/controller/deploy", "../controller/deploy"))
    return subject


@pytest.mark.parametrize(
    ("change", "link", "cause"),
    [
        pytest.param(
            (
                "monitoring/servicemonitor.yaml",
                "      app.kubernetes.io/name: kubemirror\n  endpoints",
                "      app.kubernetes.io/name: kubemirrors\n  endpoints",
            ),
            "target",
            "does not fit the Service kubemirror-controller-metrics: label app.kubernetes.io/name is 'kubemirror'",
            id="selector",
        ),
        pytest.param(
            ("controller/deploy/deployment.yaml", "--worker-threads=5", "--worker-thread=5"),
            "controller",
            "container controller ends with exit code 2",
            id="crash",
        ),
        pytest.param(
            ("monitoring/prometheusrule.yaml", "    release: prometheus\n", ""),
            "rules",
            "give its metadata the label release: prometheus",
            id="release label",
        ),
    ],
)
def test_a_bundle_that_cannot_work_is_told_once_and_at_once(
    live: Live, tmp_path: Path, change: tuple[str, str, str], link: str, cause: str
) -> None:
    """The link, the cause, exit code 1; nothing that hangs on it was tried, and nothing is left."""
    subject = _bundle(tmp_path / "bundle", *change)
    run = live().start("scenarios", "--subject", str(subject))
    assert run.process is not None
    wait_until("the finding", lambda: run.says("what hangs on it is not tested"), timeout_s=_UP_S)
    found_s = time.monotonic()
    assert run.process.wait(_END_S) == 1
    assert time.monotonic() - found_s < _OVER_S
    assert run.log.count(f"{link}: VIOLATED") == 1
    assert cause in run.log
    results = json.loads((run.directory / "results.json").read_text())
    assert {one["because_of"] for one in results["scenarios"]} == {link}
    assert len(results["bring_ups"]) == 1
    assert not run.run_ids()
