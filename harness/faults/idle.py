"""Idle: nothing is done. Whoever pages then, pages without cause."""

from dataclasses import dataclass
from typing import ClassVar

from harness.faults.cluster import Cluster
from harness.faults.fault import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """The absence of a fault, as a row of the matrix like any other."""

    name: ClassVar[str] = "idle"
    wear: ClassVar[Wear] = Wear.NONE
    lingers_s: ClassVar[float] = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Does nothing."""

    def undo(self, cluster: Cluster) -> None:
        """Does nothing."""
