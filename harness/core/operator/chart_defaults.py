"""The defaults of kube-prometheus-stack 77.14.0 that the translation depends on.

https://github.com/prometheus-community/helm-charts/blob/kube-prometheus-stack-77.14.0/charts/kube-prometheus-stack/values.yaml
Empty intervals are filled by the operator's CRD with 30s. Alertmanager's `templates` are left out: they name files in
the chart's own image, and destinations are replaced anyway.
"""

from harness.core.operator.reading import Yaml


def _drop(source_labels: list[str], regex: str) -> Yaml:
    return {"sourceLabels": source_labels, "action": "drop", "regex": regex}


CHART_DEFAULTS: Yaml = {
    "nameOverride": "",
    "fullnameOverride": "",
    "cleanPrometheusOperatorObjectNames": False,
    "prometheus": {
        "prometheusSpec": {
            "scrapeInterval": "",
            "scrapeTimeout": "",
            "evaluationInterval": "",
            "retention": "10d",
            "retentionSize": "",
            "externalLabels": {},
            "prometheusExternalLabelName": "",
            "prometheusExternalLabelNameClear": False,
            "replicaExternalLabelName": "",
            "replicaExternalLabelNameClear": False,
            "podTargetLabels": [],
            "serviceDiscoveryRole": "",
            "ruleSelectorNilUsesHelmValues": True,
            "ruleSelector": {},
            "ruleNamespaceSelector": {},
            "serviceMonitorSelectorNilUsesHelmValues": True,
            "serviceMonitorSelector": {},
            "serviceMonitorNamespaceSelector": {},
        },
    },
    "alertmanager": {
        "enabled": True,
        "config": {
            "global": {"resolve_timeout": "5m"},
            "inhibit_rules": [
                {
                    "source_matchers": ["severity = critical"],
                    "target_matchers": ["severity =~ warning|info"],
                    "equal": ["namespace", "alertname"],
                },
                {
                    "source_matchers": ["severity = warning"],
                    "target_matchers": ["severity = info"],
                    "equal": ["namespace", "alertname"],
                },
                {
                    "source_matchers": ["alertname = InfoInhibitor"],
                    "target_matchers": ["severity = info"],
                    "equal": ["namespace"],
                },
                {"target_matchers": ["alertname = InfoInhibitor"]},
            ],
            "route": {
                "group_by": ["namespace"],
                "group_wait": "30s",
                "group_interval": "5m",
                "repeat_interval": "12h",
                "receiver": "null",
                "routes": [{"receiver": "null", "matchers": ['alertname = "Watchdog"']}],
            },
            "receivers": [{"name": "null"}],
        },
        "alertmanagerSpec": {
            "alertmanagerConfigSelector": {},
            "alertmanagerConfigNamespaceSelector": {},
            "alertmanagerConfigMatcherStrategy": {},
        },
    },
    "kubernetesServiceMonitors": {"enabled": True},
    "kubelet": {
        "enabled": True,
        "namespace": "kube-system",
        "serviceMonitor": {
            "enabled": True,
            "interval": "",
            "scrapeTimeout": "",
            "honorLabels": True,
            "honorTimestamps": True,
            "trackTimestampsStaleness": True,
            "https": True,
            "cAdvisor": True,
            "cAdvisorInterval": "10s",
            "cAdvisorMetricRelabelings": [
                _drop(
                    ["__name__"],
                    "container_cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total|user_seconds_total)",
                ),
                _drop(
                    ["__name__"],
                    "container_fs_(io_current|io_time_seconds_total|io_time_weighted_seconds_total|reads_merged_total|"
                    "sector_reads_total|sector_writes_total|writes_merged_total)",
                ),
                _drop(["__name__"], "container_memory_(mapped_file|swap)"),
                _drop(["__name__"], "container_(file_descriptors|tasks_state|threads_max)"),
                _drop(["__name__", "scope"], "container_memory_failures_total;hierarchy"),
                _drop(["__name__", "interface"], "container_network_.*;(cali|cilium|cni|lxc|nodelocaldns|tunl).*"),
                _drop(["__name__"], "container_spec.*"),
                _drop(["id", "pod"], ".+;"),
            ],
            "cAdvisorRelabelings": [
                {"action": "replace", "sourceLabels": ["__metrics_path__"], "targetLabel": "metrics_path"}
            ],
        },
    },
    "kubeStateMetrics": {"enabled": True},
    "kube-state-metrics": {
        "prometheus": {
            "monitor": {
                "enabled": True,
                "interval": "",
                "scrapeTimeout": "",
                "honorLabels": True,
                "metricRelabelings": [],
                "relabelings": [],
            },
        },
    },
}
