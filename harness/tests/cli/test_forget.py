"""`harness down --forget`: a run whose cluster is gone is given up by whoever names it twice, and by nobody else."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.forget import forget
from harness.cli.main import app
from harness.clients.kubernetes import ApiUnreachableError, KubeApi
from harness.core.errors import CouldNotTellError, MisuseError
from harness.stacks.existing.connection import Connection
from harness.stacks.existing.kubeconfig import Destination, Kubeconfig
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.kinds import SWEEP
from harness.stacks.run import Run, known_runs
from harness.tests.cli.test_cluster_down import killed
from harness.tests.stacks.existing.test_kubeconfig import text, written
from harness.tests.stacks.existing.whole_cluster import WholeCluster, entering, shop


@contextmanager
def _silent(destination: Destination) -> Iterator[KubeApi]:
    raise ApiUnreachableError(destination.server, why="TimeoutError: ", fix="start it")
    yield


@contextmanager
def _never(_: Destination) -> Iterator[KubeApi]:
    pytest.fail("a cluster was entered")
    yield


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A kubeconfig with the one context `dev`."""
    return written(tmp_path / "config", text(context="dev"))


def _server(config: Path) -> str:
    return Kubeconfig.read(config, {}).destination("dev").server


def _said(run: str, config: Path, *, confirmation: str | None = None, enter: Connection = _never) -> str:
    out = io.StringIO()
    forget(run, confirmation=confirmation, kubeconfig=config, console=Console(file=out, width=60), enter=enter)
    return out.getvalue()


def test_a_run_whose_context_is_gone_is_forgotten_when_named_twice(config: Path) -> None:
    """With a line for what nobody will remove any more; no cluster is entered."""
    run = killed(WholeCluster(), context="gone", server="https://10.0.0.1:6443")
    assert _said(run.id, config, confirmation=run.id) == (
        f"forgot {run.id}: {config} has no context 'gone'\n"
        f"  whatever run {run.id} left in the cluster of gone at https://10.0.0.1:6443 stays there: objects, changed"
        f" limits, faults that were under way (label kubemirror-harness/run={run.id})\n"
        "  removed here 0 processes, its cgroups and its directory\n"
    )
    assert known_runs() == ()


@pytest.mark.parametrize("confirmation", [None, "", "another"])
def test_named_once_it_is_told_and_kept(config: Path, confirmation: str | None) -> None:
    """What would be given up, why it cannot be settled, and the command; nothing is done."""
    run = killed(WholeCluster(), context="gone")
    with pytest.raises(MisuseError, match="is not forgotten") as told:
        _said(run.id, config, confirmation=confirmation)
    assert "has no context 'gone'" in told.value.why
    assert "stays there" in told.value.why
    assert told.value.fix.endswith(f"harness down --forget {run.id} --confirm-forget {run.id}")
    assert known_runs() == (run,)
    assert Snapshot.load(run.directory) is not None


def test_a_cluster_that_answers_is_settled_instead(config: Path) -> None:
    """Named twice or not: what is there can be removed."""
    api = WholeCluster()
    run = killed(api, context="dev", server=_server(config))
    with pytest.raises(MisuseError, match="is not forgotten") as told:
        _said(run.id, config, confirmation=run.id, enter=partial(entering, api))
    assert "answers" in told.value.why
    assert told.value.fix == "harness down --context dev --confirm-context dev"
    assert known_runs() == (run,)


def test_a_cluster_that_does_not_answer_may_be_given_up(config: Path) -> None:
    """Whoever names the run twice knows that it is not just switched off."""
    run = killed(WholeCluster(), context="dev", server=_server(config))
    assert f"{_server(config)} does not let this machine in: TimeoutError" in _said(
        run.id, config, confirmation=run.id, enter=_silent
    )
    assert known_runs() == ()


def test_a_context_that_leads_elsewhere_by_now_is_not_entered(config: Path) -> None:
    """A kind cluster was made again under its name: what is there now is somebody else's."""
    run = killed(WholeCluster(), context="dev", server="https://127.0.0.1:1")
    assert f"context 'dev' leads to {_server(config)} now, it was https://127.0.0.1:1" in _said(
        run.id, config, confirmation=run.id
    )


def test_a_kubeconfig_that_is_gone_leads_nowhere(tmp_path: Path) -> None:
    """With it every context in it."""
    run = killed(WholeCluster(), context="gone")
    assert "cannot read kubeconfig" in _said(run.id, tmp_path / "none", confirmation=run.id)


def test_only_what_waits_for_a_cluster_can_be_forgotten(config: Path) -> None:
    """A misspelt run, and one that `harness down` removes."""
    waiting, other = killed(WholeCluster(), context="gone"), Run.create().keep()
    for name in ("", "nobody", other.id):
        with pytest.raises(MisuseError, match="there is no run") as told:
            _said(name, config, confirmation=name)
        assert waiting.id in told.value.why
    assert len(known_runs()) == 2


def test_a_run_that_is_under_way_is_not_forgotten(config: Path) -> None:
    """It will settle with its cluster itself."""
    run = Run.create()
    Snapshot.look(WholeCluster().api, shop(), context="gone", server="").save(run.directory)
    with pytest.raises(MisuseError, match="is under way"):
        _said(run.id, config, confirmation=run.id)
    assert known_runs() == (run,)


def test_what_is_no_answer_of_the_cluster_forgets_nothing(config: Path) -> None:
    """A full disk here says nothing about a cluster there."""

    @contextmanager
    def full(_: Destination) -> Iterator[KubeApi]:
        raise CouldNotTellError("no place", why="the disk is full", fix="make room")
        yield

    run = killed(WholeCluster(), context="dev", server=_server(config))
    with pytest.raises(CouldNotTellError, match="no place"):
        _said(run.id, config, confirmation=run.id, enter=full)
    assert known_runs() == (run,)


def test_nothing_is_forgotten_by_itself() -> None:
    """However often somebody sweeps or takes everything down."""
    run = killed(WholeCluster(), context="gone")
    for _ in range(3):
        SWEEP.remove_abandoned()
        SWEEP.remove_all(also_owned=True)
    assert known_runs() == (run,)


@pytest.mark.parametrize(
    "words",
    [("--forget", "x", "--all"), ("--forget", "x", "--context", "dev"), ("--confirm-forget", "x")],
    ids=["--all", "--context", "--confirm-forget alone"],
)
def test_the_command_takes_it_alone(words: tuple[str, ...]) -> None:
    """Who asks for two things at once gets neither."""
    with pytest.raises(MisuseError):
        app(["down", *words], standalone_mode=False)
