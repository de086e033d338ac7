"""Slow API: the API server itself takes its time over writes of mirrors."""

from dataclasses import dataclass
from typing import ClassVar

from harness.agents.webhook.plan import WriteFaults
from harness.faults import webhook_rule
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowApi:
    """Delays a share of the writes.

    With every write delayed alike, a controller's workers finish in lockstep and short windows see no completion at
    all; a share below 1 keeps them out of step.
    """

    name: ClassVar[str] = "slow-api"
    wear: ClassVar[Wear] = Wear.NONE

    #: as in the webhook's path, above 0 and up to 29s: `6s`
    delay: str
    #: above 0 and up to 1, with at most 6 decimals
    share: float = 1.0

    @property
    def plan(self) -> WriteFaults:
        """What the webhook is told (raises BadPlanError for a delay or share it would not take)."""
        return WriteFaults.parse(f"/delay/{self.delay}/{self.share:.6f}")

    @property
    def lingers_s(self) -> float:
        """A write that is held back stays so, and its reconcile is as slow as any during the fault."""
        return self.plan.delay_s

    def inject(self, cluster: Cluster) -> None:
        """From the return on, writes of mirrors are delayed."""
        webhook_rule.install(cluster, fault=self.name, plan=self.plan)

    def undo(self, cluster: Cluster) -> None:
        """From the return on, new writes are not delayed; those held back already end within the delay."""
        webhook_rule.remove(cluster, fault=self.name, plan=self.plan)
