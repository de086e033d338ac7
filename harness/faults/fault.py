"""What a fault is: one kind of damage, done and undone. Whether it took effect, a witness says."""

from typing import ClassVar, Protocol

from harness.faults.cluster import Cluster


class Fault(Protocol):
    """One kind of damage.

    What undoing needs is kept in the cluster, not in memory, so `undo` also works in another process after a crash.
    """

    #: whether it deletes, replaces or restarts pods of the controller, or may make them end. During any other fault a
    #: pod that ends is an accident
    disturbs_pods: ClassVar[bool]

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
