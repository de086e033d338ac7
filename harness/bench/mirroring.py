"""Waves of work for the controller: how many mirrors it makes, writes again and removes in a second.

Beside each wave stands what the API server takes of the same requests from this process with nothing else going on: a
mirror cannot be had for less than its own write. The controller runs under the limits of its manifests.
"""

import itertools
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from functools import partial

from harness.bench.component import CONTROLLER, component_of
from harness.bench.load import KIND, Load
from harness.bench.usage import Snapshot, take_snapshot, usage_between
from harness.bench.wave import Wave
from harness.clients.kubernetes import ApiRequest, Json
from harness.core.errors import CouldNotTellError
from harness.core.exposition import Page
from harness.faults.namespaces import create_namespaces
from harness.faults.queue_flood import QueueFlood
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet, wait_until
from harness.witness.pods import ControllerPods

#: connections that `KubeApi.send_all` opens at first; opening them is not part of any figure
_CONNECTIONS = 32
#: a poll reads every mirror, so it must be rarer the more there are: at most this many objects in a second
_POLLED_PER_S = 2_500
_LEAST_POLL_S = 0.1
_WAVE_TIMEOUT_S = 60.0

#: the data of objects by name
Contents = Mapping[str, Json]


def measure_waves(handles: StackHandles, sources: int, keep: Callable[[Wave], None]) -> None:
    """Makes the three waves on a stack; see `Waves`."""
    Waves(handles, sources=sources).measure(keep)


class Waves:
    """The three waves over one set of sources."""

    def __init__(self, handles: StackHandles, *, sources: int, timeout_s: float = _WAVE_TIMEOUT_S) -> None:
        """Args: the stack; how many objects; how long one wave may take."""
        self._timeout_s = timeout_s
        self._handles = handles
        self._cluster = handles.cluster
        self._load = Load(cluster=handles.cluster, group="bench", count=sources)
        self._queue = handles.subject.sources.queues.get(KIND.value, KIND.value.lower())
        self._pods = ControllerPods(handles.cluster.api, handles.subject, handles.facts.pod_address)
        self._poll_s = max(_LEAST_POLL_S, sources / _POLLED_PER_S)

    def measure(self, keep: Callable[[Wave], None]) -> None:
        """Makes the waves and hands each over as soon as it is measured.

        Raises:
            CouldNotTellError: the API server refused, a component died, or a wave was not worked off within 60 s.
        """
        load, flood = self._load, QueueFlood(count=self._load.count, prefix=self._load.group, kind=KIND)
        with closing(self._pods):
            create_namespaces(self._cluster)
            plain = self._plain()
            keep(self._wave("create", lambda: flood.inject(self._cluster), plain["create"], left=load.count))
            keep(self._wave("update", lambda: self._send(load.touches()), plain["update"], left=load.count))
            keep(self._wave("delete", lambda: self._send(load.removals()), plain["delete"], left=0))

    def _plain(self) -> dict[str, float]:
        """Objects per second by kind of request."""
        warm = Load(cluster=self._cluster, group="bench-warm", count=_CONNECTIONS)
        for requests in (warm.plain_creations(), warm.removals()):
            self._send(requests)
        load = Load(cluster=self._cluster, group="bench-plain", count=self._load.count)
        steps = {"create": load.plain_creations(), "update": load.touches(), "delete": load.removals()}
        return {name: load.count / self._send(requests) for name, requests in steps.items()}

    def _wave(self, name: str, send: Callable[[], object], plain_per_s: float, *, left: int) -> Wave:
        before = self._snapshot()
        start_s = time.monotonic()
        send()
        sent_s = time.monotonic() - start_s
        expected = self._sources(name, left)
        looks_s = [time.monotonic() - start_s]

        def look(probe: Callable[[], NotYet | None]) -> NotYet | None:
            found = probe()
            looks_s.append(time.monotonic() - start_s)
            return found

        self._await(f"{name}: every mirror like its source", lambda: look(lambda: self._behind(expected)))
        mirrored_s = looks_s[-1]
        self._await(f"{name}: nothing waits in queue {self._queue}", lambda: look(self._waiting))
        usage = usage_between(before, self._snapshot())
        controller = usage.of(CONTROLLER)
        return Wave(
            name=name,
            sources=self._load.count,
            sent_s=sent_s,
            mirrored_s=mirrored_s,
            drained_s=looks_s[-1],
            poll_s=max(later - earlier for earlier, later in itertools.pairwise(looks_s)),
            plain_per_s=plain_per_s,
            controller_cpu_s=None if controller is None else controller.cpu_ratio * usage.seconds,
            stack_cpu_s=usage.cpu_s,
        )

    def _snapshot(self) -> Snapshot:
        return take_snapshot(self._handles.facts.run_id, partial(component_of, subject=self._handles.subject))

    def _sources(self, wave: str, left: int) -> Contents:
        """The sources as they are now: what the mirrors are held against."""
        found = self._contents(self._cluster.source_namespace)
        if len(found) != left:
            raise CouldNotTellError(
                f"{wave}: {len(found)} sources are there, not {left}",
                why="somebody else makes or removes objects in the run's namespaces",
                fix="leave the stack alone while it is measured",
            )
        return found

    def _await(self, what: str, probe: Callable[[], NotYet | None]) -> None:
        wait_until(
            what,
            probe,
            timeout_s=self._timeout_s,
            interval_s=self._poll_s,
            ended=self._handles.stack.ended,
            fix="look at the controller's log in the run's directory; fewer --sources take less time",
        )

    def _behind(self, sources: Contents) -> NotYet | None:
        return behind(sources, self._contents(self._cluster.target_namespace, cached=True))

    def _waiting(self) -> NotYet | None:
        try:
            return waiting(self._pods.answered(), self._queue)
        except CouldNotTellError as error:  # a busy controller may miss one answer
            return NotYet(error.why)

    def _contents(self, namespace: str, *, cached: bool = False) -> Contents:
        """The bench's own objects there, in one request; as of now, or `cached`: cheaper, and a moment old.

        https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
        """
        query = {"resourceVersion": "0"} if cached else {}
        answer = self._cluster.api.ask(ApiRequest(method="GET", path=KIND.collection(namespace), query=query))
        return contents(answer["items"], set(self._load.names))

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


def contents(items: Sequence[Json], names: Collection[str]) -> Contents:
    """The data of those objects of a list that have one of these names: namespaces also hold objects of others."""
    found = ((str(item["metadata"]["name"]), item.get("data", {})) for item in items)
    return {name: data for name, data in found if name in names}


def behind(sources: Contents, mirrors: Contents) -> NotYet | None:
    """What still differs: mirrors that are absent or outdated, and mirrors whose source is gone; None if nothing."""
    alike = sum(mirrors.get(name) == data for name, data in sources.items())
    if alike < len(sources):
        return NotYet(f"{alike} of {len(sources)} mirrors are like their sources")
    orphans = len(mirrors.keys() - sources.keys())
    return NotYet(f"{orphans} mirrors have no source any more") if orphans else None


def waiting(pages: Sequence[Page], queue: str) -> NotYet | None:
    """How many items still wait in a queue, on all replicas; None when none does. A missing depth is never 0."""
    depths = [
        sample.value
        for page in pages
        for sample in page.samples("workqueue_depth")
        if sample.labels.get("name") == queue
    ]
    if not depths:
        return NotYet(f"no page has the depth of queue {queue}")
    return NotYet(f"{sum(depths):g} items wait in queue {queue}") if sum(depths) else None
