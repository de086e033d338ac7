"""Refusals: what of the subject's objects somebody on a stack does not take: a finding, and no failure of the stack."""

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.core.contract.subject import Subject
from harness.core.judge.preflight import Refused
from harness.core.operator.manifest import Manifest
from harness.stacks.applying import RefusedError
from harness.stacks.installed import subject_objects_of


@dataclass(slots=True)
class Refusals:
    """Grows while a stack comes up."""

    subject: Subject
    #: of the objects of the operator's kinds, each of which the subject has one of: kind -> what
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
            self.refuse(str(one["kind"]), error.why)

    def refuse(self, kind: str, why: str) -> None:
        """Keeps that the subject's object of this kind is not taken, or does not come in force."""
        one = subject_objects_of(self.subject)[kind]
        self.by_kind[kind] = Refused(kind=kind, namespace=one.namespace, name=one.name, why=why)
