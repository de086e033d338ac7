"""The door to a confirmed cluster: credentials that nobody else reads, and that do not stay."""

from pathlib import Path

import pytest

from harness.clients.kubernetes import KubeApi
from harness.core.errors import CouldNotTellError
from harness.stacks.existing.connection import connect, write_kubeconfig
from harness.stacks.kinds import SWEEP
from harness.stacks.run import Owner, Run, known_runs
from harness.tests.stacks.existing.whole_cluster import DESTINATION, WholeCluster


def test_the_kubeconfig_is_the_owners_alone(tmp_path: Path) -> None:
    """And is never written over another one."""
    path = write_kubeconfig(DESTINATION, tmp_path)
    assert path.read_text() == DESTINATION.kubeconfig
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_kubeconfig(DESTINATION, tmp_path)


def test_a_look_leaves_nothing() -> None:
    """Neither a connection nor the file, also when the look ends badly."""
    api, seen = WholeCluster(), []

    def opened(path: Path) -> KubeApi:
        seen.append((path, path.read_text(), path.parent.stat().st_mode & 0o777))
        return api.api

    with pytest.raises(ZeroDivisionError), connect(DESTINATION, open_api=opened):
        raise ZeroDivisionError
    ((path, text, mode),) = seen
    assert (text, mode) == (DESTINATION.kubeconfig, 0o700)
    assert not path.parent.exists()
    assert api.closed == 1
    assert known_runs() == ()


def test_what_a_killed_look_left_is_swept() -> None:
    """Nobody comes back to remove the credentials, so they are where every start looks."""
    with connect(DESTINATION, open_api=lambda _path: WholeCluster().api):
        (run,) = known_runs()
        assert [path.name for path in (run.directory / "secrets").iterdir()] == ["kubeconfig"]
        Run(id=run.id, directory=run.directory, owner=Owner(pid=1, start_ticks=-1), kept=False).save()
        assert [removed.run_id for removed in SWEEP.remove_abandoned()] == [run.id]
        assert known_runs() == ()
        assert not run.directory.exists()


def test_no_place_for_the_credentials_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody is asked."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("KUBEMIRROR_HARNESS_STATE", str(tmp_path / "file"))
    with pytest.raises(CouldNotTellError, match="could not be set up"), connect(DESTINATION):
        pass
