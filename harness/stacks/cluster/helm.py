"""The chart's way: kube-prometheus-stack installed by Helm as its documentation says, with the subject's values.

What puts it at a speed is laid over these values. Helm cannot put the run's label on all that it creates (custom
resource definitions come as they are, and so does what the operator makes): this is for clusters that go with the run.
"""

import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.contract.subject import Subject
from harness.core.operator.chart import Chart
from harness.core.operator.chart_at_speed import values_at
from harness.core.operator.manifest import Manifest
from harness.core.rules.speed import Speed
from harness.core.timing_flags import TimingFlags
from harness.stacks.checked import NOWHERE
from harness.stacks.cluster.alertmanager_objects import PORT as ALERTMANAGER_PORT
from harness.stacks.cluster.chart_archive import chart_archive
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.cluster.chart_overrides import overrides
from harness.stacks.cluster.helm_program import Helm, helm_program
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.monitored import Monitored
from harness.stacks.cluster.plain import CADVISOR_FLOOR
from harness.stacks.cluster.pods_ready import wait_for_pods
from harness.stacks.cluster.prometheus_objects import PORT as PROMETHEUS_PORT
from harness.stacks.cluster.rendered import Rendered
from harness.stacks.cluster.workloads import Workloads
from harness.stacks.run import Run
from harness.stacks.scrape_profile import StackTraits
from harness.toolchain import Progress, Settings

#: without a cluster it is done within seconds, on a busy machine too
_RENDER_TIMEOUT_S = 60.0
#: Helm waits for its hooks, pods that make the certificate of the operator's admission webhook: their image may have to
#: be pulled
_HOOK_TIMEOUT_S = 600
_INSTALL_TIMEOUT_S = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmMonitoring:
    """Installs the chart."""

    subject: Subject
    #: its values, as read
    chart: Chart
    traits: StackTraits
    progress: Progress
    options: ChartOptions = field(default_factory=ChartOptions)
    #: where the chart is kept, and helm comes from
    settings: Settings = field(default_factory=lambda: Settings.of(os.environ))

    def images(self, run: Run | None = None) -> tuple[str, ...]:
        """What the rendered chart names. Values that it refuses come to light here, before there is a cluster.

        Args:
            run: whose files and processes it is done with; nobody's where there is none yet.

        Raises:
            ChartUnavailableError: it cannot be had.
            CommandFailedError: it is no chart, or refuses the values.
            MisuseError: it has not one Prometheus and one Alertmanager.
            ToolUnavailableError: there is no helm.
        """
        place, run_id = (run.temporary, run.id) if run else (None, None)
        with tempfile.TemporaryDirectory(prefix="kubemirror-harness-chart-", dir=place) as directory:
            helm = Helm(program=self._program, home=Path(directory) / "helm", run_id=run_id)
            values = self._write(Path(directory), self._overrides(Speed(1), NOWHERE, ""))
            text = helm.output(
                *("template", *self._words(helm, values), "--skip-tests"),
                what=f"the chart {self.options.title} cannot be rendered with these values",
                fix=f"correct {self._files()}, or --chart; an unpacked one takes `helm dependency build` first",
                timeout_s=_RENDER_TIMEOUT_S,
            )
        return Rendered.read(text).images

    def install(self, site: Site, speed: Speed) -> None:
        """Helm's own way of installing: with the chart's hooks, and not waiting for anything else."""
        made = self._overrides(speed, site.receiver_url, site.receiver_token)
        values = self._write(site.run.directory / "secrets", made)
        helm = self._helm(site)
        helm.output(
            *("upgrade", "--install", *self._words(helm, values), "--create-namespace", "--hide-notes"),
            *("--timeout", f"{_HOOK_TIMEOUT_S}s"),
            what=f"the chart {self.options.title} cannot be installed",
            fix=f"try it by hand, `helm upgrade --install` with {self._files()}; or --monitoring operator",
            timeout_s=_INSTALL_TIMEOUT_S,
        )

    def wait(self, site: Site, speed: Speed) -> Monitored:  # noqa: ARG002 - the release itself tells its clocks
        """Returns once all that the chart runs is ready. Names and clocks are those of the release as it is."""
        text = self._helm(site).output(
            *("get", "manifest", self.chart.release, "--namespace", self.chart.namespace),
            what=f"the release {self.chart.release} cannot be read",
            fix="see whether the cluster still answers",
            timeout_s=_RENDER_TIMEOUT_S,
        )
        found = Rendered.read(text)
        # Deployments, Grafana's among them, are there since Helm is done; these two the operator makes
        expected = [f"prometheus-{found.prometheus}", f"alertmanager-{found.alertmanager}"]
        wanted = Workloads(namespace=self.chart.namespace, expected=expected)
        wait_for_pods("kube-prometheus-stack ready", site.api, [wanted], waits=site.waits)
        return Monitored(
            namespace=self.chart.namespace,
            prometheus=f"pod/prometheus-{found.prometheus}-0",
            prometheus_port=PROMETHEUS_PORT,
            alertmanager=f"pod/alertmanager-{found.alertmanager}-0",
            alertmanager_port=ALERTMANAGER_PORT,
            scrape_s=found.scrape.seconds,
            evaluation_s=found.evaluation.seconds,
            resend_s=found.resend.seconds,
            grafana=f"svc/{found.grafana}" if found.grafana else "",
            grafana_port=found.grafana_port,
        )

    @property
    def _program(self) -> Path:
        return helm_program(self.settings, self.progress)

    def _helm(self, site: Site) -> Helm:
        home = site.run.directory / "helm"
        return Helm(program=self._program, home=home, kubeconfig=site.kubeconfig, run_id=site.run.id)

    def _words(self, helm: Helm, values: Path) -> Iterable[str]:
        """Release, chart and values, in Helm's order: the last file wins."""
        chart = chart_archive(self.options, helm.program, self.settings, self.progress)
        files = (Path(self.subject.files.chart_values), values, *self.options.values)
        return (
            *(self.chart.release, str(chart), "--namespace", self.chart.namespace),
            *(word for file in files for word in ("--values", str(file))),
        )

    def _files(self) -> str:
        return ", ".join(map(str, (self.subject.files.chart_values, *self.options.values)))

    def _overrides(self, speed: Speed, receiver_url: str, receiver_token: str) -> Manifest:
        floor = self.traits.floor
        values = values_at(
            self.chart,
            speed,
            floor=floor,
            cadvisor_floor=CADVISOR_FLOOR,
            receiver_url=receiver_url,
            receiver_token=receiver_token,
        )
        return overrides(self.chart, values, TimingFlags.at(speed, floor), grafana=self.options.grafana)

    @staticmethod
    def _write(directory: Path, made: Manifest) -> Path:
        """Helm takes values only as files; the receiver's token is among them."""
        file = directory / "chart-overrides.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(made, indent=2), encoding="utf-8")
        return file
