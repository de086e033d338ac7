"""Prometheus as the operator is asked for it: the object, its account with its rights, its Service.

Its clocks are divided, its selectors, labels and discovery are the chart's. The lifecycle API needs no field: the
operator enables it unless asked to reload by signal
(https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/prometheus/promcfg.go,
`BuildCommonPrometheusArgs`).
"""

from harness.core.operator.manifest import Manifest
from harness.stacks.cluster.monitoring_plan import MonitoringPlan
from harness.stacks.cluster.operator_objects import account, allow, cluster_role
from harness.stacks.cluster.timing import prometheus_arguments, query_clock, rules_clock

PORT = 9090
#: the Service's port and the pods'
PORT_NAME = "http-web"
_READ = ("get", "list", "watch")
_ROLES = {"endpoints": "Endpoints", "endpointslice": "EndpointSlice"}


def prometheus_objects(plan: MonitoringPlan) -> list[Manifest]:
    """All of Prometheus's objects, in the order in which they are to be applied."""
    name = plan.prometheus_name
    rules = [
        # targets, and a kubelet's pages; nodes for monitors that attach a node's labels
        allow("", ("services", "endpoints", "pods", "nodes"), _READ),
        allow("discovery.k8s.io", ("endpointslices",), _READ),
        allow("", ("nodes/metrics",), ("get",)),
    ]
    selector: Manifest = {"app.kubernetes.io/name": "prometheus", "operator.prometheus.io/name": name}
    return [
        account(plan, name),
        *cluster_role(plan, name, rules),
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "Prometheus",
            "metadata": plan.metadata(name),
            "spec": _spec(plan),
        },
        service(plan, name, selector, PORT),
    ]


def service(plan: MonitoringPlan, name: str, selector: Manifest, port: int) -> Manifest:
    """The Service of what the operator runs."""
    ports: Manifest = {"name": PORT_NAME, "port": port, "targetPort": PORT_NAME}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": plan.metadata(name),
        "spec": {"selector": selector, "ports": [ports]},
    }


def pod_fields(plan: MonitoringPlan) -> Manifest:
    """What Prometheus and Alertmanager share, as the chart sets it."""
    return {
        "replicas": 1,
        "portName": PORT_NAME,
        "podMetadata": {"labels": dict(plan.labels)},
        "securityContext": {
            "fsGroup": 2_000,
            "runAsGroup": 2_000,
            "runAsNonRoot": True,
            "runAsUser": 1_000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }


def _spec(plan: MonitoringPlan) -> Manifest:
    settings = plan.chart.prometheus
    spec: Manifest = {
        **pod_fields(plan),
        "image": plan.images.prometheus,
        "version": plan.images.prometheus_version,
        "serviceAccountName": plan.prometheus_name,
        # no CPU limit: held back, it would evaluate late, and lateness is what is measured
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}},
        "scrapeInterval": str(settings.scrape_interval),
        "scrapeTimeout": str(settings.scrape_timeout),
        "evaluationInterval": str(settings.evaluation_interval),
        "query": query_clock(plan.flags),
        "rules": rules_clock(plan.flags),
        "additionalArgs": prometheus_arguments(),
        "externalLabels": dict(settings.external_labels),
        "prometheusExternalLabelName": settings.prometheus_label,
        "replicaExternalLabelName": settings.replica_label,
        "podTargetLabels": list(settings.pod_target_labels),
        "serviceDiscoveryRole": _ROLES[settings.discovery_role],
        "ruleSelector": settings.rule_selector.written(),
        "ruleNamespaceSelector": settings.rule_namespaces.written(),
        "serviceMonitorSelector": settings.monitor_selector.written(),
        "serviceMonitorNamespaceSelector": settings.monitor_namespaces.written(),
    }
    if plan.chart.alertmanager.enabled:
        alertmanager: Manifest = {
            "namespace": plan.namespace,
            "name": plan.alertmanager_name,
            "port": PORT_NAME,
            "apiVersion": "v2",
        }
        spec["alerting"] = {"alertmanagers": [alertmanager]}
    return spec
