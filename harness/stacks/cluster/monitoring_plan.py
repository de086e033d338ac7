"""What decides a plain installation of the monitoring: operator, Prometheus, Alertmanager, no Helm."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.errors import MisuseError
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest
from harness.core.timing_flags import TimingFlags

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

    #: its times are those of the clock
    chart: Chart
    flags: TimingFlags
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
