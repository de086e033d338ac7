"""The cluster as a fault sees it: an API server, a run's mark on everything made, and the subject."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

from harness.clients.kubernetes import KubeApi
from harness.core.contract.subject import Subject
from harness.core.controller_paths import ControllerPaths
from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_LABEL


class Usage(Protocol):
    """What the controller's container uses in the pod of a name, as cAdvisor counts it.

    Each raises CouldNotTellError when nobody counts this pod.
    """

    def working_set_bytes(self, pod: str) -> float:
        """Memory in use without the page cache that the kernel would drop first, settled; takes some seconds."""
        ...

    def working_set_span(self, pod: str) -> tuple[float, float]:
        """The least and the most that it was while it counted as settled, in bytes; takes some seconds."""
        ...

    def memory_usage_bytes(self, pod: str) -> float:
        """Memory in use with all page cache: what the kubelet compares with a limit that is to come down.

        With what the pod uses for itself, and without what its other containers use.
        """
        ...

    def cpu_cores(self, pod: str) -> float:
        """CPU on an average over some seconds, in cores; takes these seconds."""
        ...

    def throttled_ratio(self, pod: str) -> float:
        """The share of CFS periods in which it is held back, 0 to 1, over some seconds; takes these seconds."""
        ...


class Queues(Protocol):
    """What waits in the controller's queues, as its own page tells it. Asked from any thread."""

    def waiting(self, queue: str) -> float:
        """The items that wait in the queue of this name, on the replica where they are most.

        Raises:
            CouldNotTellError: no pod answers, or none has the queue.
        """
        ...

    def workers(self) -> float | None:
        """The fewest reconciles that one of the controllers runs at once; None where its page does not say.

        Raises:
            CouldNotTellError: no pod answers.
        """
        ...


class NobodyCounts:
    """No figures: a squeeze by hand has none."""

    def waiting(self, queue: str) -> float:
        """Raises CouldNotTellError."""
        raise CouldNotTellError(
            f"what waits in queue {queue} is not known",
            why="nothing that reads the controller's page was given",
            fix="fill queues in a scenario, not by hand",
        )

    def workers(self) -> float | None:
        """Nobody says."""
        return None

    def working_set_bytes(self, pod: str) -> float:
        """Raises CouldNotTellError."""
        self._unknown(pod)

    def working_set_span(self, pod: str) -> tuple[float, float]:
        """Raises CouldNotTellError."""
        self._unknown(pod)

    def memory_usage_bytes(self, pod: str) -> float:
        """Raises CouldNotTellError."""
        self._unknown(pod)

    def cpu_cores(self, pod: str) -> float:
        """Raises CouldNotTellError."""
        self._unknown(pod)

    def throttled_ratio(self, pod: str) -> float:
        """Raises CouldNotTellError."""
        self._unknown(pod)

    def _unknown(self, pod: str) -> NoReturn:
        raise CouldNotTellError(
            f"what pod {pod} uses is not known",
            why="nothing that counts it was given",
            fix="squeeze in a scenario, not by hand",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """What every fault is given. The stack makes it; a fault cannot tell which stack it is."""

    api: KubeApi
    #: the run's id: a label value and part of names, so at most 30 of a-z, 0-9 and `-`
    run: str
    subject: Subject
    #: `clientConfig` of a webhook, without a path: `url` or `service`, and `caBundle`. Where the fault webhook listens
    webhook_client_config: Mapping[str, object]
    usage: Usage = field(default_factory=NobodyCounts)
    queues: Queues = field(default_factory=NobodyCounts)

    @property
    def paths(self) -> ControllerPaths:
        """Where the API server has the controller."""
        return ControllerPaths.of(self.subject)

    @property
    def labels(self) -> dict[str, str]:
        """The labels that everything of this run carries."""
        return {RUN_LABEL: self.run}

    @property
    def source_namespace(self) -> str:
        """Where this run's sources are created."""
        return f"kubemirror-harness-{self.run}-source"

    @property
    def target_namespace(self) -> str:
        """Where the controller mirrors them to, and the only place whose writes an API fault touches."""
        return f"kubemirror-harness-{self.run}-target"
