"""What a fault is: one kind of damage, done and undone. Whether it took effect, a witness says."""

from enum import StrEnum
from typing import ClassVar, Protocol

from harness.faults.cluster import Cluster


class Wear(StrEnum):
    """What becomes of the controller's pods where a fault does what it is meant to. Anything more is an accident of it.

    A memory limit that ends the process, or a CPU limit under which it misses its liveness probe, is another fault than
    the one that was asked for: what other alerts make of it says nothing about them.
    """

    #: they go on running, and so do their containers
    NONE = "leaves them running"
    #: others may take their place; in none of them a container ends
    REPLACES = "may replace them"
    #: their containers end
    ENDS = "ends them"


class Fault(Protocol):
    """One kind of damage.

    What undoing needs is kept in the cluster, not in memory, so `undo` also works in another process after a crash.
    """

    #: what it is meant to do to the controller's pods; more than that is told as an accident of it
    wear: ClassVar[Wear]

    @property
    def lingers_s(self) -> float:
        """For how long, once it was taken back, what it had begun may go on: seconds of the clock."""
        ...

    @property
    def name(self) -> str:
        """A short name for reports, also used in names of objects: a-z, 0-9 and `-`."""
        ...

    def inject(self, cluster: Cluster) -> None:
        """Does the damage and returns when the API server has it in effect.

        Raises:
            HarnessError: the damage could not be done; `undo` then removes what was.
        """
        ...

    def undo(self, cluster: Cluster) -> None:
        """Takes the damage back. Does nothing where there is none: never injected, undone already, object gone.

        Raises:
            HarnessError: the damage may still be there.
        """
        ...
