"""The controller's pods as the witnesses see them: status from the API server, pages from the pods themselves."""

from collections.abc import Callable
from dataclasses import dataclass

from harness.clients.controller import ControllerPage
from harness.clients.kubernetes import Json, KubeApi
from harness.clients.pods import holds
from harness.core.contract.subject import Subject
from harness.core.controller_paths import ControllerPaths
from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.exposition import Page

#: a page that takes longer would fail the fastest scrape as well
_PAGE_TIMEOUT_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PodState:
    """What the API server says about one pod."""

    name: str
    #: empty until the pod has one
    ip: str
    phase: str
    #: of the controller's container
    restarts: int
    #: why the controller's container is waiting, e.g. `CrashLoopBackOff`; empty when it is not
    waiting: str
    #: whether it has been deleted and is on its way out
    ending: bool
    #: whether it is ready, so that the Service leads to it
    ready: bool = True
    #: where the Service's endpoint of it is; None where that is where the controller's metrics are
    misled_to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PodPage:
    """One pod's answer."""

    pod: PodState
    #: None when it did not answer
    page: Page | None
    #: why it did not; empty when it did
    error: str


class ControllerPods:
    """Finds the pods by the Service's selector, as Prometheus does, and asks each of them directly."""

    def __init__(self, api: KubeApi, subject: Subject, pod_address: Callable[[str, int], str]) -> None:
        """Args: where; whose pods; (pod IP, port) -> `host:port` at which this process reaches it."""
        self._api = api
        self._workload = subject.workload
        self._paths = ControllerPaths.of(subject)
        self._pod_address = pod_address
        self._selector: dict[str, str] = {}
        #: names of container ports that the Service leads to
        self._ports: frozenset[str] = frozenset()
        self._pages: dict[str, ControllerPage] = {}

    def states(self) -> tuple[PodState, ...]:
        """All pods behind the Service, also ending ones, by name.

        Raises:
            CouldNotTellError: the API server did not answer, or there is no such Service.
        """
        if not self._selector:
            service = self._api.find(self._paths.service)
            self._selector = dict(service["spec"].get("selector") or {}) if service else {}
            targets = [port.get("targetPort") for port in service["spec"].get("ports", [])] if service else []
            self._ports = frozenset(target for target in targets if isinstance(target, str))
        if not self._selector:
            raise CouldNotTellError(
                f"Service {self._workload.service} leads to no pods",
                why="it does not exist or has no selector",
                fix="name the Service in front of /metrics in the subject file",
            )
        pods = self._api.items(self._paths.pods, labels=self._selector)
        return tuple(sorted((self._state(pod) for pod in pods), key=lambda state: state.name))

    def pages(self) -> tuple[PodPage, ...]:
        """Asks every pod that has an address for its page; one that does not answer within 0.5 s has none.

        Raises:
            CouldNotTellError: the API server did not answer, or there is no such Service.
        """
        found = tuple(self._page(pod) for pod in self.states())
        for gone in self._pages.keys() - {answer.pod.ip for answer in found}:
            self._pages.pop(gone).close()
        return found

    def answered(self) -> tuple[Page, ...]:
        """The pages of the pods that answer.

        Raises:
            CouldNotTellError: none does, so there is nothing to read a quantity from.
        """
        answers = self.pages()
        pages = tuple(answer.page for answer in answers if answer.page is not None)
        if not pages:
            raise CouldNotTellError(
                "no controller pod answers",
                why="; ".join(f"{answer.pod.name}: {answer.error}" for answer in answers) or "there is no pod",
                fix="look at the controller's log",
            )
        return pages

    def close(self) -> None:
        """Gives the connections back."""
        while self._pages:
            self._pages.popitem()[1].close()

    def _page(self, pod: PodState) -> PodPage:
        if not pod.ip or pod.phase != "Running":
            return PodPage(pod=pod, page=None, error=f"phase {pod.phase}")
        port = self._workload.metrics_port
        if pod.misled_to is not None:
            return PodPage(pod=pod, page=None, error=f"its endpoint is port {pod.misled_to}, and it listens at {port}")
        if pod.ip not in self._pages:
            url = f"http://{self._pod_address(pod.ip, port)}{self._workload.metrics_path}"
            self._pages[pod.ip] = ControllerPage(url, source=f"{pod.ip}:{port}", timeout_s=_PAGE_TIMEOUT_S)
        try:
            return PodPage(pod=pod, page=self._pages[pod.ip].take(), error="")
        except HarnessError as error:
            return PodPage(pod=pod, page=None, error=error.why)

    def _state(self, pod: Json) -> PodState:
        status = pod.get("status", {})
        statuses = status.get("containerStatuses", [])
        container: Json = next((each for each in statuses if each["name"] == self._workload.container), {})
        return PodState(
            name=str(pod["metadata"]["name"]),
            ip=str(status.get("podIP", "")),
            phase=str(status.get("phase", "Unknown")),
            restarts=int(container.get("restartCount", 0)),
            waiting=str(container.get("state", {}).get("waiting", {}).get("reason", "")),
            ending="deletionTimestamp" in pod["metadata"],
            ready=holds(pod, "Ready"),
            misled_to=self._misled_to(pod),
        )

    def _misled_to(self, pod: Json) -> int | None:
        """Where the Service's named port leads in this pod, if that is not where the controller's metrics are."""
        declared = [
            int(port["containerPort"])
            for container in pod.get("spec", {}).get("containers", [])
            if container["name"] == self._workload.container
            for port in container.get("ports", [])
            if port.get("name") in self._ports
        ]
        return None if not declared or self._workload.metrics_port in declared else declared[0]
