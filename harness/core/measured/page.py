"""The healthy series of a controller that was never run here: its page, and what a chart tells of its containers.

What rests on the page is the controller's own word. What others tell of its containers is made up in the shape in which
kube-prometheus-stack has it scraped (labels of the kubelet's and of kube-state-metrics' targets); a check that rests on
it says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.core.exposition import Page
from harness.core.measured.catalog import Catalog, Healthy
from harness.core.measured.drivers import LIMITS, PERIODS, THROTTLED, WORKING_SET

#: what cAdvisor tells of a container's memory and CPU and the chart keeps:
#: https://github.com/prometheus-community/helm-charts/tree/main/charts/kube-prometheus-stack (`kubelet.serviceMonitor`)
OF_CONTAINERS: Final = (
    WORKING_SET,
    "container_memory_usage_bytes",
    "container_memory_rss",
    "container_memory_cache",
    "container_cpu_usage_seconds_total",
    PERIODS,
    THROTTLED,
)
_MIB: Final = 1024.0 * 1024
#: of no consequence: levels are set in parts of it
_MEMORY_LIMIT: Final = 128 * _MIB
_CPU_LIMIT: Final = 0.5
#: as a ReplicaSet names its pods
_POD_SUFFIX: Final = "-7c9d8b6f5d-x2k7q"
_NODE: Final = "node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraped:
    """What a target's labels are made of."""

    namespace: str
    #: the Service, whose name is the job
    service: str
    deployment: str
    container: str
    #: the name of the port in the ServiceMonitor
    endpoint: str
    port: int


def catalog_of_page(page: Page, target: Scraped) -> Catalog:
    """The page's series with the labels that a target gets, and what others tell of its container."""
    pod = f"{target.deployment}{_POD_SUFFIX}"
    labels = {
        "container": target.container,
        "endpoint": target.endpoint,
        "instance": f"10.244.0.7:{target.port}",
        "job": target.service,
        "namespace": target.namespace,
        "pod": pod,
        "service": target.service,
    }
    own = (
        Healthy(labels={"__name__": sample.name, **_exported(sample.labels, labels), **labels}, value=sample.value)
        for family in page.families
        for sample in family.samples
    )
    up = Healthy(labels={"__name__": "up", **labels}, value=1.0)
    return Catalog(source=page.source, job=target.service, pod=pod, series=(up, *own, *_told(target, pod)))


def _exported(own: Mapping[str, str], target: Mapping[str, str]) -> dict[str, str]:
    """A label of the page that the target has as well gets another name, unless the monitor honours it.

    https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config (`honor_labels`)
    """
    # a label without a value is none: https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
    return {f"exported_{name}" if name in target else name: value for name, value in own.items() if value}


def _told(target: Scraped, pod: str) -> Iterator[Healthy]:
    about = {"namespace": target.namespace, "pod": pod, "container": target.container}
    kubelet = {
        "endpoint": "https-metrics",
        "instance": "192.0.2.1:10250",
        "job": "kubelet",
        "metrics_path": "/metrics/cadvisor",
        "node": _NODE,
        "service": "prometheus-kube-prometheus-kubelet",
    }
    for name in OF_CONTAINERS:
        yield Healthy(
            labels={
                "__name__": name,
                **kubelet,
                **about,
                "id": f"/kubepods.slice/{pod}/{target.container}",
                "image": "image",
                "name": f"{pod}-{target.container}",
            },
            value=0.0,
        )
        # the pod's own cgroup, which is no container's
        yield Healthy(
            labels={
                "__name__": name,
                **kubelet,
                "namespace": target.namespace,
                "pod": pod,
                "id": f"/kubepods.slice/{pod}",
            },
            value=0.0,
        )
    state = {
        "endpoint": "http",
        "instance": "10.244.0.3:8080",
        "job": "kube-state-metrics",
        "service": "prometheus-kube-state-metrics",
        "node": _NODE,
        "uid": pod,
    }
    for resource, unit, value in (("memory", "byte", _MEMORY_LIMIT), ("cpu", "core", _CPU_LIMIT)):
        yield Healthy(labels={"__name__": LIMITS, **state, **about, "resource": resource, "unit": unit}, value=value)
