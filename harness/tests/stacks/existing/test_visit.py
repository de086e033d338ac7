"""The door to a confirmed cluster: credentials that nobody else reads, and that do not stay."""

from pathlib import Path

import pytest

from harness.stacks.existing import visit as module
from harness.stacks.existing.visit import visit, write_kubeconfig
from harness.tests.stacks.existing.whole_cluster import DESTINATION, WholeCluster


def test_the_kubeconfig_is_the_owners_alone(tmp_path: Path) -> None:
    """And is never written over another one."""
    path = write_kubeconfig(DESTINATION, tmp_path)
    assert path.read_text() == DESTINATION.kubeconfig
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_kubeconfig(DESTINATION, tmp_path)


def test_a_look_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a connection nor the file, also when the look ends badly."""
    api, seen = WholeCluster(), []

    def opened(path: Path) -> WholeCluster:
        seen.append((path, path.read_text(), path.parent.stat().st_mode & 0o777))
        return api

    monkeypatch.setattr(module, "KubeApi", opened)
    with pytest.raises(ZeroDivisionError), visit(DESTINATION):
        raise ZeroDivisionError
    ((path, text, mode),) = seen
    assert (text, mode) == (DESTINATION.kubeconfig, 0o700)
    assert not path.parent.exists()
    assert api.closed == 1
