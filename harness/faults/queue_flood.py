"""Queue flood: an exact number of sources at once, each of them one item in the controller's workqueue."""

import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

from harness.clients.kubernetes import ApiAnswer
from harness.core.errors import CouldNotTellError
from harness.faults import source
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear
from harness.faults.source import SourceKind, source_kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFlood:
    """Creates `count` sources; those that exist already are touched, which queues them just the same.

    Two floods with different prefixes add up, so a queue can be raised in exact steps.
    """

    name: ClassVar[str] = "queue-flood"
    wear: ClassVar[Wear] = Wear.NONE
    lingers_s: ClassVar[float] = 0.0

    count: int
    #: names of the sources begin with it; also the group by which they are removed: a-z, 0-9 and `-`
    prefix: str
    #: None for the first that the subject mirrors
    kind: SourceKind | None = None

    def inject(self, cluster: Cluster) -> None:
        """Returns when every source is created or touched.

        Raises:
            CouldNotTellError: the API server refused some of them.
        """
        kind, serial = self._kind(cluster), time.time_ns()
        names = [f"{self.prefix}-{number}" for number in range(self.count)]
        answers = cluster.api.send_all(
            [source.creation(cluster, kind=kind, group=self.prefix, name=name, serial=serial) for name in names]
        )
        there = [name for name, answer in zip(names, answers, strict=True) if answer.status == HTTPStatus.CONFLICT]
        touched = cluster.api.send_all([source.touch(cluster, kind=kind, name=name, serial=serial) for name in there])
        refused = [
            answer for answer in (*answers, *touched) if not answer.accepted and answer.status != HTTPStatus.CONFLICT
        ]
        if refused:
            raise _refused("created", refused)

    def undo(self, cluster: Cluster) -> None:
        """Deletes the sources in one request; the controller then removes the mirrors.

        Raises:
            CouldNotTellError: the API server refused.
        """
        answer = cluster.api.send(source.removal(cluster, kind=self._kind(cluster), group=self.prefix))
        if not answer.accepted and answer.status != HTTPStatus.NOT_FOUND:
            raise _refused("removed", [answer])

    def _kind(self, cluster: Cluster) -> SourceKind:
        return self.kind or source_kinds(cluster.subject)[0]


def _refused(verb: str, answers: list[ApiAnswer]) -> CouldNotTellError:
    return CouldNotTellError(
        f"{len(answers)} sources could not be {verb}",
        why=str(answers[0].body.get("message", answers[0].status)),
        fix="check that the run's source namespace exists and that no quota or policy stands in the way",
    )
