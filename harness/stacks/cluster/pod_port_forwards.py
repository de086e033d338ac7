"""Addresses of pods for a process outside of the cluster: `StackFacts.pod_address` of a real cluster."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Lock

from harness.core.errors import CouldNotTellError
from harness.polling import PollingThread
from harness.stacks.cluster.port_forward import Kubectl, PortForward, PortForwardSpec

#: (namespace, name) of the pod with this IP, None if there is none; raises CouldNotTellError if that cannot be told
FindPod = Callable[[str], tuple[str, str] | None]

#: A forward ends at each connection that its pod refuses, ten times in a second while a container restarts. A start
#: costs 0.1 s of a core.
_PAUSE_S = 0.5
#: kubectl does not notice that its pod has gone until somebody connects, so the API server is asked
_POD_LOOK_S = 5.0
#: so often in a row, with `_PAUSE_S` between, no pod has the address until it is given up: longer than a caller goes on
#: using an address that it got just before
_MISSES = 20
#: as long may the first look at a pod take; afterwards its address refuses until the forward is up
_FIRST_TIMEOUT_S = 5.0


class ReservedPort:
    """A port of loopback that stays with a run while nobody listens there: a socket that is bound and does not listen.

    An address can so be handed out before its port-forward is up, and stays true while it is down: who connects
    meanwhile is refused at once. Otherwise somebody else could get the port, and a stranger's page be taken for the
    pod's.

    Linux gives a bound port to nobody who asks for just any, but lets a listener have it who names it, if both set
    SO_REUSEADDR (socket(7)), and Go's listeners do: https://github.com/golang/go/blob/go1.24.0/src/net/sockopt_linux.go
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Gives the port back. May be called twice."""
        self._socket.close()


class PodPortForward:
    """Keeps one local address on which a pod's port is reached whenever it can be, and refused at once when not.

    It comes and goes with whichever pod has the IP; what kubectl says of it is in its log.
    """

    def __init__(
        self,
        pod_ip: str,
        port: int,
        *,
        find: FindPod,
        kubectl: Kubectl,
        logs: Path,
        run_id: str,
        misses: int = _MISSES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Where to, and what it takes.

        Args:
            pod_ip: of the pod, whichever has it.
            port: of the pod.
            find: finds the pod.
            kubectl: which cluster.
            logs: directory of kubectl's logs.
            run_id: the run.
            misses: so often in a row no pod has the address before it is given up.
            clock: seconds, for pauses.
        """
        self._patience = misses
        self._pod_ip = pod_ip
        self._port = port
        self._find = find
        self._kubectl = kubectl
        self._logs = logs
        self._run_id = run_id
        self._clock = clock
        self._reserved = ReservedPort()
        self._thread = PollingThread(self.look, name=f"port-forward to {pod_ip}:{port}")
        self._tried = Event()
        self._forward: PortForward | None = None
        self._pod: tuple[str, str] | None = None
        self._misses = 0
        #: by the clock: when the pod is looked for next, and before when nothing is started
        self._look_s = self._start_s = clock()
        #: whether no pod has had the address for a while; then the local port is nobody's any more
        self.over = False

    @property
    def address(self) -> str:
        """`127.0.0.1:port`, the same for as long as this is not over."""
        return f"127.0.0.1:{self._reserved.number}"

    def start(self) -> None:
        """Starts the thread that does everything else."""
        self._thread.start()

    def wait_tried(self, *, timeout_s: float) -> None:
        """Returns once the first attempt has ended, well or badly, or after `timeout_s`."""
        self._tried.wait(timeout_s)

    def look(self) -> bool:
        """Looks once, and does what is due; False when this is over. For the thread."""
        if self._forward is not None and self._forward.ended() is not None:
            self._forward = None
        elif self._clock() < self._look_s:
            return True
        with suppress(CouldNotTellError):  # the next look tries again
            self._follow_pod()
        self._look_s = self._clock() + (_PAUSE_S if self._forward is None else _POD_LOOK_S)
        self._tried.set()
        return not self.over

    def close(self) -> None:
        """Ends everything. May be called twice.

        Raises:
            WaitTimeoutError: kubectl goes on; the removal of the run will end it.
        """
        self._thread.stop()
        self._tried.set()
        self._reserved.close()
        self._end()

    def _follow_pod(self) -> None:
        """Asks for the pod and makes the forward agree with the answer."""
        pod = self._find(self._pod_ip)
        if pod != self._pod:
            self._pod = pod
            self._end()
        if pod is None:
            self._miss()
        else:
            self._misses = 0
            self._start(*pod)

    def _miss(self) -> None:
        self._misses += 1
        if self._misses >= self._patience:
            self._reserved.close()
            self.over = True

    def _start(self, namespace: str, name: str) -> None:
        """Starts the forward, unless it runs, or was started just now."""
        if self._forward is not None or self._clock() < self._start_s or self._thread.unwanted():
            return
        self._start_s = self._clock() + _PAUSE_S
        spec = PortForwardSpec(
            kubectl=self._kubectl,
            namespace=namespace,
            target=f"pod/{name}",
            remote_port=self._port,
            log=self._logs / f"port-forward-{namespace}-{name}-{self._port}.log",
        )
        forward = PortForward(spec, run_id=self._run_id, local_port=self._reserved.number)
        forward.start(unwanted=self._thread.unwanted)
        self._forward = forward

    def _end(self) -> None:
        forward, self._forward = self._forward, None
        if forward is not None:
            forward.close()


class PodPortForwards:
    """A port-forward to each pod that somebody asked for, made at the first question. For any number of threads."""

    def __init__(
        self,
        find: FindPod,
        *,
        kubectl: Kubectl,
        logs: Path,
        run_id: str,
        first_timeout_s: float = _FIRST_TIMEOUT_S,
        misses: int = _MISSES,
    ) -> None:
        """What all of them share.

        Args:
            find: finds the pod, called from other threads.
            kubectl: which cluster.
            logs: directory of kubectl's logs.
            run_id: the run.
            first_timeout_s: how long the first question for a pod may take.
            misses: so often in a row no pod has an address before it is forgotten.
        """
        self._first_timeout_s = first_timeout_s
        self._misses = misses
        self._find = find
        self._kubectl = kubectl
        self._logs = logs
        self._run_id = run_id
        self._lock = Lock()
        #: pod IP and port -> to it
        self._forwards: dict[tuple[str, int], PodPortForward] = {}
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
            self._forwards = {key: one for key, one in self._forwards.items() if not one.over}
            forward = self._forwards.get((pod_ip, port)) or self._begin(pod_ip, port)
        forward.wait_tried(timeout_s=self._first_timeout_s)
        return forward.address

    def close(self) -> None:
        """Ends all. May be called twice.

        Raises:
            WaitTimeoutError: a kubectl goes on, all others are ended; the removal of the run will end it.
        """
        with self._lock:
            self._closed = True
            forwards, self._forwards = self._forwards, {}
        with ExitStack() as all_of_them:
            for one in forwards.values():
                all_of_them.callback(one.close)

    def _begin(self, pod_ip: str, port: int) -> PodPortForward:
        forward = PodPortForward(
            pod_ip,
            port,
            find=self._find,
            kubectl=self._kubectl,
            logs=self._logs,
            run_id=self._run_id,
            misses=self._misses,
        )
        forward.start()
        self._forwards[pod_ip, port] = forward
        return forward
