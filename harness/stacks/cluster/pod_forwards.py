"""Addresses of pods for a process outside of the cluster: `StackFacts.pod_address` of a real cluster."""

from contextlib import ExitStack
from pathlib import Path
from threading import Lock

from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.forward import Kubectl
from harness.stacks.cluster.outages import Drop
from harness.stacks.cluster.pod_forward import FindPod, PodForward

#: as long may the first look at a pod take; afterwards its address refuses until the forward is up
_FIRST_TIMEOUT_S = 5.0


class PodForwards:
    """One way to each pod that somebody asked for, made at the first question. For any number of threads."""

    def __init__(self, find: FindPod, *, kubectl: Kubectl, logs: Path, run_id: str) -> None:
        """Args: finds the pod, called from other threads; which cluster; directory of kubectl's logs; the run."""
        self._find = find
        self._kubectl = kubectl
        self._logs = logs
        self._run_id = run_id
        self._lock = Lock()
        self._ways: dict[tuple[str, int], PodForward] = {}
        #: of the ways that are over
        self._former: tuple[Drop, ...] = ()
        self._closed = False

    def address(self, pod_ip: str, port: int) -> str:
        """(pod IP, port) -> `127.0.0.1:port`, the same as long as the pod is there.

        The first question for a pod waits until its forward is up, at most 5 s, so that nobody takes a forward that is
        not up yet for a pod that does not answer; later questions do not wait. A pod that is gone or cannot be reached
        is no error here: connections to its address are refused at once.

        Raises:
            CouldNotTellError: after `close`.
        """
        with self._lock:
            if self._closed:
                raise CouldNotTellError(
                    f"no way to pod {pod_ip}", why="the port-forwards of this run are closed", fix="ask before that"
                )
            self._forget_what_is_over()
            way = self._ways.get((pod_ip, port)) or self._begin(pod_ip, port)
        way.wait_tried(timeout_s=_FIRST_TIMEOUT_S)
        return way.address

    @property
    def drops(self) -> tuple[Drop, ...]:
        """When a way was down although its pod was there, oldest first. Pods that refuse connections cause them too."""
        with self._lock:
            found = self._former + tuple(drop for way in self._ways.values() for drop in way.drops)
        return tuple(sorted(found, key=lambda drop: drop.at_s))

    def close(self) -> None:
        """Ends all. May be called twice.

        Raises:
            WaitTimeoutError: a kubectl goes on, all others are ended; the removal of the run will end it.
        """
        with self._lock:
            self._closed = True
            ways, self._ways = self._ways, {}
        with ExitStack() as all_of_them:
            for way in ways.values():
                all_of_them.callback(way.close)

    def _begin(self, pod_ip: str, port: int) -> PodForward:
        way = PodForward(pod_ip, port, find=self._find, kubectl=self._kubectl, logs=self._logs, run_id=self._run_id)
        way.begin()
        self._ways[pod_ip, port] = way
        return way

    def _forget_what_is_over(self) -> None:
        for key in [key for key, way in self._ways.items() if way.over]:
            self._former += self._ways.pop(key).drops
