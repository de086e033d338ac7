"""Whether a cluster's nodes are still those that it was made of: containers, asked of Docker, and seldom.

A node that ends takes the API server along, and whoever asked that one would learn only that nobody answers. One that
was started again answers, but everything on it has begun anew.
"""

import time
from collections.abc import Callable

from harness.stacks.command import CommandFailedError
from harness.stacks.kind.docker import ContainerState, Docker, NoDockerError
from harness.stacks.kind.leftovers import CLUSTER_LABEL

#: a look costs 0.05 s of a core; between two, the last answer counts
_EVERY_S = 5.0
#: after a look that told nothing, which may have taken seconds
_LATER_S = 60.0


class NodeWatch:
    """Remembers the nodes as they are when it is made; what has ended once stays so."""

    def __init__(self, cluster: str, docker: Docker, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Looks for the first time.

        Args:
            cluster: its name.
            docker: where its nodes are.
            clock: seconds, for the pauses between looks.

        Raises:
            NoDockerError: no engine answers.
            CommandFailedError: a node has gone already.
        """
        self._cluster = cluster
        self._docker = docker
        self._clock = clock
        self._nodes = docker.containers(CLUSTER_LABEL, value=cluster)
        self._first = docker.states(self._nodes)
        self._look_s = clock() + _EVERY_S
        self._ended: str | None = None

    def ended(self) -> str | None:
        """Which node has ended, and how, as known 5 s ago; None while all run, or while Docker does not tell."""
        if self._ended is None and self._clock() >= self._look_s:
            self._look()
        return self._ended

    def _look(self) -> None:
        pause_s = _EVERY_S
        try:
            states = self._docker.states(self._nodes)
            self._ended = next(filter(None, map(_change, self._first, states)), None)
        except CommandFailedError:
            try:
                self._ended = self._gone()
            except NoDockerError:
                pause_s = _LATER_S
        self._look_s = self._clock() + pause_s

    def _gone(self) -> str | None:
        """Docker refuses in the same way where one is gone and where it cannot tell."""
        there = {container.id for container in self._docker.containers(CLUSTER_LABEL, value=self._cluster)}
        gone = [before.name for node, before in zip(self._nodes, self._first, strict=True) if node.id not in there]
        return f"the node's container {gone[0]} was removed" if gone else None


def _change(before: ContainerState, now: ContainerState) -> str | None:
    what = f"the node's container {now.name}"
    if now.status in {"exited", "dead"}:
        return f"{what} exited with status {now.exit_code}"
    return f"{what} was started again" if now.started != before.started else None
