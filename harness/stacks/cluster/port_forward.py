"""One port-forward, from the harness on the user's machine to a server inside a cluster, and how it is kept up.

`kubectl port-forward` is a process of the run, so that whoever removes a killed run ends it too. It listens on
127.0.0.1 and ends by itself when the pod that it chose ends, and also when that pod refuses a single connection:
https://github.com/kubernetes/client-go/blob/v0.34.4/tools/portforward/portforward.go (`handleConnection`)
One to a Service ends with the pod that it chose, and the Service goes on.
"""

import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.polling import PollingThread
from harness.stacks.base import Outage
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.waiting import NotYet, wait_until

#: kubectl asks the API server five times before it listens, 0.2 s in all; the rest is for a slow network
_START_TIMEOUT_S = 20.0
#: how long kubectl waits for a pod behind a Service: less than we do, so that the reason comes in its own words
_POD_TIMEOUT_S = 15
#: kubectl has nothing to put in order at its end
_END_TIMEOUT_S = 5.0
#: the last of a log, where an error message may stand
_TAIL_BYTES = 4_096
_FIX = "run `kubectl port-forward` by hand with the same target and kubeconfig, and see what it says"

_LISTENS = re.compile(r"^Forwarding from 127\.0\.0\.1:(\d+) -> \d+$", re.MULTILINE)
_REFUSED = re.compile(r"an error occurred forwarding \d+ -> \d+: ([^\n]*)")

#: why something need not be done any more, in words; None while it must
Unwanted = Callable[[], str | None]


class PortForwardDownError(CouldNotTellError):
    """A port-forward that has no address, because it was never up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubectl:
    """Which kubectl, and which cluster it speaks to."""

    program: Path
    kubeconfig: Path
    #: empty for the kubeconfig's current one
    context: str = ""
    #: what the kubeconfig's credential plugins need of the user's environment; HOME they have
    env: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortForwardSpec:
    """Everything that is needed to start one port-forward."""

    kubectl: Kubectl
    namespace: str
    #: `svc/NAME` or `pod/NAME`
    target: str
    #: of the Service or of the pod
    remote_port: int
    #: kubectl's output, appended; no other process writes there
    log: Path

    @property
    def name(self) -> str:
        """For messages."""
        return f"port-forward to {self.target}"


def port_forward_argv(spec: PortForwardSpec, *, local_port: int | None = None) -> tuple[str, ...]:
    """The command. Without a local port kubectl chooses one."""
    kubectl = spec.kubectl
    return (
        *(str(kubectl.program), "--kubeconfig", str(kubectl.kubeconfig)),
        *(("--context", kubectl.context) if kubectl.context else ()),
        *("--namespace", spec.namespace, "port-forward", "--address", "127.0.0.1"),
        *("--pod-running-timeout", f"{_POD_TIMEOUT_S}s", spec.target),
        f"{'' if local_port is None else local_port}:{spec.remote_port}",
    )


def port_forward_process(spec: PortForwardSpec, *, local_port: int | None = None) -> ProcessSpec:
    """The process. With these variables and `--kubeconfig` kubectl neither reads nor writes `~/.kube`.

    HOME stays the user's, because a kubeconfig's credential plugins keep their own files there. The cache is a
    directory that cannot be made: without one a start makes three more requests.
    https://kubernetes.io/docs/reference/kubectl/kuberc/
    https://github.com/kubernetes/cli-runtime/blob/v0.34.4/pkg/genericclioptions/config_flags.go (`getDefaultCacheDir`)
    """
    return ProcessSpec(
        name=spec.name,
        argv=port_forward_argv(spec, local_port=local_port),
        env={**spec.kubectl.env, "KUBERC": "off", "KUBECACHEDIR": os.devnull},
        log=spec.log,
    )


def listening_port(text: str) -> int | None:
    """The local port in kubectl's output, None while it does not say that it listens.

    The port behind the arrow is the pod's, which need not be the Service's.
    """
    found = _LISTENS.search(text.rpartition("\n")[0])
    return int(found[1]) if found else None


def refusal(text: str) -> str | None:
    """Why the pod did not take a connection, in kubectl's words, the last time it did not; None if it always did."""
    found = _REFUSED.findall(text)
    return str(found[-1]).rstrip('"') if found else None


class PortForward:
    """A port-forward that can be started again on the same local port. For one thread at a time."""

    def __init__(self, spec: PortForwardSpec, *, run_id: str, local_port: int | None = None) -> None:
        """Args: what; the run it belongs to; where it listens, by default on a port that kubectl chooses."""
        self.spec = spec
        self._run_id = run_id
        self._local_port = local_port
        self._process: RunningProcess | None = None
        #: where the present process's output begins in the log
        self._from_byte = 0

    @property
    def address(self) -> str:
        """`127.0.0.1:port`; it stays the same through every restart.

        Raises:
            PortForwardDownError: it was never up and kubectl is to choose the port.
        """
        if self._local_port is None:
            raise PortForwardDownError(f"{self.spec.name} has no address", why="it was never up", fix=_FIX)
        return f"127.0.0.1:{self._local_port}"

    def url(self, scheme: str = "http") -> str:
        """The address as a URL without trailing slash (raises PortForwardDownError as `address` does)."""
        return f"{scheme}://{self.address}"

    def start(self, *, timeout_s: float = _START_TIMEOUT_S, unwanted: Unwanted = lambda: None) -> None:
        """Starts it and returns when it listens; leaves no process if it does not.

        Raises:
            ProgramNotStartedError: there is no such kubectl.
            AwaitedGoneError: kubectl ended, with its last words, or `unwanted` gave a reason.
            WaitTimeoutError: it does not say within `timeout_s` where it listens.
        """
        log = self.spec.log
        from_byte = log.stat().st_size if log.exists() else 0
        spec = port_forward_process(self.spec, local_port=self._local_port)
        process = RunningProcess.start(spec, run_id=self._run_id)

        def listens() -> int | NotYet:
            return listening_port(_text(log, from_byte)) or NotYet("it does not say where it listens")

        try:
            self._local_port = wait_until(
                f"{self.spec.name} up",
                listens,
                timeout_s=timeout_s,
                ended=lambda: process.ended() or unwanted(),
                fix=_FIX,
            )
        except BaseException:
            process.terminate(timeout_s=_END_TIMEOUT_S)
            raise
        self._process, self._from_byte = process, from_byte

    def restart(self, *, timeout_s: float = _START_TIMEOUT_S, unwanted: Unwanted = lambda: None) -> None:
        """Ends it if it runs, and starts it on the same local port: addresses that were handed out stay true.

        Raises:
            CouldNotTellError: it does not end, or as `start` does; somebody else may have the port by now.
        """
        self.close()
        self.start(timeout_s=timeout_s, unwanted=unwanted)

    def ended(self) -> str | None:
        """How it ended: its last words, and why the pod refused a connection if that was it. None while it runs."""
        if self._process is None:
            return f"{self.spec.name} has not been started"
        how = self._process.ended()
        if how is None:
            return None
        why = refusal(_text(self.spec.log, self._from_byte))
        return f"{how}, because the pod refused a connection: {why}" if why else how

    def close(self) -> None:
        """Ends it. May be called twice, and before a start.

        Raises:
            WaitTimeoutError: it goes on; the removal of the run will end it.
        """
        if self._process is not None:
            self._process.terminate(timeout_s=_END_TIMEOUT_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long one goes on trying to start a port-forward that has ended. Whichever limit is reached first counts."""

    #: a pod of a StatefulSet is replaced, image at hand, in well under a minute
    restarts: int = 60
    within_s: float = 120.0
    #: between two starts; the first comes at once. A start costs 0.1 s of a core
    pause_s: float = 1.0


class KeptPortForward:
    """A port-forward that is started again, on the same local port, whenever it ends.

    A restart succeeds when kubectl listens. If the server then refuses each connection, each is an outage of its own,
    and nobody gives up: nobody here can know why it is not there.

    Whoever read through it during an outage read nothing, and that says nothing about the subject.
    """

    def __init__(
        self,
        forward: PortForward,
        *,
        patience: Patience | None = None,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args: not started yet; how long to try; Unix time in seconds for the outages; seconds for the patience."""
        self._forward = forward
        self._patience = patience or Patience()
        self._clock = clock
        self._now = now
        #: replaced as a whole, because other threads read it; the last one may last
        self._outages: tuple[Outage, ...] = ()
        self._thread = PollingThread(self.look, name=forward.spec.name)
        self._failures = 0
        #: by the clock: when it was seen to be down, and before when it is not started again
        self._down_s = 0.0
        self._pause_until_s = clock()
        self._given_up: str | None = None

    @property
    def name(self) -> str:
        """For messages: `port-forward to svc/prometheus`."""
        return self._forward.spec.name

    @property
    def address(self) -> str:
        """As `PortForward.address`."""
        return self._forward.address

    def url(self, scheme: str = "http") -> str:
        """As `PortForward.url`."""
        return self._forward.url(scheme)

    @property
    def outages(self) -> tuple[Outage, ...]:
        """When it was down, as seen up to 0.1 s after it was, oldest first; asked from any thread."""
        return self._outages

    def start(self) -> None:
        """Starts it, returns when it listens, and keeps it up from then on.

        Raises:
            CouldNotTellError: it cannot be started, as `PortForward.start`; nothing is left running then.
        """
        self._forward.start()
        self._thread.start()

    def ended(self) -> str | None:
        """That it is down and will stay so, and why; None while it is up or may be again. Asked from any thread."""
        return self._given_up

    def look(self) -> bool:
        """Looks once, and starts it again if it has ended; False when that was tried often enough. For the thread."""
        how = self._forward.ended()
        if how is None:
            return True
        if not self._outages or self._outages[-1].end_s is not None:
            self._outages += (Outage(what=self.name, start_s=self._now(), end_s=None, why=how),)
            self._failures, self._down_s = 0, self._clock()
        if self._clock() < self._pause_until_s:
            return True
        try:
            self._forward.restart(unwanted=self._thread.unwanted)
        except CouldNotTellError as error:
            self._failures += 1
            self._given_up = self._enough(error)
        else:
            self._outages = (*self._outages[:-1], replace(self._outages[-1], end_s=self._now()))
        self._pause_until_s = self._clock() + self._patience.pause_s
        return self._given_up is None

    def close(self) -> None:
        """Ends it, for good. May be called twice, and before a start.

        Raises:
            WaitTimeoutError: kubectl goes on; the removal of the run will end it.
        """
        self._thread.stop()
        self._forward.close()

    def _enough(self, error: CouldNotTellError) -> str | None:
        """Why to give up after a restart that failed; None if it may be tried again."""
        down_s = self._clock() - self._down_s
        if self._failures < self._patience.restarts and down_s < self._patience.within_s:
            return None
        tried = f"{self._failures} restart(s) in {down_s:.0f} s failed"
        return f"{self._outages[-1].why}; {tried}, the last one: {error.why}"


def _text(log: Path, from_byte: int) -> str:
    """What a process has written since it was started, the last of it where that is much."""
    with log.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(from_byte, end - _TAIL_BYTES))
        return file.read().decode(errors="replace")
