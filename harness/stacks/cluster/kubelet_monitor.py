"""The ServiceMonitor of the kubelet's cAdvisor page, as the chart installs it.

https://github.com/prometheus-community/helm-charts/blob/kube-prometheus-stack-77.14.0/charts/kube-prometheus-stack/templates/exporters/kubelet/servicemonitor.yaml
The Service it selects is the operator's own work (`--kubelet-service`), labels included
(https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/kubelet/controller.go, `syncService`).
"""

from harness.core.operator.chart import NodeJob
from harness.core.operator.manifest import Manifest
from harness.stacks.cluster.monitoring_plan import MonitoringPlan

_TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - where it lies, not what it is


def kubelet_monitor(plan: MonitoringPlan, job: NodeJob) -> Manifest:
    """The monitor, labelled so that the installation's Prometheus selects it."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "ServiceMonitor",
        "metadata": plan.metadata(job.service, plan.chart.prometheus.monitor_selector.satisfying()),
        "spec": {
            "jobLabel": "k8s-app",
            "namespaceSelector": {"matchNames": [job.namespace]},
            "selector": {"matchLabels": {"app.kubernetes.io/name": "kubelet", "k8s-app": "kubelet"}},
            "endpoints": [_endpoint(plan, job)],
        },
    }


def _endpoint(plan: MonitoringPlan, job: NodeJob) -> Manifest:
    settings, scheme = plan.chart.prometheus, job.endpoint.removesuffix("-metrics")
    endpoint: Manifest = {
        "port": job.endpoint,
        "scheme": scheme,
        "path": "/metrics/cadvisor",
        "interval": str(job.interval or settings.scrape_interval),
        "scrapeTimeout": str(job.timeout or settings.scrape_timeout),
        "honorLabels": job.honor_labels,
    }
    if scheme == "https":
        # a kubelet's certificate is its own, not the cluster's
        endpoint |= {"bearerTokenFile": _TOKEN_FILE, "tlsConfig": {"insecureSkipVerify": True}}
    given: Manifest = {
        "honorTimestamps": job.honor_timestamps,
        "trackTimestampsStaleness": job.track_staleness,
        "relabelings": job.relabelings.yaml(),
        "metricRelabelings": job.metric_relabelings.yaml(),
    }
    return endpoint | {key: value for key, value in given.items() if value not in (None, [])}
