"""A state directory of the test's own, so that no test sees or removes a real run."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def state_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of this test live here."""
    monkeypatch.setenv("KUBEMIRROR_HARNESS_STATE", str(tmp_path / "state"))
    return tmp_path / "state"
