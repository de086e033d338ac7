"""The controller's own bench is another program."""

import sys
from pathlib import Path

import pytest

from harness.bench.controller_bench import has_controller_bench, run_controller_bench
from harness.core.errors import CouldNotTellError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package in place of the controller's; returns its directory."""
    directory = tmp_path / "someones"
    directory.mkdir()
    (directory / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return directory


def test_a_bench_is_looked_for_without_importing_the_package(package: Path) -> None:
    """Harness and controller do not know each other."""
    assert not has_controller_bench(package.name)
    (package / "bench.py").write_text("")
    assert has_controller_bench(package.name)
    assert "someones" not in sys.modules


def test_no_package_is_no_bench() -> None:
    """A subject need not live in this repository."""
    assert not has_controller_bench("nobodys_package")


def test_its_output_is_ours_and_it_knows_of_no_cluster(
    package: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The cluster of whoever runs a bench is never written to."""
    monkeypatch.setenv("KUBECONFIG", "/somebody/elses")
    (package / "bench.py").write_text("import os\nprint('in memory 3000', os.environ.get('KUBECONFIG'))\n")
    run_controller_bench(package.name)
    assert capfd.readouterr().out == "in memory 3000 None\n"


def test_a_failing_bench_could_not_tell(package: Path) -> None:
    """With the command that shows why."""
    (package / "bench.py").write_text("raise SystemExit(4)\n")
    with pytest.raises(CouldNotTellError, match="no figures") as caught:
        run_controller_bench(package.name)
    assert "exit status 4" in caught.value.why
    assert "python -m someones.bench" in caught.value.fix
