"""What waits in the controller's queues, read from its pods' own pages by whoever fills them."""

import threading
from collections.abc import Callable

from harness.core.errors import CouldNotTellError
from harness.core.exposition import Page
from harness.core.throughput import WORKERS_METRIC
from harness.witness.pods import ControllerPods


def depths(page: Page) -> dict[str, float]:
    """Queue -> the items that wait in it; one that is split by priority is summed."""
    queues: dict[str, float] = {}
    for sample in page.samples("workqueue_depth"):
        queue = sample.labels.get("name", "")
        queues[queue] = queues.get(queue, 0.0) + sample.value
    return queues


class QueuePages:
    """Asks the pods themselves; each thread that asks has connections of its own."""

    def __init__(self, pods: Callable[[], ControllerPods]) -> None:
        """Args: makes a way to the pods' pages."""
        self._make = pods
        self._mine = threading.local()
        self._made: list[ControllerPods] = []

    def waiting(self, queue: str) -> float:
        """The items that wait in this queue, on the replica where they are most.

        Raises:
            CouldNotTellError: no pod answers, or none has the queue.
        """
        found = [depth for page in self._pods().answered() for name, depth in depths(page).items() if name == queue]
        if not found:
            raise CouldNotTellError(
                f"what waits in queue {queue} is not known",
                why=f'no page has workqueue_depth{{name="{queue}"}}',
                fix="check the names of the queues in the subject file",
            )
        return max(found)

    def workers(self) -> float | None:
        """The fewest reconciles that one of the controllers runs at once; None where no page says.

        https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/internal/controller/metrics/metrics.go

        Raises:
            CouldNotTellError: no pod answers.
        """
        found = [sample.value for page in self._pods().answered() for sample in page.samples(WORKERS_METRIC)]
        return min(found, default=None)

    def close(self) -> None:
        """Gives all connections back; nobody asks any more."""
        while self._made:
            self._made.pop().close()

    def _pods(self) -> ControllerPods:
        pods: ControllerPods | None = getattr(self._mine, "pods", None)
        if pods is None:
            pods = self._mine.pods = self._make()
            self._made.append(pods)
        return pods
