"""A full queue: so many items wait in the controller's workqueue, and go on waiting, whatever it takes out of it.

How many sources that takes depends on how many the controller works on at once and how long each takes, so they are not
counted but the queue is, on the controller's own page. Without something that makes its work slow no queue stays full.
"""

import time
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, Final

from harness.core.errors import CouldNotTellError
from harness.faults import source
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear
from harness.faults.queue_flood import QueueFlood
from harness.faults.source import SourceKind, source_kinds
from harness.polling import PollingThread
from harness.waiting import NotYet, wait_until

#: the controller learns of a source by its watch: what was made is in its queue by then, or is worked on
_ARRIVES_S: Final = 1.0
_LOOK_S: Final = 0.1
#: a few hundred sources are made and arrive within seconds, on a busy machine too
_FILLS_S: Final = 30.0
#: a look or a creation under way is answered within the door's own timeout; then the thread has ended
_ANSWERED_S: Final = 45.0


@dataclass(slots=True, kw_only=True)
class FullQueue:
    """Makes sources until `depth` items wait, and more of them as the controller takes some out, until it is undone.

    Never more than are missing. Of two of them, with different prefixes, the higher counts.
    """

    name: ClassVar[str] = "full-queue"
    wear: ClassVar[Wear] = Wear.NONE
    lingers_s: ClassVar[float] = 0.0

    #: items that wait in the queue of one replica
    depth: int
    #: names of the sources begin with it; also the group by which they are removed: a-z, 0-9 and `-`
    prefix: str
    #: None for the first that the subject mirrors
    kind: SourceKind | None = None

    _made: int = field(default=0, init=False)
    #: by the monotonic clock
    _made_s: float = field(default=float("-inf"), init=False)
    _topping_up: PollingThread | None = field(default=None, init=False)

    def inject(self, cluster: Cluster) -> None:
        """Returns when so many wait.

        Raises:
            CouldNotTellError: the sources were refused, nobody tells what waits, or the queue does not fill.
        """

        def full() -> NotYet | None:
            seen = self._top_up(cluster)
            return None if seen >= self.depth else NotYet(f"{seen:g} wait, {self._made} sources were made")

        wait_until(
            f"{self.depth} waiting items",
            full,
            timeout_s=_FILLS_S,
            interval_s=_LOOK_S,
            fix="make the controller's work slow first: what it takes out at once never waits",
        )
        if self._topping_up is None:
            # a look that fails is made up for by the next; a queue that runs empty meanwhile shows in the witness
            self._topping_up = PollingThread(
                partial(self._top_up, cluster),
                name="full-queue",
                interval_s=_LOOK_S,
                at_once=False,
                patience_s=_ANSWERED_S,
            )
            self._topping_up.start()

    def undo(self, cluster: Cluster) -> None:
        """Makes no more of them, and deletes those there are in one request.

        Raises:
            CouldNotTellError: the API server refused.
        """
        if self._topping_up is not None:
            self._topping_up.stop()
            self._topping_up = None
        QueueFlood(count=0, prefix=self.prefix, kind=self.kind).undo(cluster)

    def _top_up(self, cluster: Cluster) -> float:
        """Makes as many sources as are missing, unless some of those made before may still arrive; says what waits."""
        kind = self.kind or source_kinds(cluster.subject)[0]
        seen = cluster.queues.waiting(cluster.subject.sources.queues[kind.value])
        missing = max(0, self.depth - int(seen))
        if missing and time.monotonic() - self._made_s >= _ARRIVES_S:
            serial = time.time_ns()
            names = [f"{self.prefix}-{number}" for number in range(self._made, self._made + missing)]
            answers = cluster.api.send_all(
                [source.creation(cluster, kind=kind, group=self.prefix, name=name, serial=serial) for name in names]
            )
            self._made += missing
            self._made_s = time.monotonic()
            refused = [answer for answer in answers if not answer.accepted]
            if refused:
                raise CouldNotTellError(
                    f"{len(refused)} sources could not be created",
                    why=str(refused[0].body.get("message", refused[0].status)),
                    fix="check that the run's source namespace exists and that no quota or policy stands in the way",
                )
        return seen
