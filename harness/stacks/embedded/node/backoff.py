"""When an ended container is started again: the kubelet's crash-loop back-off. Pure; the clock is an argument.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
"""

from dataclasses import dataclass

FIRST_S = 10.0
LONGEST_S = 300.0
#: after this long without a restart the next failure counts as the first again
FORGET_S = 2 * LONGEST_S


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """The pause that the next restart has to wait for; `None` before the first."""

    pause_s: float | None = None
    #: when the pause was last lengthened
    since_s: float = 0.0

    def wait_s(self, *, ended_s: float, now_s: float) -> float:
        """How long the container that ended at `ended_s` still has to wait; 0 when it may start now.

        The first restart waits for nothing. A container that ran for 10 minutes is treated as if it had never failed.
        """
        if self.pause_s is None or ended_s - self.since_s > FORGET_S:
            return 0.0
        return max(0.0, ended_s + self.pause_s - now_s)

    def restarted(self, *, ended_s: float, now_s: float) -> "BackOff":
        """The back-off after the restart at `now_s`."""
        if self.pause_s is None or ended_s - self.since_s > FORGET_S:
            return BackOff(pause_s=FIRST_S, since_s=now_s)
        return BackOff(pause_s=min(LONGEST_S, self.pause_s * 2), since_s=now_s)
