"""What decides a plain installation of the monitoring: operator, Prometheus, Alertmanager, no Helm."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.operator.chart import Chart, NodeJob
from harness.core.operator.manifest import Manifest
from harness.core.operator.scrape import scrape_timeout
from harness.core.rules.speed import Speed

_QUAY = "quay.io"
_VERSION = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringImages:
    """What runs, each `name:tag`. The operator is the one that kube-prometheus-stack 77.14 brings."""

    operator: str = f"{_QUAY}/prometheus-operator/prometheus-operator:v0.85.0"
    config_reloader: str = f"{_QUAY}/prometheus-operator/prometheus-config-reloader:v0.85.0"
    prometheus: str = f"{_QUAY}/prometheus/prometheus:v3.13.5"
    alertmanager: str = f"{_QUAY}/prometheus/alertmanager:v0.31.1"

    @property
    def prometheus_version(self) -> str:
        """What the operator takes the image for."""
        return _version(self.prometheus)

    @property
    def alertmanager_version(self) -> str:
        """What the operator takes the image for."""
        return _version(self.alertmanager)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringPlan:
    """One installation, in the chart's namespace and under the chart's names."""

    chart: Chart
    speed: Speed
    #: shortest interval at which this place scrapes and evaluates honestly
    floor: PromDuration
    #: the same for cAdvisor, which looks at a container about every 10 s of real time whoever asks
    cadvisor_floor: PromDuration
    #: ends with a slash; a receiver's name is appended to it
    receiver_url: str
    #: bearer token of the notifications; empty for none
    receiver_token: str = field(repr=False, default="")
    #: on every object and pod
    labels: Mapping[str, str]
    images: MonitoringImages = field(default_factory=MonitoringImages)

    @property
    def namespace(self) -> str:
        """Where everything lives but the kubelet's Service."""
        return self.chart.namespace

    @property
    def prometheus_name(self) -> str:
        """Of the Prometheus object, its Service and its account; part of a label on everything it sends."""
        return self.chart.prometheus.object_name.partition("/")[2]

    @property
    def alertmanager_name(self) -> str:
        """Of the Alertmanager object, its Service and its account."""
        return f"{self._prefix}-alertmanager"

    @property
    def operator_name(self) -> str:
        """Of the operator's Deployment, account and roles."""
        return f"{self._prefix}-operator"

    @property
    def _prefix(self) -> str:
        return self.prometheus_name.removesuffix("-prometheus")

    def interval(self, documented: PromDuration) -> PromDuration:
        """What a documented interval becomes on the clock."""
        return max(self.speed.scale(documented), self.floor)

    def cadvisor_times(self, job: NodeJob) -> tuple[PromDuration, PromDuration]:
        """Interval and timeout of cAdvisor's job on the clock."""
        settings = self.chart.prometheus
        interval = max(self.speed.scale(job.interval or settings.scrape_interval), self.cadvisor_floor)
        return interval, scrape_timeout(interval, job.timeout or settings.scrape_timeout)

    def metadata(self, name: str, labels: Mapping[str, str] | None = None, *, namespace: str = "") -> Manifest:
        """Metadata of an object of a namespace, the installation's own unless another is given."""
        return {
            "name": name,
            "namespace": namespace or self.namespace,
            "labels": {**(labels or {}), **self.labels},
        }


def _version(image: str) -> str:
    """The tag, which the operator reads as the version and derives flags and configuration from."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    if not _VERSION.fullmatch(tag):
        raise MisuseError(
            f"image {image} cannot be used",
            why="its tag is no version, and the operator derives flags and configuration from the version",
            fix="give an image with a tag like v3.13.5",
        )
    return tag
