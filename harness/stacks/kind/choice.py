"""The choice of kind: a cluster in Docker with the monitoring installed on it, and the options that belong to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.marks import HARNESS_IMAGE
from harness.core.operator.chart import Chart
from harness.core.operator.installation import Installation
from harness.core.rules.speed import Speed
from harness.stacks.base import Capability, Stack
from harness.stacks.checked import checked_chart
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.cluster.helm import HelmMonitoring
from harness.stacks.cluster.monitored import Monitoring
from harness.stacks.cluster.plain import PlainMonitoring
from harness.stacks.cluster.stack import TOOLS as CLUSTER_TOOLS
from harness.stacks.cluster.stack import ClusterStack
from harness.stacks.kind.cluster import KindOptions
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.images import subject_recipes
from harness.stacks.kind.provider import KindProvider
from harness.stacks.kind.supply import Supply
from harness.stacks.options import BASE_IMAGE
from harness.stacks.scrape_profile import KIND, StackTraits
from harness.stacks.sweep import Sweep
from harness.toolchain import Progress, Settings
from harness.toolchain.module_files import OPERATOR_CRDS


@dataclass(frozen=True, slots=True, kw_only=True)
class KindChoice:
    """`--stack kind`."""

    cluster: KindOptions = field(default_factory=KindOptions)
    #: what images are built on
    base: str = BASE_IMAGE
    #: the chart that Helm installs; None for the plain installation
    chart: ChartOptions | None = None
    supply: Supply = field(default_factory=Supply)

    @property
    def traits(self) -> StackTraits:
        """Those of kind."""
        return KIND

    @property
    def cannot(self) -> Mapping[Capability, str]:
        """A Grafana is the chart's, if it is asked for; what values of a person's bring is known when it is there."""
        may_have_one = self.chart is not None and (self.chart.grafana or self.chart.values)
        return {} if may_have_one else {Capability.GRAFANA: self._no_grafana}

    def check(self, subject: Subject, speed: Speed) -> Chart:
        """Chart values, rules, monitor, routes, and the files that images are built from.

        Raises:
            MisuseError: one of them cannot work.
        """
        chart = checked_chart(subject, KIND, speed, Installation.OPERATOR if self.chart is None else Installation.CHART)
        if not chart.alertmanager.enabled:
            raise MisuseError(
                "there would be nobody to tell",
                why=f"{subject.files.chart_values} has alertmanager.enabled: false",
                fix="leave Alertmanager on, or use --stack embedded",
            )
        subject_recipes(subject, base=self.base)
        return chart

    def prepare(self, subject: Subject, progress: Progress) -> None:
        """Brings everything that a stack would fetch or build, so that it then needs nothing from outside but images.

        What cannot be had keeps nothing else from being brought; Docker is asked last.

        Raises:
            MisuseError: a file or a program that was named is not there.
            CouldNotTellError: something of it cannot be had.
        """
        provider = self._provider(subject)
        steps: tuple[Callable[[], object], ...] = (
            lambda: self.supply.programs((*CLUSTER_TOOLS, *provider.tools), progress),
            lambda: provider.fetch_wheels(progress),
            lambda: self._fetch_monitoring(provider.settings, progress),
            lambda: provider.build(Docker(), progress),
        )
        missing = [error for step in steps if (error := _failed(step)) is not None]
        if len(missing) == 1:
            raise missing[0]
        if missing:
            why = "\n       ".join(f"{error.what}: {error.why}" for error in missing)
            fixes = "; ".join(dict.fromkeys(error.fix for error in missing))
            raise CouldNotTellError(f"{len(missing)} things that kind needs cannot be had", why=why, fix=fixes)

    def _fetch_monitoring(self, settings: Settings, progress: Progress) -> None:
        if self.chart is None:
            self.supply.files(OPERATOR_CRDS, settings, progress)
        else:
            self.supply.chart(self.chart, settings, progress)

    def stack(self, subject: Subject, speed: Speed, progress: Progress, sweep: Sweep) -> Stack:
        """A cluster of its own for each stack."""
        chart = self.check(subject, speed)
        return ClusterStack(
            subject,
            speed,
            progress,
            sweep,
            traits=KIND,
            chart=chart,
            provider=self._provider(subject),
            monitoring=self._monitoring(subject, chart, progress),
            image=HARNESS_IMAGE,
            no_grafana=self._no_grafana,
        )

    def _provider(self, subject: Subject) -> KindProvider:
        return KindProvider(subject=subject, options=self.cluster, base=self.base, supply=self.supply)

    @property
    def _no_grafana(self) -> str:
        if self.chart is None:
            return "--monitoring operator installs none: --monitoring chart --grafana brings one"
        return "the chart's own is off: --grafana leaves it on"

    def _monitoring(self, subject: Subject, chart: Chart, progress: Progress) -> Monitoring:
        if self.chart is None:
            return PlainMonitoring(chart=chart, traits=KIND, progress=progress)
        return HelmMonitoring(subject=subject, chart=chart, traits=KIND, progress=progress, options=self.chart)


def _failed(step: Callable[[], object]) -> CouldNotTellError | None:
    try:
        step()
    except CouldNotTellError as error:
        return error
    return None
