"""What holds for every test.

Properties are judged by what they find, never by how long it takes; no test writes a summary of its own run, and none
sees, ends or removes a real run of whoever runs the tests.

Ctrl-C is heeded: whoever is started in the background ignores it, and so does all that it starts, which a test that
interrupts something would wait for without end.
"""

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from harness.report.job_summary import SETTINGS

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _no_summary(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is played in a test would write into the summary of the job that runs the tests."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of this test live here; it is not made before there is one."""
    monkeypatch.setenv("KUBEMIRROR_HARNESS_STATE", str(tmp_path / "state"))
    return tmp_path / "state"
