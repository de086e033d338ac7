"""The plain way: operator, Prometheus and Alertmanager from objects of our own, where the chart cannot be had."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harness.clients.kubernetes import KubeApi
from harness.clients.pods import holds
from harness.core.duration import PromDuration
from harness.core.operator.chart import Chart
from harness.core.operator.chart_at_speed import values_at
from harness.core.operator.manifest import dumped
from harness.core.rules.speed import Speed
from harness.core.timing_flags import TimingFlags
from harness.stacks.cluster.alertmanager_objects import PORT as ALERTMANAGER_PORT
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.monitored import Monitored
from harness.stacks.cluster.monitoring import MonitoringImages, MonitoringPlan, monitoring_objects
from harness.stacks.cluster.pods_ready import wait_for_pods
from harness.stacks.cluster.prometheus_objects import PORT as PROMETHEUS_PORT
from harness.stacks.cluster.workloads import Workloads
from harness.stacks.run import Run
from harness.stacks.scrape_profile import StackTraits
from harness.toolchain import Progress, Settings
from harness.toolchain.module_files import OPERATOR_CRDS, files_of
from harness.waiting import NotYet, wait_until

#: cAdvisor renews figures every 10 s at best: asked more often than once a second it says the same, and a page of it
#: is some hundred kilobytes
CADVISOR_FLOOR = PromDuration(1_000)
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainMonitoring:
    """Installs what `monitoring_objects` builds."""

    chart: Chart
    traits: StackTraits
    progress: Progress
    #: where custom resource definitions come from
    settings: Settings = field(default_factory=lambda: Settings.of(os.environ))
    what: MonitoringImages = field(default_factory=MonitoringImages)

    def images(self, run: Run | None = None) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        """All four."""
        return (self.what.operator, self.what.config_reloader, self.what.prometheus, self.what.alertmanager)

    def install(self, site: Site, speed: Speed) -> None:
        """Custom resource definitions first; the rest once the API server knows the kinds.

        Raises:
            CouldNotTellError: the definitions cannot be had, or the API server does not take them or the rest.
        """
        files = files_of(OPERATOR_CRDS, self.settings, self.progress)
        site.apply("\n---\n".join(file.read_text(encoding="utf-8") for file in files))
        wait_until("the operator's kinds", _served(site.api, map(_kind_of, files)), timeout_s=site.waits.kinds_s)
        site.apply(dumped(monitoring_objects(self._plan(site, speed))))

    def wait(self, site: Site, speed: Speed) -> Monitored:
        """Returns once operator, Prometheus and Alertmanager are ready.

        Raises:
            CouldNotTellError: they are not in time, with what their pods say.
        """
        plan = self._plan(site, speed)
        expected = [plan.operator_name, f"prometheus-{plan.prometheus_name}"]
        expected += [f"alertmanager-{plan.alertmanager_name}"] if plan.chart.alertmanager.enabled else []
        wait_for_pods(
            "Prometheus and Alertmanager ready",
            site.api,
            [Workloads(namespace=plan.namespace, expected=expected)],
            waits=site.waits,
        )
        settings = plan.chart.prometheus
        return Monitored(
            namespace=plan.namespace,
            prometheus=f"pod/prometheus-{plan.prometheus_name}-0",
            prometheus_port=PROMETHEUS_PORT,
            alertmanager=f"pod/alertmanager-{plan.alertmanager_name}-0",
            alertmanager_port=ALERTMANAGER_PORT,
            scrape_s=settings.scrape_interval.seconds,
            evaluation_s=settings.evaluation_interval.seconds,
            resend_s=plan.flags.resend_delay.seconds,
        )

    def _plan(self, site: Site, speed: Speed) -> MonitoringPlan:
        floor = self.traits.floor
        values = values_at(
            self.chart,
            speed,
            floor=floor,
            cadvisor_floor=CADVISOR_FLOOR,
            receiver_url=site.receiver_url,
            receiver_token=site.receiver_token,
        )
        return MonitoringPlan(
            chart=self.chart.laid_over(values),
            flags=TimingFlags.at(speed, floor),
            labels=site.labels,
            images=self.what,
        )


def _kind_of(file: Path) -> str:
    """The name of the definition in one of the operator's files: `monitoring.coreos.com_probes.yaml`."""
    group, _, plural = file.stem.partition("_")
    return f"{plural}.{group}"


def _served(api: KubeApi, names: Iterable[str]) -> Callable[[], NotYet | None]:
    wanted = frozenset(names)

    def looked() -> NotYet | None:
        missing = wanted - {str(one["metadata"]["name"]) for one in api.items(_CRDS) if holds(one, "Established")}
        return NotYet(f"not served yet: {', '.join(sorted(missing))}") if missing else None

    return looked
