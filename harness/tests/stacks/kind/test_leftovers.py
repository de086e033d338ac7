"""What a killed run left: found without kind, removed completely, and a problem only where a cluster was announced."""

from typing import Any

import pytest

from harness.stacks.kind.leftovers import announce, cluster_name, made, remove_clusters, runs_with_clusters
from harness.stacks.run import LeftoverError, Run, place, remove_directory
from harness.tests.stacks.kind.conftest import Machine


def test_a_killed_runs_cluster_is_removed_with_its_volumes(machine: Machine, run: Run) -> None:
    """And nobody else's."""
    name = cluster_name(run.id)
    announce(run, name)
    machine.set(containers={"a": {"cluster": name}, "b": {"cluster": name}, "theirs": {"cluster": "kind"}})
    assert remove_clusters(run.id) == (name,)
    assert list(machine.store["containers"]) == ["theirs"]
    assert machine.asked("docker", "rm") == [["docker", "rm", "--force", "--volumes", "a", "b"]]
    assert machine.asked("kind") == []
    assert remove_clusters(run.id) == ()


def test_a_cluster_of_a_chosen_name_is_known_by_its_run(machine: Machine, run: Run) -> None:
    """The run has written down how it is called."""
    announce(run, "mine")
    machine.set(containers={"a": {"cluster": "mine"}})
    assert remove_clusters(run.id) == ("mine",)


def test_a_run_without_a_cluster_never_asks_docker(machine: Machine, run: Run) -> None:
    """A silent engine is none of its business."""
    machine.set(down=True)
    assert remove_clusters(run.id) == ()
    assert machine.calls == []


def test_a_run_whose_directory_is_lost_is_looked_for_by_name(machine: Machine, run: Run) -> None:
    """Where somebody can look; else there is nothing to hold against it."""
    remove_directory(run)
    machine.set(containers={"a": {"cluster": cluster_name(run.id)}}, down=True)
    assert remove_clusters(run.id) == ()
    machine.set(down=False)
    assert remove_clusters(run.id) == (cluster_name(run.id),)
    (machine.root / "bin" / "docker").unlink()
    assert remove_clusters(run.id) == ()


@pytest.mark.parametrize("installed", [True, False], ids=["silent", "gone"])
def test_an_announced_cluster_is_not_called_removed_unseen(machine: Machine, run: Run, installed: bool) -> None:
    """It is still there when Docker is started again."""
    announce(run, cluster_name(run.id))
    machine.set(down=True)
    if not installed:
        (machine.root / "bin" / "docker").unlink()
    with pytest.raises(LeftoverError, match="could not be removed") as caught:
        remove_clusters(run.id)
    assert caught.value.fix == "start Docker, then run `harness down` again"


def test_one_that_went_by_itself_meanwhile_is_no_problem(machine: Machine, run: Run) -> None:
    """Docker refuses to remove it; nothing is left, and that is what was wanted."""
    announce(run, cluster_name(run.id))
    machine.set(containers={"a": {"cluster": cluster_name(run.id)}})
    body = (machine.root / "bin" / "docker").read_text()
    gone = body.replace(
        '    case ["rm", *_]:\n', "    case [\"rm\", *_]:\n        store['containers'] = {}\n        save()\n"
    )
    assert gone != body
    (machine.root / "bin" / "docker").write_text(gone)
    assert remove_clusters(run.id) == (cluster_name(run.id),)


def test_one_that_stays_is_said(machine: Machine, run: Run) -> None:
    """With Docker's words and the command that removes it."""
    announce(run, cluster_name(run.id))
    made(run)
    machine.set(containers={"a": {"cluster": cluster_name(run.id)}}, stuck=["a"])
    with pytest.raises(LeftoverError) as caught:
        remove_clusters(run.id)
    assert "could not kill container" in caught.value.why
    assert caught.value.fix == "remove them by hand: docker rm --force --volumes a"


@pytest.mark.parametrize("there", [{}, {"c1": {}}], ids=["nothing yet", "a node"])
def test_what_docker_finishes_of_a_broken_start_goes_too(machine: Machine, run: Run, there: dict[str, Any]) -> None:
    """Whoever asked for it has gone, killed perhaps, and it comes all the same."""
    name = cluster_name(run.id)
    announce(run, name)
    machine.set(containers={container: {"cluster": name} for container in there}, late=["c8", "c9"])
    assert remove_clusters(run.id) == (name,)
    assert machine.store["containers"] == {}
    assert machine.store["late"] == []
    assert remove_clusters(run.id) == ()


def test_nothing_more_comes_of_a_cluster_that_was_made(machine: Machine, run: Run) -> None:
    """Docker is asked what is there, and what is left."""
    announce(run, cluster_name(run.id))
    made(run)
    machine.set(containers={"a": {"cluster": cluster_name(run.id)}})
    assert remove_clusters(run.id) == (cluster_name(run.id),)
    assert len(machine.asked("docker", "ps")) == 2


def test_what_stays_of_a_broken_start_is_said(machine: Machine, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Docker's reason, when time is up."""
    monkeypatch.setattr("harness.stacks.kind.leftovers._UNFINISHED_TIMEOUT_S", 0.0)
    announce(run, cluster_name(run.id))
    machine.set(containers={"a": {"cluster": cluster_name(run.id)}}, stuck=["a"])
    with pytest.raises(LeftoverError, match="are left") as caught:
        remove_clusters(run.id)
    assert "could not kill container" in caught.value.why


def test_runs_of_this_state_directory_are_known_by_their_clusters(machine: Machine) -> None:
    """Also those of which nothing else is left; those of other directories and people are not looked at."""
    assert runs_with_clusters() == frozenset()
    names = [cluster_name(f"{place()}-1127-101010-abcd"), cluster_name("ffffff-1127-101010-abcd"), "kind"]
    machine.set(containers={str(i): {"cluster": name} for i, name in enumerate(names)})
    assert runs_with_clusters() == {f"{place()}-1127-101010-abcd"}
    machine.set(down=True)
    assert runs_with_clusters() == frozenset()
    (machine.root / "bin" / "docker").unlink()
    assert runs_with_clusters() == frozenset()
