"""Where a translated configuration runs: what is fixed by the stack and not by the subject."""

from dataclasses import dataclass

from harness.core.duration import PromDuration
from harness.core.rules.speed import Speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Addresses, files and the pace of one stack."""

    speed: Speed
    #: shortest interval at which this stack scrapes and evaluates honestly
    floor: PromDuration
    #: read by Prometheus for service discovery
    kubeconfig_file: str
    #: directory of the rule files, as Prometheus finds it
    rules_dir: str
    #: host:port
    alertmanager_address: str
    node_name: str
    #: host:port of the node, which serves /metrics/cadvisor and /metrics/kube-state-metrics
    node_metrics_address: str
    #: ends with a slash; a receiver's name is appended to it
    receiver_url: str
    #: bearer token of the notifications; empty for none
    receiver_token: str = ""

    def interval(self, documented: PromDuration) -> PromDuration:
        """What a documented interval becomes on the clock: divided by the speed, but not below the floor."""
        return max(self.speed.scale(documented), self.floor)
