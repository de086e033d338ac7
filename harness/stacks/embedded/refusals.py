"""Refusals: what of the subject's objects somebody on a stack does not take: a finding, and no failure of the stack."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.core.contract.subject import Subject
from harness.core.judge.preflight import Refused
from harness.core.operator.manifest import Manifest
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.stacks.applying import RefusedError
from harness.stacks.embedded.operator.status import OperatorStatus
from harness.stacks.embedded.plan import Plan
from harness.stacks.installed import subject_objects_of


@dataclass(slots=True)
class Refusals:
    """Grows while a stack comes up."""

    subject: Subject
    #: by the API server, Prometheus or Alertmanager: kind -> what
    by_kind: dict[str, Refused] = field(default_factory=dict)
    #: what the API server said of the manifests
    manifests: str = ""

    def offer_manifests(self, take: Callable[[], None]) -> None:
        """What the API server refuses of the manifests is the subject's fault, and told by preflight."""
        try:
            take()
        except RefusedError as error:
            self.manifests = error.why

    def offer(self, one: Manifest, take: Callable[[], None]) -> None:
        """The same of one object of the operator's kinds."""
        try:
            take()
        except RefusedError as error:
            self._refuse(str(one["kind"]), error.why)

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
                    self._refuse(kind, problem)
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

    def _refuse(self, kind: str, why: str) -> None:
        one = subject_objects_of(self.subject)[kind]
        self.by_kind[kind] = Refused(kind=kind, namespace=one.namespace, name=one.name, why=why)
