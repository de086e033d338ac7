"""The way to one port of whichever pod has one address: a port-forward that comes and goes with its pod."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.forward import Forward, ForwardSpec, Kubectl
from harness.stacks.cluster.outages import Drop, Drops
from harness.stacks.cluster.polling import Tending
from harness.stacks.cluster.reserved_port import HeldPort

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


class PodForward:
    """Keeps one local address on which a pod's port is reached whenever it can be, and refused at once when not.

    A drop is told only while its pod is there. The pod itself causes one when it refuses a connection; `why` says so.
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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: where to; finds the pod; which cluster; directory of kubectl's logs; the run; seconds, for pauses."""
        self._pod_ip = pod_ip
        self._port = port
        self._find = find
        self._kubectl = kubectl
        self._logs = logs
        self._run_id = run_id
        self._clock = clock
        self._held = HeldPort()
        self._drops = Drops()
        self._tending = Tending(self.tend, name=f"port-forward to {pod_ip}:{port}")
        self._tried = Event()
        self._forward: Forward | None = None
        self._pod: tuple[str, str] | None = None
        self._misses = 0
        #: by the clock: when the pod is looked for next, and before when nothing is started
        self._look_s = self._start_s = clock()
        #: whether no pod has had the address for a while; then the local port is nobody's any more
        self.over = False

    @property
    def address(self) -> str:
        """`127.0.0.1:port`, the same for as long as this is not over."""
        return f"127.0.0.1:{self._held.number}"

    @property
    def drops(self) -> tuple[Drop, ...]:
        """When it was down although its pod was there, oldest first; asked from any thread."""
        return self._drops.seen

    def begin(self) -> None:
        """Starts the thread that does everything else."""
        self._tending.begin()

    def wait_tried(self, *, timeout_s: float) -> None:
        """Returns once the first attempt has ended, well or badly, or after `timeout_s`."""
        self._tried.wait(timeout_s)

    def tend(self) -> bool:
        """Looks once, and does what is due; False when this is over. For the thread."""
        how = None if self._forward is None else self._forward.ended()
        if how is not None:
            self._forward = None
        elif self._clock() < self._look_s:
            return True
        try:
            self._look(how)
        except CouldNotTellError as error:
            if self._forward is None:
                self._drops.begin(how or f"{error.what}: {error.why}")
        self._look_s = self._clock() + (_PAUSE_S if self._forward is None else _POD_LOOK_S)
        self._tried.set()
        return not self.over

    def close(self) -> None:
        """Ends everything. May be called twice.

        Raises:
            WaitTimeoutError: kubectl goes on; the removal of the run will end it.
        """
        self._tending.stop()
        self._tried.set()
        self._held.close()
        self._end()

    def _look(self, how: str | None) -> None:
        """Asks for the pod and makes the forward agree with the answer. Args: how it has just ended, if it has."""
        pod = self._find(self._pod_ip)
        if pod != self._pod:  # what ended or went on was the way to a pod that has gone
            self._pod = pod
            self._drops.end()
            self._end()
        elif how is not None:
            self._drops.begin(how)
        if pod is None:
            self._miss()
        else:
            self._misses = 0
            self._start(*pod)

    def _miss(self) -> None:
        self._misses += 1
        if self._misses >= _MISSES:
            self._held.close()
            self.over = True

    def _start(self, namespace: str, name: str) -> None:
        """Starts the forward, unless it runs, or was started just now."""
        if self._forward is not None or self._clock() < self._start_s or self._tending.unwanted():
            return
        self._start_s = self._clock() + _PAUSE_S
        spec = ForwardSpec(
            kubectl=self._kubectl,
            namespace=namespace,
            target=f"pod/{name}",
            remote_port=self._port,
            log=self._logs / f"port-forward-{namespace}-{name}-{self._port}.log",
        )
        forward = Forward(spec, run_id=self._run_id, local_port=self._held.number)
        forward.start(unwanted=self._tending.unwanted)
        self._forward = forward
        self._drops.end()

    def _end(self) -> None:
        forward, self._forward = self._forward, None
        if forward is not None:
            forward.close()
