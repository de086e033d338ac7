"""Failing API: the API server refuses an exact share of the writes of mirrors."""

from dataclasses import dataclass
from typing import ClassVar

from harness.faults import webhook_rule
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear
from harness.faults.webhook.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingApi:
    """Denies a share of the writes, of secrets and configmaps each.

    Evenly spread: of any n in a row of one kind, as near to n * share as whole numbers allow.
    """

    name: ClassVar[str] = "failing-api"
    wear: ClassVar[Wear] = Wear.NONE
    lingers_s: ClassVar[float] = 0.0

    #: above 0 and up to 1, with at most 6 decimals
    share: float

    @property
    def plan(self) -> Plan:
        """What the webhook is told (raises BadPlanError for a share it would not take)."""
        return Plan.parse(f"/deny/{self.share:.6f}")

    def inject(self, cluster: Cluster) -> None:
        """From the return on, the share is denied."""
        webhook_rule.install(cluster, fault=self.name, plan=self.plan)

    def undo(self, cluster: Cluster) -> None:
        """From the return on, nothing is denied."""
        webhook_rule.remove(cluster, fault=self.name, plan=self.plan)
