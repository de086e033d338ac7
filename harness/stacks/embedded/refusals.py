"""Refusals where Prometheus, Alertmanager and the operator are asked by files, and answer by their reloads."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.core.judge.preflight import Refused
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.stacks.embedded.operator.status import OperatorStatus
from harness.stacks.embedded.plan import Plan
from harness.stacks.refusals import Refusals


@dataclass(slots=True)
class EmbeddedRefusals(Refusals):
    """By the API server, and by who loads what was written."""

    def of_reload(self, plan: Plan, problem: str, kinds: Iterable[str]) -> bool:
        """Whether one of the two refuses what was written; asking again helps as little as with the API server.

        The blame is the object's that came last: what was there before it was taken.

        Args:
            plan: where the two are.
            problem: what the operator says.
            kinds: of the objects that it was given by now.
        """
        for address, kind in (
            (plan.alertmanager_address, ALERTMANAGER_CONFIG),
            (plan.prometheus_address, RULE if RULE in kinds and MONITOR not in self.by_kind else MONITOR),
        ):
            if problem.startswith(f"{address} refused"):
                if kind not in self.by_kind:
                    self.refuse(kind, problem)
                return True
        return False

    def all(self, plan: Plan) -> tuple[Refused, ...]:
        """By API server, Prometheus, Alertmanager or operator, which names those that nobody selects as well."""
        status = OperatorStatus.read(plan.operator.status_file)
        rejected = () if status is None else status.rejected
        return (
            *self.by_kind.values(),
            *(Refused(kind=one.kind, namespace=one.namespace, name=one.name, why=one.why) for one in rejected),
        )
