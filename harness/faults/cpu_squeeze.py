"""CPU squeeze: the CPU limit comes down to about what the controller uses under its load."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from harness.core.errors import CouldNotTellError
from harness.faults import squeeze
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import running_pods
from harness.faults.fault import Wear

#: the smallest quota that the kernel takes is 1 ms per period of 100 ms
#: https://docs.kernel.org/scheduler/sched-bwc.html
_LEAST_MILLICORES: Final = 10
#: what is left of a limit that was not tight enough
_STEP: Final = 0.94
#: enough to come down to half of where it began
_STEPS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuSqueeze:
    """Makes limit / average use the wanted number, whatever the machine's speed, and tighter where that is asked for.

    An idle controller is hardly throttled by any limit: give it work as well, and let it work for some seconds before.
    Give it enough: the kernel hands a quota out in slices of 5 ms, and a limit of a few slices per period starves whole
    threads. Give it work in spells, with rests as long: while it works it wants more than a limit near its average use,
    whatever a touch costs on this machine just now, so it is held back in all those periods; while it rests it catches
    up. Work that comes evenly is hardly held back by a limit above its use, and by one below it almost always.
    """

    name: ClassVar[str] = "cpu-squeeze"
    wear: ClassVar[Wear] = Wear.REPLACES
    lingers_s: ClassVar[float] = 0.0

    #: limit / average use, above 0
    times_use: float = 1.1
    #: the share of periods in which it is to be held back at least, 0 to 1: an average says too little to hit it
    at_least: float = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Returns when the limit is in effect, and holds back as much as is asked for.

        Raises:
            CouldNotTellError: nobody counts what it uses, or half of the limit did not hold it back enough.
        """
        names = [str(pod["metadata"]["name"]) for pod in running_pods(cluster)]
        limits = {name: math.ceil(cluster.usage.cpu_cores(name) * self.times_use * 1000) for name in names}
        limits, seen = self._set(cluster, limits)
        for _ in range(_STEPS):
            if seen >= self.at_least:
                return
            limits, seen = self._set(cluster, {name: math.floor(limit * _STEP) for name, limit in limits.items()})
        if seen < self.at_least:
            shown = ", ".join(f"{limit}m" for limit in limits.values())
            raise CouldNotTellError(
                f"the CPU could not be squeezed until {self.at_least:.0%} of all periods are held back",
                why=f"with a limit of {shown} it is {seen:.0%}",
                fix="give the controller steady work before",
            )

    def undo(self, cluster: Cluster) -> None:
        """Puts the former limit back."""
        squeeze.restore(cluster)

    def _set(self, cluster: Cluster, limits: Mapping[str, int]) -> tuple[dict[str, int], float]:
        """Sets these limits, in thousandths of a core.

        Returns:
            The limits of the pods that run now, and the least share of periods in which one of them is held back. Where
            pods were replaced, these have other names, and one limit.
        """
        written = {name: f"{max(_LEAST_MILLICORES, limit)}m" for name, limit in limits.items()}
        squeeze.squeeze(cluster, resource="cpu", limits=written)
        names = [str(pod["metadata"]["name"]) for pod in running_pods(cluster)]
        most = max(limits.values())
        now = {name: limits.get(name, most) for name in names}
        seen = min((cluster.usage.throttled_ratio(name) for name in names), default=0.0) if self.at_least else 0.0
        return now, seen
