"""Where a translated configuration runs: what is fixed by the stack and not by the subject."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Addresses and files of one stack."""

    #: read by Prometheus for service discovery
    kubeconfig_file: str
    #: directory of the rule files, as Prometheus finds it
    rules_dir: str
    #: host:port
    alertmanager_address: str
    node_name: str
    #: host:port of the node, which serves /metrics/cadvisor and /metrics/kube-state-metrics
    node_metrics_address: str
