"""Witness of the workqueue's depth: the items that wait in one queue, on the replica where they are most."""

from harness.core.contract.model import Threshold
from harness.core.errors import CouldNotTellError
from harness.core.exposition import Page
from harness.core.nearest import shown
from harness.core.reading import Reading
from harness.witness.pods import ControllerPods
from harness.witness.queue_pages import depths
from harness.witness.witness import condition_holds


class QueueDepth:
    """Reads `workqueue_depth` from the pods' own pages; a queue that is split by priority is summed."""

    def __init__(self, pods: ControllerPods, threshold: Threshold, *, queue: str | None = None) -> None:
        """Args: whom to ask; the promise; the queue's name, None for the fullest of all."""
        self.name = f"waiting items of queue {queue}" if queue else "waiting items of the fullest queue"
        self._pods = pods
        self._threshold = threshold
        self._queue = queue

    def observe(self) -> Reading:
        """Raises CouldNotTellError when no pod answers, or none has the queue."""
        found: list[tuple[float, str, Page]] = []
        there: set[str] = set()
        for page in self._pods.answered():
            there |= depths(page).keys()
            found += [(value, queue, page) for queue, value in depths(page).items() if self._queue in {None, queue}]
        if not found:
            raise CouldNotTellError(
                f"no page has the {self.name}",
                why=f"of the queues there, the likeliest: {shown(self._queue or '', there)}",
                fix="check the names of the queues in the subject file",
            )
        value, queue, page = max(found, key=lambda depth: depth[0])
        return Reading(
            at_s=page.at_s,
            value=value,
            holds=condition_holds(self._threshold, value),
            note=f'workqueue_depth{{name="{queue}"}} = {value:g} on {page.source}',
        )

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()
