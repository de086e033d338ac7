"""What one container uses of its limits, read from cAdvisor's page itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.core.errors import CouldNotTellError
from harness.core.exposition import Page, PageSample
from harness.waiting import NotYet, wait_until

#: long enough for bursts of work to even out: an average of 2 s misses by a quarter now and then, and a limit made of
#: it is below what the work takes
_AVERAGED_S = 4.0
#: cAdvisor looks for new containers and reads their figures every 10 s or so, with some jitter
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/cadvisor/cadvisor_linux.go
_APPEARS_S = 45.0
#: what some runtimes call the container that keeps a pod's namespaces
_SANDBOX = "POD"
_LOOK = "look at the pod's status"
#: what a working set may move by while it counts as settled. A program that has just started grows; a small one that
#: rests moves by the pages that the kernel charges in advance, 64 of them per core:
#: https://github.com/torvalds/linux/blob/v6.1/mm/memcontrol.c, `MEMCG_CHARGE_BATCH`
_SETTLED_RATIO = 0.03
_SETTLED_S = 2.0
_SETTLES_WITHIN_S = 60.0
#: between two looks
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerFigures:
    """One container at one instant."""

    #: Unix time in seconds
    at_s: float
    pod: str
    working_set_bytes: float
    #: the working set and the page cache that the kernel would drop first, and what its pod uses for itself
    memory_usage_bytes: float
    #: None for no limit
    memory_limit_bytes: float | None
    #: CFS periods since the start, and those in which it was held back; both 0 without a CPU limit
    periods: float
    throttled_periods: float
    #: CPU time since the start
    cpu_s: float = 0.0
    #: Unix time in seconds at which cAdvisor measured it; None where it does not say: when it was asked then
    measured_s: float | None = None

    @property
    def known_s(self) -> float:
        """When it was so."""
        return self.at_s if self.measured_s is None else self.measured_s


class FiguresOf(Protocol):
    """Says what the controller's containers use now, one entry per pod that runs."""

    def __call__(self) -> tuple[ContainerFigures, ...]:
        """Raises HarnessError when it cannot be read."""
        ...


class CadvisorFigures:
    """Figures from the page that the kubelet (or the embedded node) serves at /metrics/cadvisor."""

    def __init__(
        self,
        take: Callable[[], Page],
        *,
        namespace: str,
        container: str,
        appears_s: float = _APPEARS_S,
        renewed_s: float = 0.0,
    ) -> None:
        """What is told of one container.

        Args:
            take: takes the page, from every node that runs the controller.
            namespace: whose container.
            container: its name.
            appears_s: how long a new pod may be missing.
            renewed_s: how often a figure is renewed at the latest; 0 for at each question.
        """
        self._take = take
        self._appears_s = appears_s
        self._renewed_s = renewed_s
        self._labels = {"namespace": namespace, "container": container}

    def __call__(self) -> tuple[ContainerFigures, ...]:
        """Raises CouldNotTellError when the page has no such container."""
        page = self._take()
        working_sets = self._by_pod(page, "container_memory_working_set_bytes")
        if not working_sets:
            raise CouldNotTellError(
                f"cAdvisor's page has no container {self._labels['container']}",
                why=f"no container_memory_working_set_bytes with {self._labels}",
                fix="see whether the controller runs; cAdvisor shows a new container after some seconds",
            )
        measured = {
            sample.labels.get("pod", ""): sample.at_s
            for sample in self._of_container(page, "container_cpu_usage_seconds_total")
            if sample.at_s is not None
        }
        usage = self._usage(page)
        limits = self._by_pod(page, "container_spec_memory_limit_bytes")
        periods = self._by_pod(page, "container_cpu_cfs_periods_total")
        throttled = self._by_pod(page, "container_cpu_cfs_throttled_periods_total")
        cpu = self._by_pod(page, "container_cpu_usage_seconds_total")
        return tuple(
            ContainerFigures(
                at_s=page.at_s,
                pod=pod,
                working_set_bytes=value,
                memory_usage_bytes=usage.get(pod, value),  # no less, where it is not told
                memory_limit_bytes=limits.get(pod) or None,  # cAdvisor writes 0 for no limit
                periods=periods.get(pod, 0.0),
                throttled_periods=throttled.get(pod, 0.0),
                cpu_s=cpu.get(pod, 0.0),
                measured_s=measured.get(pod),
            )
            for pod, value in sorted(working_sets.items())
        )

    def working_set_bytes(self, pod: str) -> float:
        """The working set of the container in this pod, once it has settled: the middle of some seconds.

        Raises:
            CouldNotTellError: the page has no such pod, or its working set goes on moving by more than 3 %.
        """
        least, most = self.working_set_span(pod)
        return (least + most) / 2

    def working_set_span(self, pod: str) -> tuple[float, float]:
        """Between what the working set moves, once it has settled.

        Over 2 seconds, or over as many as see it renewed once where that is longer.

        Raises:
            CouldNotTellError: the page has no such pod, or its working set goes on moving by more than 3 %.
        """
        seen: list[ContainerFigures] = []
        over_s = max(_SETTLED_S, self._renewed_s)

        def settled() -> tuple[float, float] | NotYet:
            seen.append(self._of(pod))
            now_s = seen[-1].at_s
            if now_s - seen[0].at_s < over_s:
                return NotYet(f"looked for {now_s - seen[0].at_s:.1f} of {over_s:g} s")
            while now_s - seen[1].at_s >= over_s:
                del seen[0]
            values = [each.working_set_bytes for each in seen]
            least, most = min(values), max(values)
            if most - least > _SETTLED_RATIO * most:
                return NotYet(f"between {least:.0f} and {most:.0f} bytes within {over_s:g} s")
            return least, most

        return wait_until(
            f"settled working set of {pod}",
            settled,
            timeout_s=_SETTLES_WITHIN_S + 4 * self._renewed_s,
            interval_s=_LOOK_S,
            fix="squeeze a controller that is at rest or evenly at work; one whose memory jumps has no ratio to aim at",
        )

    def memory_usage_bytes(self, pod: str) -> float:
        """All memory in use by the container, and by its pod but for other containers, page cache included.

        Raises:
            CouldNotTellError: the page has no such pod.
        """
        return self._of(pod).memory_usage_bytes

    def cpu_cores(self, pod: str, *, over_s: float = _AVERAGED_S) -> float:
        """The CPU that the container in this pod uses on an average over `over_s` seconds from now on, in cores.

        Raises:
            CouldNotTellError: the page has no such pod, or stands still.
        """
        first, last = self._between(pod, over_s)
        return (last.cpu_s - first.cpu_s) / (last.known_s - first.known_s)

    def throttled_ratio(self, pod: str, *, over_s: float = _SETTLED_S) -> float:
        """The share of CFS periods in which the container is held back from now on, for `over_s` seconds; 0 to 1.

        Raises:
            CouldNotTellError: the page has no such pod, or stands still.
        """
        first, last = self._between(pod, over_s)
        periods = last.periods - first.periods
        return (last.throttled_periods - first.throttled_periods) / periods if periods > 0 else 0.0

    def _between(self, pod: str, over_s: float) -> tuple[ContainerFigures, ContainerFigures]:
        """The first figures that are no older than the question, and the first that are so many seconds later.

        Older ones may be of a time before what is asked about: before the load, before the new limit.
        """
        looks: list[ContainerFigures] = []

        def later() -> ContainerFigures | NotYet:
            looks.append(found := self._of(pod))
            first = next((each for each in looks if each.known_s >= looks[0].at_s), None)
            if first is None:
                return NotYet(f"its figures are {looks[0].at_s - found.known_s:.1f} s older than the question")
            passed_s = found.known_s - first.known_s
            return found if passed_s >= over_s else NotYet(f"{passed_s:.1f} of {over_s:g} s have passed")

        patience_s = over_s * 3 + 3 * self._renewed_s
        last = wait_until(f"CPU use of {pod}", later, timeout_s=patience_s, interval_s=_LOOK_S)
        return next(each for each in looks if each.known_s >= looks[0].at_s), last

    def _of(self, pod: str) -> ContainerFigures:
        def found() -> ContainerFigures | NotYet:
            there = {each.pod: each for each in self()}
            return there.get(pod) or NotYet(f"it has {', '.join(there)}")

        return wait_until(f"pod {pod} on cAdvisor's page", found, timeout_s=self._appears_s, fix=_LOOK)

    def _usage(self, page: Page) -> dict[str, float]:
        """All memory in use, pod by pod: of the container, or of its pod but for other containers, where that is more.

        What is in the way of a smaller limit is the whole pod, with its sandbox and what the kernel keeps for it:
        https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/kuberuntime/kuberuntime_manager.go
        (`validatePodResizeAction`, `validateMemoryResizeAction`). Other containers have limits of their own, which the
        pod's includes.
        """
        name = "container_memory_usage_bytes"
        found, whole, others = self._by_pod(page, name), dict[str, float](), dict[str, float]()
        for sample in page.samples(name):
            pod, container = sample.labels.get("pod", ""), sample.labels.get("container", "")
            if sample.labels.get("namespace") != self._labels["namespace"]:
                continue
            if not container:
                whole[pod] = max(whole.get(pod, 0.0), sample.value)
            elif container not in (self._labels["container"], _SANDBOX):
                others[pod] = others.get(pod, 0.0) + sample.value
        return {pod: max(own, whole.get(pod, 0.0) - others.get(pod, 0.0)) for pod, own in found.items()}

    def _by_pod(self, page: Page, name: str) -> dict[str, float]:
        return {sample.labels.get("pod", ""): sample.value for sample in self._of_container(page, name)}

    def _of_container(self, page: Page, name: str) -> tuple[PageSample, ...]:
        return tuple(
            sample
            for sample in page.samples(name)
            if all(sample.labels.get(label) == value for label, value in self._labels.items())
        )
