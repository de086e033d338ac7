"""Clusters that a killed run left: found by the label that kind puts on its containers, removed without kind.

A run says that it makes a cluster, and under which name, in a file of its directory before it does, and afterwards that
it is made. So a run that made none never asks Docker, one that did is not called removed while nobody can look, and
what Docker still does where the making was broken off is waited for.
"""

from contextlib import suppress

from harness.core.errors import CouldNotTellError
from harness.stacks.command import CommandFailedError
from harness.stacks.kind.docker import Docker, NoDockerError
from harness.stacks.run import LeftoverError, Run, place, state_root
from harness.stacks.sweep import KindRemoved
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: https://github.com/kubernetes-sigs/kind/blob/v0.33.0/pkg/cluster/internal/providers/docker/constants.go
CLUSTER_LABEL = "io.x-k8s.kind.cluster"

_PREFIX = "kmh-"
_MARKER, _MADE = "kind-cluster", "kind-cluster-made"

#: a container is made within a second, on a machine that is not very busy
_ABSENT_LOOKS, _UNFINISHED_LOOK_S = 3, 1.0
_UNFINISHED_TIMEOUT_S = 30.0


class KindClusters:
    """What a stack on kind leaves (see `sweep.StackKind`)."""

    def runs(self) -> frozenset[str]:
        """Those that have containers; none where no engine answers."""
        return runs_with_clusters()

    def remove(self, run: Run) -> KindRemoved:
        """As `remove_clusters`."""
        return KindRemoved(names=tuple(f"kind cluster {name}" for name in remove_clusters(run.id)))


def cluster_name(run_id: str) -> str:
    """The name of a run's cluster: 27 characters, so that the node's name, 14 longer, is a host name."""
    return f"{_PREFIX}{run_id}"


def announce(run: Run, name: str) -> None:
    """Writes down that the run makes a cluster of this name; to be called before it does."""
    (run.directory / _MARKER).write_text(name)


def made(run: Run) -> None:
    """Writes down that the announced cluster is there: nobody makes anything of it any more."""
    (run.directory / _MADE).touch()


def remove_clusters(run_id: str) -> tuple[str, ...]:
    """Removes the clusters of a run, whatever state they are in.

    Returns:
        The names of those that were there.

    Raises:
        LeftoverError: the run made one, and it cannot be removed or nobody can see whether it is still there.
    """
    directory = state_root() / "runs" / run_id
    announced = _announced(run_id)
    if announced is None and directory.exists():
        return ()
    name = announced or cluster_name(run_id)
    if announced is None and not Docker.installed():
        return ()
    broken_off = announced is not None and not (directory / _MADE).exists()
    remove_it = _remove_unfinished if broken_off else remove_cluster
    try:
        return (name,) if remove_it(name, Docker()) else ()
    except NoDockerError as error:
        if announced is None:
            return ()
        raise LeftoverError(
            f"the kind cluster {name} of run {run_id} could not be removed",
            why=f"{error.what}: {error.why}",
            fix="start Docker, then run `harness down` again",
        ) from error


def remove_cluster(name: str, docker: Docker) -> bool:
    """Removes a cluster's containers with their volumes; whether there were any.

    Raises:
        NoDockerError: no engine answers.
        LeftoverError: one of them does not go away.
    """
    containers = docker.containers(CLUSTER_LABEL, value=name)
    if not containers:
        return False
    problem: CouldNotTellError | None = None
    try:
        docker.remove_containers(containers)
    except CommandFailedError as error:
        problem = error
    # Somebody else, or kind that was not ended yet, may have been quicker; and slower ones count, too.
    left = docker.containers(CLUSTER_LABEL, value=name)
    if left:
        raise LeftoverError(
            f"containers of the kind cluster {name} are left",
            why=problem.why if problem else "they came back",
            fix=f"remove them by hand: docker rm --force --volumes {' '.join(c.id[:12] for c in left)}",
        ) from problem
    return True


def _remove_unfinished(name: str, docker: Docker) -> bool:
    """The same for one whose making was broken off: what Docker was asked for before, it may still do afterwards.

    Returns once no container was there at three looks in a row, a second apart.

    Raises:
        LeftoverError: also where another one appears for 30 s.
    """
    absent, ever = 0, False

    def gone() -> NotYet | None:
        nonlocal absent, ever
        there = docker.containers(CLUSTER_LABEL, value=name)
        absent, ever = (0, True) if there else (absent + 1, ever)
        if there:
            with suppress(CommandFailedError):  # it is looked at again
                docker.remove_containers(there)
        return None if absent >= _ABSENT_LOOKS else NotYet(f"{len(there)} of its containers there")

    try:
        wait_until("removed", gone, timeout_s=_UNFINISHED_TIMEOUT_S, interval_s=_UNFINISHED_LOOK_S)
    except WaitTimeoutError:
        return remove_cluster(name, docker) or ever  # tells what is left, and why
    return ever


def runs_with_clusters() -> frozenset[str]:
    """Ids of this state directory's runs that have containers, known runs or not; none where no engine answers."""
    if not Docker.installed():
        return frozenset()
    try:
        names = {container.label for container in Docker().containers(CLUSTER_LABEL)}
    except NoDockerError:
        return frozenset()
    ours = cluster_name(f"{place()}-")
    return frozenset(name.removeprefix(_PREFIX) for name in names if name.startswith(ours))


def _announced(run_id: str) -> str | None:
    try:
        return (state_root() / "runs" / run_id / _MARKER).read_text().strip() or None
    except OSError:
        return None
