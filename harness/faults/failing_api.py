"""Failing API: the API server refuses an exact share of the writes of mirrors."""

from dataclasses import dataclass
from typing import ClassVar, Final

from harness.agents.webhook.plan import WriteFaults
from harness.core.errors import NotHereError
from harness.faults import webhook_rule
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear
from harness.faults.source import SourceKind, source_kinds

_SEVERAL: Final = 2


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
    #: whether only the writes of the first kind that the subject mirrors are touched: the failures are one controller's
    of_one: bool = False

    @property
    def plan(self) -> WriteFaults:
        """What the webhook is told (raises BadPlanError for a share it would not take)."""
        return WriteFaults.parse(f"/deny/{self.share:.6f}")

    def inject(self, cluster: Cluster) -> None:
        """From the return on, the share is denied.

        Raises:
            NotHereError: one controller's writes are meant, and there is no other.
        """
        kinds = source_kinds(cluster.subject)
        if self.of_one and len(kinds) < _SEVERAL:
            raise NotHereError(
                "one controller's failures cannot be told from those of all",
                why=f"{cluster.subject.name} mirrors {kinds[0].value}s only",
                fix="nothing: its alerts about one and about all speak of the same reconciles",
            )
        webhook_rule.install(
            cluster, fault=self.name, plan=self.plan, kinds=kinds[:1] if self.of_one else tuple(SourceKind)
        )

    def undo(self, cluster: Cluster) -> None:
        """From the return on, nothing is denied."""
        kind = source_kinds(cluster.subject)[0] if self.of_one else SourceKind.CONFIGMAP
        webhook_rule.remove(cluster, fault=self.name, plan=self.plan, kind=kind)
