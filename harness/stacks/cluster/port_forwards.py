"""All port-forwards of a stack: to monitoring and receiver, which are kept up, and to each pod that is asked for."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from harness.clients.kubernetes import ApiRequest, KubeApi
from harness.core.errors import CouldNotTellError
from harness.stacks.base import Outage
from harness.stacks.cluster.pod_port_forwards import PodPortForwards
from harness.stacks.cluster.port_forward import KeptPortForward, Kubectl, PortForward, PortForwardSpec


class PortForwards:
    """All port-forwards of one run, by names of their own: `prometheus`, `alertmanager`, `receiver`, `grafana`."""

    def __init__(
        self,
        api: KubeApi,
        *,
        kubectl: Kubectl,
        logs: Path,
        run_id: str,
        keep: Callable[[PortForward], KeptPortForward] = KeptPortForward,
    ) -> None:
        """Args: tells which pod has an address; which cluster; directory of kubectl's logs; the run; keeps one up."""
        self._keep = keep
        self._kubectl = kubectl
        self._logs = logs
        self._run_id = run_id
        self._kept: dict[str, KeptPortForward] = {}
        self._urls: dict[str, str] = {}
        self._pods = PodPortForwards(partial(pod_with, api), kubectl=kubectl, logs=logs, run_id=run_id)

    def open(self, name: str, *, namespace: str, target: str, port: int, prefix: str = "") -> None:
        """Starts one and returns when it listens.

        Args:
            name: its own, also of its log.
            namespace: of the target.
            target: `svc/NAME` or `pod/NAME`.
            port: of the target.
            prefix: what stands before every path there: `/prom`, or nothing.

        Raises:
            CouldNotTellError: it cannot be started, with kubectl's last words.
        """
        spec = PortForwardSpec(
            kubectl=self._kubectl,
            namespace=namespace,
            target=target,
            remote_port=port,
            log=self._logs / f"port-forward-{name}.log",
        )
        kept = self._keep(PortForward(spec, run_id=self._run_id))
        self._kept[name] = kept
        kept.start()
        self._urls[name] = kept.url() + prefix

    def add_url(self, name: str, url: str) -> None:
        """Takes the URL of one that is reached without a port-forward."""
        self._urls[name] = url

    def url(self, name: str) -> str:
        """Where one leads from here, without trailing slash.

        Raises:
            CouldNotTellError: there is none of this name.
        """
        if name not in self._urls:
            raise CouldNotTellError(
                f"there is no way to {name}", why="its port-forward was not started", fix="bring the stack up"
            )
        return self._urls[name]

    def pod_address(self, pod_ip: str, port: int) -> str:
        """As `StackFacts.pod_address` (raises CouldNotTellError after `close`)."""
        return self._pods.address(pod_ip, port)

    def ended(self) -> str | None:
        """Which of those with a name is down and stays so, and why; None while all are up or may be again."""
        return next(filter(None, (kept.ended() for kept in self._kept.values())), None)

    def outages(self) -> tuple[Outage, ...]:
        """When one with a name was down, oldest first; those to pods go with their pods."""
        found = (outage for kept in self._kept.values() for outage in kept.outages)
        return tuple(sorted(found, key=lambda outage: outage.start_s))

    def close(self) -> None:
        """Ends all. May be called twice.

        Raises:
            WaitTimeoutError: a kubectl goes on, all others are ended; the removal of the run will end it.
        """
        with ExitStack() as all_of_them:
            for kept in self._kept.values():
                all_of_them.callback(kept.close)
            all_of_them.callback(self._pods.close)


def pod_with(api: KubeApi, pod_ip: str) -> tuple[str, str] | None:
    """Namespace and name of the pod that has this address; None if none that still runs has it.

    Raises:
        CouldNotTellError: the API server refused or did not answer.
    """
    found = api.ask(ApiRequest(method="GET", path="/api/v1/pods", query={"fieldSelector": f"status.podIP={pod_ip}"}))
    # a pod that is over keeps its address in its status, which may be another's by now
    alive = [one for one in found["items"] if one.get("status", {}).get("phase") not in {"Succeeded", "Failed"}]
    return next(((one["metadata"]["namespace"], one["metadata"]["name"]) for one in alive), None)
