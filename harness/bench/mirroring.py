"""Waves of work for the controller: how many mirrors it makes, writes again and removes in a second.

Beside each wave stands what the API server takes of the same kind of request from this process, one for one, with
nothing else going on: a mirror cannot be had for less than its own write.
"""

import itertools
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus

from harness.core.errors import CouldNotTellError
from harness.faults import source
from harness.faults.cluster import Cluster
from harness.faults.namespaces import create_namespaces
from harness.faults.queue_flood import QueueFlood
from harness.faults.source import GROUP_LABEL, SourceKind
from harness.kube_api import ApiRequest, Json
from harness.observe.witness.pods import ControllerPods
from harness.scene.arena import Arena
from harness.waiting import NotYet, wait_until

_KIND = SourceKind.CONFIGMAP
_GROUP, _PLAIN_GROUP, _WARM_GROUP = "bench", "bench-plain", "bench-warm"
#: connections that `KubeApi.send_all` opens at first; opening them is not part of any figure
_CONNECTIONS = 32
#: a poll reads every mirror, so it must be rarer the more there are: at most this many objects in a second
_POLLED_PER_S = 2_500
_LEAST_POLL_S = 0.1
_WAVE_TIMEOUT_S = 60.0

Contents = dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """One wave, in seconds from its first request."""

    #: `create`, `update` or `delete`
    name: str
    sources: int
    #: until the API server had taken all requests
    sent_s: float
    #: until every mirror was as its source; known to within one poll
    mirrored_s: float
    #: until nothing waited in the queue any more; not before `mirrored_s`
    drained_s: float
    #: the longest time between two looks, by which `mirrored_s` and `drained_s` may be too long
    poll_s: float
    #: the same requests, one for one, without a controller that minds them: objects per second
    plain_per_s: float

    @property
    def mirrors_per_s(self) -> float:
        """Mirrors per second, the making of the sources included."""
        return self.sources / self.mirrored_s

    @property
    def per_plain(self) -> float:
        """Mirrors for each plain request that the API server would have taken in the same time."""
        return self.mirrors_per_s / self.plain_per_s


class Waves:
    """The waves over one set of sources, to be made in the order create, update, delete."""

    def __init__(self, arena: Arena, *, sources: int) -> None:
        self._arena = arena
        self._cluster: Cluster = arena.cluster
        self._count = sources
        self._queue = arena.subject.sources.queues.get(_KIND.value, _KIND.value.lower())
        self._pods = ControllerPods(arena.cluster.api, arena.subject, arena.facts.pod_address)
        self._poll_s = max(_LEAST_POLL_S, sources / _POLLED_PER_S)

    def measure(self, keep: Callable[[Wave], None]) -> None:
        """Makes the three waves and hands each over as soon as it is measured.

        Raises:
            CouldNotTellError: the API server refused, a component died, or a wave was not worked off within 60 s.
        """
        with closing(self._pods):
            create_namespaces(self._cluster)
            self._send(self._plain_creations(_WARM_GROUP, _CONNECTIONS))
            self._remove(_WARM_GROUP)
            plain = self._plain()
            flood = QueueFlood(count=self._count, prefix=_GROUP, kind=_KIND)
            keep(self._wave("create", lambda: flood.inject(self._cluster), plain["create"]))
            keep(self._wave("update", lambda: self._send(self._touches(_GROUP)), plain["update"]))
            keep(self._wave("delete", lambda: self._send(self._removals(_GROUP)), plain["delete"], left=0))

    def _plain(self) -> dict[str, float]:
        """Objects per second by kind of request."""
        creations, touches = self._plain_creations(_PLAIN_GROUP, self._count), self._touches(_PLAIN_GROUP)
        removals = self._removals(_PLAIN_GROUP)
        return {
            name: self._count / self._send(requests)
            for name, requests in (("create", creations), ("update", touches), ("delete", removals))
        }

    def _wave(self, name: str, send: Callable[[], object], plain_per_s: float, *, left: int | None = None) -> Wave:
        start_s = time.monotonic()
        send()
        sent_s = time.monotonic() - start_s
        expected = self._contents(self._cluster.source_namespace)
        if len(expected) != (self._count if left is None else left):
            raise CouldNotTellError(
                f"{name}: {len(expected)} sources are there after {self._count} requests",
                why="somebody else makes or removes objects in the run's namespaces",
                fix="leave the stack alone while it is measured",
            )
        looks_s = [time.monotonic() - start_s]

        def look(found: NotYet | None) -> NotYet | None:
            looks_s.append(time.monotonic() - start_s)
            return found

        self._await(f"{name}: all mirrors as their sources", lambda: look(self._mirrored(expected)))
        mirrored_s = looks_s[-1]
        self._await(f"{name}: nothing waits in queue {self._queue}", lambda: look(self._drained()))
        gaps_s = [later - earlier for earlier, later in itertools.pairwise(looks_s)]
        return Wave(
            name=name,
            sources=self._count,
            sent_s=sent_s,
            mirrored_s=mirrored_s,
            drained_s=looks_s[-1],
            poll_s=max(gaps_s),
            plain_per_s=plain_per_s,
        )

    def _await(self, what: str, probe: Callable[[], NotYet | None]) -> None:
        wait_until(
            what,
            probe,
            timeout_s=_WAVE_TIMEOUT_S,
            interval_s=self._poll_s,
            ended=self._arena.stack.ended,
            fix="look at the controller's log in the run's directory; fewer --sources take less time",
        )

    def _mirrored(self, expected: Contents) -> NotYet | None:
        """Whether the target namespace has exactly the mirrors that it should, each with its source's content."""
        return missing_mirrors(
            expected, self._contents(self._cluster.target_namespace, cached=True), names=self._names(_GROUP)
        )

    def _drained(self) -> NotYet | None:
        try:
            pages = self._pods.answered()
        except CouldNotTellError as error:  # a busy controller may miss one answer
            return NotYet(error.why)
        depths = [
            sample.value
            for page in pages
            for sample in page.samples("workqueue_depth")
            if sample.labels.get("name") == self._queue
        ]
        if not depths:
            return NotYet(f"no page has workqueue_depth of {self._queue}")
        return NotYet(f"{sum(depths):g} items wait") if sum(depths) else None

    def _contents(self, namespace: str, *, cached: bool = False) -> Contents:
        """The data of every object there by name, in one request; as of now, or `cached`: cheaper, and a moment old.

        https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
        """
        query = {"resourceVersion": "0"} if cached else {}
        answer = self._cluster.api.ask(ApiRequest(method="GET", path=_KIND.collection(namespace), query=query))
        names = set(self._names(_GROUP))
        found = ((str(item["metadata"]["name"]), item.get("data", {})) for item in answer["items"])
        return {name: data for name, data in found if name in names}

    def _names(self, group: str) -> list[str]:
        return [f"{group}-{number}" for number in range(self._count)]

    def _plain_creations(self, group: str, count: int) -> list[ApiRequest]:
        """Objects like the sources in everything but the labels by which the controller knows a source."""
        cluster = self._cluster
        metadata = {
            "labels": {**cluster.labels, GROUP_LABEL: group},
            "annotations": cluster.subject.sources.annotations_for((cluster.target_namespace,)),
        }
        path = _KIND.collection(cluster.source_namespace)
        return [
            ApiRequest(
                method="POST",
                path=path,
                body={"metadata": {"name": f"{group}-{number}", **metadata}, "data": {"serial": str(time.time_ns())}},
            )
            for number in range(count)
        ]

    def _touches(self, group: str) -> list[ApiRequest]:
        serial = time.time_ns()
        return [source.touch(self._cluster, kind=_KIND, name=name, serial=serial) for name in self._names(group)]

    def _removals(self, group: str) -> list[ApiRequest]:
        path = _KIND.collection(self._cluster.source_namespace)
        return [ApiRequest(method="DELETE", path=f"{path}/{name}") for name in self._names(group)]

    def _send(self, requests: Sequence[ApiRequest]) -> float:
        """Sends them all and returns the seconds that took."""
        start_s = time.monotonic()
        answers = self._cluster.api.send_all(requests)
        took_s = time.monotonic() - start_s
        refused = next((answer for answer in answers if not answer.accepted), None)
        if refused is not None:
            raise CouldNotTellError(
                "the API server refused a request of the bench",
                why=str(refused.body.get("message", refused.status)),
                fix="look at its log in the run's directory",
            )
        return took_s

    def _remove(self, group: str) -> None:
        answer = self._cluster.api.send(source.removal(self._cluster, kind=_KIND, group=group))
        if not answer.accepted and answer.status != HTTPStatus.NOT_FOUND:
            raise CouldNotTellError(
                "the bench could not remove its objects",
                why=str(answer.body.get("message", answer.status)),
                fix="look at the API server's log in the run's directory",
            )


def missing_mirrors(expected: Contents, found: Contents, *, names: Sequence[str]) -> NotYet | None:
    """What still differs between sources and mirrors: absent or outdated ones, and ones whose source is gone."""
    behind = sum(found.get(name) != data for name, data in expected.items())
    left_over = sum(name in found and name not in expected for name in names)
    if behind:
        return NotYet(f"{len(expected) - behind} of {len(expected)} mirrors are as their sources")
    return NotYet(f"{left_over} mirrors have no source any more") if left_over else None
