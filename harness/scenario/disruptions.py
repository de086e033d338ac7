"""Disruptions of a scenario: what died, was started again, filled up or stood still although no fault does that.

Components of the stack tell it themselves. Pods are compared with what they were when the controller was healthy: a
container that came back within a second has lost what it knew, and nothing else would tell. What a fault is meant to do
to them (`Wear`) is no accident; what it does beyond that is one, and the fault is named: a limit that ends the process
makes other alerts fire, and rightly.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Self

from harness.clients.kubernetes import Json
from harness.clients.pods import container_end
from harness.core.errors import HarnessError
from harness.core.judge import Disruption
from harness.core.rules.heartbeat import HEARTBEAT
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import controller_pods
from harness.faults.fault import Fault, Wear
from harness.scenario.stack_handles import StackHandles
from harness.stacks.base import Outage
from harness.waiting import NotYet, WaitTimeoutError, wait_until
from harness.witness.disk import DiskWatch

#: what a busy machine does not do to anybody who waits: four evaluations in a row are missed at speed 60. Less than
#: this excuses what came late, clause by clause
STANDSTILL_S = 2.0
#: and so many intervals at lower speeds
_STANDSTILL_INTERVALS = 3
#: the container of a Prometheus that the operator runs
#: https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/prometheus/server/statefulset.go
_PROMETHEUS = frozenset({"prometheus"})
#: its silence is heard at once; that a component has died, a stack may know seconds later
_DEATH_TOLD_S, _DEATH_LOOK_S = 10.0, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PodSeen:
    """One pod at one instant."""

    #: namespace/name
    name: str
    #: container -> how often it has ended
    ends: Mapping[str, int]
    #: container -> how it ended last: `exit code 137, Error`
    last: Mapping[str, str]

    @classmethod
    def of(cls, pod: Json) -> Self:
        """Reads a pod's status."""
        ends, last = {}, {}
        for status in pod.get("status", {}).get("containerStatuses", []):
            ends[str(status["name"])], last[str(status["name"])] = container_end(status)
        metadata = pod["metadata"]
        return cls(name=f"{metadata.get('namespace', '')}/{metadata['name']}", ends=ends, last=last)

    def unhurt(self) -> Self:
        """The same pod before any of its containers has ended."""
        return replace(self, ends={}, last={})


@dataclass(frozen=True, slots=True, kw_only=True)
class PodsSeen:
    """All pods a scenario depends on: uid -> pod. Those on their way out are gone already."""

    subject: Mapping[str, PodSeen]
    #: all others of the run: the fault webhook, the receiver, and monitoring that is installed for the run alone
    agents: Mapping[str, PodSeen]

    @classmethod
    def now(cls, cluster: Cluster) -> Self:
        """Asks the API server.

        Raises:
            CouldNotTellError: it does not answer.
        """
        agents = cluster.api.items("/api/v1/pods", labels=cluster.labels)
        return cls(subject=_by_uid(controller_pods(cluster)), agents=_by_uid(agents))


class Disruptions:
    """Watches one scenario. Begin when everything is healthy; ask when it is over."""

    def __init__(self, handles: StackHandles) -> None:
        self._handles = handles
        self._disk = DiskWatch(handles.facts.directory)
        self._before: PodsSeen | None = None
        #: the subject's pods at the last look, and what had become of them by then that no fault is meant to do
        self._subject: Mapping[str, PodSeen] = {}
        self._worn: list[str] = []
        #: of the faults so far, by name
        self._wear: dict[str, Wear] = {}

    def begin(self) -> None:
        """Remembers the pods as they are; the second time does nothing.

        Raises:
            CouldNotTellError: the API server does not answer.
        """
        if self._before is None:
            self._before = PodsSeen.now(self._handles.cluster)
            self._subject = self._before.subject

    def expects(self, fault: Fault) -> None:
        """From now on what this fault is meant to do to the subject's pods is no accident."""
        self._wear[fault.name] = fault.wear

    def look(self) -> None:
        """Notes what has become of the subject's pods: those that a fault has hurt may be replaced when it is undone.

        Raises:
            CouldNotTellError: the API server does not answer.
        """
        if self._before is not None and Wear.ENDS not in self._wear.values():
            self._note(_by_uid(controller_pods(self._handles.cluster)))

    def stop(self) -> None:
        """Ends the thread."""
        self._disk.stop()

    def found(
        self, *, start_s: float, end_s: float, stalls: Iterable[Disruption] = (), prometheus_restarted: bool = False
    ) -> tuple[str, ...]:
        """What happened, the gravest first. Never raises.

        Args:
            start_s: Unix time in seconds from which on evaluations are expected.
            end_s: until when: now.
            stalls: when nothing ran, of the whole machine or of this process.
            prometheus_restarted: on purpose; that it did not evaluate for a while says nothing then.
        """
        self._disk.look()
        dead = self._handles.stack.ended()
        seen: list[str] = []
        if dead is None:
            try:
                expected = _PROMETHEUS if prometheus_restarted else frozenset[str]()
                seen += _looked_at("the pods", self._pods(expected))
                if not prometheus_restarted:
                    seen += _looked_at("Prometheus", self._standstill(start_s, end_s))
            except _SilentError as error:
                seen.append(str(error))
                dead = self._death()
        told = [self._disk.full, dead and f"lost a component: {dead}"]
        # the way to a Prometheus that is restarted on purpose goes down with it
        told += (
            []
            if prometheus_restarted
            else [_told(one) for one in self._handles.stack.outages() if _meets(one, start_s)]
        )
        told += [
            f"this process {stall.cause}"
            for stall in stalls
            if stall.end_s >= start_s and stall.end_s - stall.start_s >= STANDSTILL_S
        ]
        return tuple(filter(None, [*told, *([] if dead else seen)]))

    def _death(self) -> str | None:
        """Which component has died, where somebody does not answer; None where none did."""
        ended = self._handles.stack.ended
        with suppress(WaitTimeoutError):
            return wait_until(
                "the reason why nobody answers",
                lambda: ended() or NotYet("no component has died"),
                timeout_s=_DEATH_TOLD_S,
                interval_s=_DEATH_LOOK_S,
            )
        return None

    def _pods(self, expected: Collection[str]) -> Iterator[str]:
        """Args: names of containers among the agents that were ended on purpose."""
        if self._before is None:
            return
        now = PodsSeen.now(self._handles.cluster)
        yield from changes(self._before.agents, now.agents, expected=expected)
        if Wear.ENDS not in self._wear.values():
            self._note(now.subject)
            yield from self._worn

    def _note(self, now: Mapping[str, PodSeen]) -> None:
        """Takes up what became of the subject's pods since the last look."""
        replaced = Wear.REPLACES in self._wear.values()
        before = {uid: pod for uid, pod in self._subject.items() if uid in now} if replaced else dict(self._subject)
        if replaced:
            before |= {uid: pod.unhurt() for uid, pod in now.items() if uid not in before}
        self._worn += changes(before, now, meant=tuple(self._wear))
        self._subject = now

    def _standstill(self, start_s: float, end_s: float) -> Iterator[str]:
        prometheus = self._handles.prometheus
        intervals = {group.name: group.interval for group in prometheus.rules().groups}
        for series in prometheus.samples(HEARTBEAT, start_s, end_s):
            group = series.labels.get("rule_group", "")
            limit_s = max(STANDSTILL_S, _STANDSTILL_INTERVALS * intervals.get(group, 0.0))
            instants = [start_s, *(point.at_s for point in series.points), end_s]
            longest_s = max(after - before for before, after in itertools.pairwise(instants))
            if longest_s > limit_s:
                yield f"no evaluation for {longest_s:.1f} s of rule group {group}"


def _meets(outage: Outage, start_s: float) -> bool:
    return outage.end_s is None or outage.end_s >= start_s


def _told(outage: Outage) -> str:
    lasted = "and still is" if outage.end_s is None else f"for {outage.end_s - outage.start_s:.1f} s"
    return f"{outage.what} was down {lasted}: {outage.why}"


class _SilentError(Exception):
    """Nobody can tell that nothing happened, because who would know does not answer."""


def _looked_at(what: str, found: Iterator[str]) -> list[str]:
    try:
        return list(found)
    except HarnessError as error:
        raise _SilentError(f"{what} could not be looked at: {error.what} ({error.why})") from error


def changes(
    before: Mapping[str, PodSeen],
    after: Mapping[str, PodSeen],
    *,
    expected: Collection[str] = (),
    meant: Sequence[str] = (),
) -> Iterator[str]:
    """What became of pods between two looks, in words; nothing where all of them just went on.

    Args:
        before: uid -> pod at the first look.
        after: the same at the second.
        expected: names of containers whose end is no news.
        meant: names of the faults there were, none of which is meant to do this.
    """
    why = f"which {' and '.join(meant)} {'is' if len(meant) == 1 else 'are'} not meant to do" if meant else ""
    for uid, pod in before.items():
        now = after.get(uid)
        if now is None:
            yield f"pod {pod.name} was removed or replaced, {why or 'and no fault does that'}"
            continue
        for container, ends in now.ends.items():
            times = ends - pod.ends.get(container, 0)
            if times > 0 and container not in expected:
                how = f"ended {times} time(s), the last with {now.last[container]}"
                yield f"container {container} of pod {pod.name} {how}, {why or 'and no fault does that'}"


def _by_uid(pods: Iterable[Json]) -> dict[str, PodSeen]:
    staying = (pod for pod in pods if "deletionTimestamp" not in pod["metadata"])
    return {str(pod["metadata"].get("uid", pod["metadata"]["name"])): PodSeen.of(pod) for pod in staying}
