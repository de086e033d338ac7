"""The choice of somebody's own cluster: what it takes to be sure that this one is meant, and what is asked of it."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.prometheus import PrometheusReader
from harness.core.contract.subject import Subject
from harness.core.marks import HARNESS_IMAGE
from harness.core.operator.chart import Chart
from harness.core.rules.speed import Speed
from harness.stacks.base import Capability, Stack
from harness.stacks.checked import checked_chart
from harness.stacks.cluster.stack import ClusterStack
from harness.stacks.existing.connection import Connection, connect
from harness.stacks.existing.discovery import GivenUrl
from harness.stacks.existing.examination import AskedMonitoring, examine
from harness.stacks.existing.guard import confirmed
from harness.stacks.existing.kubeconfig import Destination, Kubeconfig
from harness.stacks.existing.manifests import SubjectManifests
from harness.stacks.existing.monitoring import FoundMonitoring
from harness.stacks.existing.provider import ExistingProvider
from harness.stacks.scrape_profile import EXISTING, StackTraits
from harness.stacks.sweep import Sweep
from harness.toolchain import Ensure, Progress, ToolName, ensure, progress_to

_NO_GRAFANA = "the dashboard is not brought to a Grafana that others use: see it on --stack kind with --grafana"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingOptions:
    """What the command line says about the cluster."""

    #: None for `$KUBECONFIG`, else the user's own
    kubeconfig: Path | None = None
    context: str | None = None
    #: has to be the same
    confirmation: str | None = None
    monitoring: AskedMonitoring = field(default_factory=AskedMonitoring)
    #: of the harness's own pods, as the cluster's nodes have it or pull it
    harness_image: str = HARNESS_IMAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingChoice:
    """`--stack existing`. Where it leads is settled once: a kubeconfig that is changed later changes nothing."""

    options: ExistingOptions
    destination: Destination
    enter: Connection = connect
    #: brings what a look at the subject takes
    bring: Ensure = ensure

    @classmethod
    def of(cls, options: ExistingOptions, environ: Mapping[str, str]) -> Self:
        """Reads the kubeconfig and asks nothing of any cluster.

        Raises:
            NotConfirmedError: the context is not named twice, or not there.
            KubeconfigError: there is no kubeconfig, or the context leads nowhere.
        """
        kubeconfig = Kubeconfig.read(options.kubeconfig, environ)
        destination = confirmed(kubeconfig, context=options.context, confirmation=options.confirmation)
        return cls(options=options, destination=destination)

    @property
    def traits(self) -> StackTraits:
        """Those of a cluster that is somebody's."""
        return EXISTING

    @property
    def cannot(self) -> Mapping[Capability, str]:
        """Its Grafana is shown nothing: whose dashboards are whose, nobody could tell afterwards."""
        return {Capability.GRAFANA: _NO_GRAFANA}

    def check(self, subject: Subject, speed: Speed) -> Chart:
        """Chart values and rules; then permissions, namespace, monitoring and names, by looking at the cluster.

        Lookback and the others' scrape interval in what it returns are those of the Prometheus that is there.

        Raises:
            MisuseError: one of them cannot work; nothing was changed.
            CouldNotTellError: the API server, or monitoring that was given by URL, does not answer.
        """
        chart = checked_chart(subject, EXISTING, speed)
        kubectl = self.bring((ToolName.KUBECTL,), progress_to(sys.stderr, os.environ))[ToolName.KUBECTL].path
        manifests = SubjectManifests.read(subject, kubectl)
        with self.enter(self.destination) as api:
            found = examine(api, subject, manifests, self.options.monitoring, context=self.destination.context)
        if isinstance(found.prometheus, GivenUrl):
            with PrometheusReader(found.prometheus.url) as prometheus:
                times = prometheus.times()
            lookback, others = times.lookback, times.scrape_interval
        else:
            lookback, others = found.prometheus.lookback_delta, found.prometheus.scrape_interval
        if isinstance(found.alertmanager, GivenUrl):
            with AlertmanagerReader(found.alertmanager.url) as alertmanager:
                alertmanager.config()
        return replace(chart, prometheus=replace(chart.prometheus, lookback=lookback, others_interval=others))

    def stack(self, subject: Subject, speed: Speed, progress: Progress, sweep: Sweep) -> Stack:
        """One run in it. The cluster is looked at again when it comes up, for it may have changed."""
        chart = checked_chart(subject, EXISTING, speed)
        provider = ExistingProvider(subject=subject, destination=self.destination, asked=self.options.monitoring)
        return ClusterStack(
            subject,
            speed,
            progress,
            sweep,
            traits=EXISTING,
            chart=chart,
            provider=provider,
            monitoring=FoundMonitoring(chart=chart, traits=EXISTING, found=lambda: provider.found),
            image=self.options.harness_image,
            no_grafana=_NO_GRAFANA,
        )
