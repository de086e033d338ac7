"""Memory squeeze: the memory limit comes down to just above what the controller has in use."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from harness.core.errors import CouldNotTellError
from harness.faults import squeeze
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import container_ends, running_pods
from harness.faults.fault import Wear

#: how far from the wanted limit that of a roll-out's pods may be: they started anew and use something else than the old
_NEAR: Final = 0.02
#: pods that start anew use about as much each time
_ROUNDS: Final = 4
#: how far below the ratio that is to be exceeded the limit stops on its way down: no alert is to begin there
_STEP: Final = 0.05

#: pod -> the least and the most that its working set was, in bytes
Spans = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySqueeze:
    """Makes working set / limit the wanted ratio, without a byte more of load.

    The limit is one that the container survives, as far as it has shown: there is at least as much room above the most
    that it was seen to use as its working set moves by. Where `at_least` is to be exceeded the limit stops once on its
    way down, and what is in use there decides about the rest: page cache that the kernel drops counts no more, and who
    grows is seen to grow. The ratio is then as high as is wanted, or lower where the container needs the room.

    A kubelet lowers no limit below what is in use with all page cache, which a working set leaves out in part. Where
    that is in the way, or pods cannot be resized at all, they are replaced by ones that start under the limit, until
    the ratio is near enough.
    """

    name: ClassVar[str] = "memory-squeeze"
    wear: ClassVar[Wear] = Wear.REPLACES
    lingers_s: ClassVar[float] = 0.0

    #: working set / limit, above 0 and below 1; near 1 the kernel ends the process
    ratio: float = 0.95
    #: the ratio that is to be exceeded, 0 for whatever comes of it; half of what is left above it is left as room
    at_least: float = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Returns when the limit is in effect, and the container lives with it.

        Raises:
            CouldNotTellError: the figures are not known, no limit came near enough, or the container ended.
        """
        seen: list[str] = []
        ends = {str(pod["metadata"]["name"]): container_ends(cluster, pod)[0] for pod in running_pods(cluster)}
        spans = _spans(cluster, ends)
        if step := self._step(cluster, spans):
            squeeze.squeeze(cluster, resource="memory", limits={name: str(limit) for name, limit in step.items()})
            spans = _spans(cluster, ends)
        for _ in range(_ROUNDS):
            limits = {name: self._limit(name, *span) for name, span in spans.items()}
            in_the_way = {
                name: used for name in limits if (used := cluster.usage.memory_usage_bytes(name)) >= limits[name]
            }
            if not in_the_way:
                squeeze.squeeze(cluster, resource="memory", limits={name: str(limit) for name, limit in limits.items()})
                squeeze.check_alive(cluster, ends, resource="memory")
                return
            seen += [f"{name} uses {used:.0f} of {limits[name]} bytes" for name, used in in_the_way.items()]
            squeeze.roll_out(cluster, resource="memory", limit=str(max(limits.values())))
            spans = _spans(cluster, ends)
            if self._near(cluster, spans):
                return
        raise CouldNotTellError(
            f"memory could not be squeezed to {self.ratio:.0%} of its limit",
            why="; ".join(seen),
            fix="see what the controller's working set does: kubectl top pod, or cAdvisor's page",
        )

    def undo(self, cluster: Cluster) -> None:
        """Puts the former limit back."""
        squeeze.restore(cluster)

    def _limit(self, name: str, least: float, most: float) -> int:
        """The limit at which the container's working set is at the wanted share of it, with room for what it moves by.

        Raises:
            CouldNotTellError: it moves by too much for any limit to keep it above `at_least` and alive.
        """
        ratio = min(self.ratio, (1 + self.at_least) / 2) if self.at_least else self.ratio
        limit = max((least + most) / 2 / ratio, most + (most - least))
        if self.at_least and least / limit <= self.at_least:
            raise CouldNotTellError(
                f"no memory limit keeps pod {name} above {self.at_least:.0%} of it and alive",
                why=f"its working set moves between {least:.0f} and {most:.0f} bytes, and needs as much room on top",
                fix="give the controller steady work, or squeeze one that is at rest",
            )
        return math.ceil(limit)

    def _step(self, cluster: Cluster, spans: Spans) -> dict[str, int]:
        """The limits at which to stop on the way down; none where nothing comes down that far, or it is in the way."""
        if not self.at_least:
            return {}
        step = {name: math.ceil(most / (self.at_least - _STEP)) for name, (_, most) in spans.items()}
        now = _in_effect(cluster)
        far = all((limit := now.get(name)) is None or limit > wanted for name, wanted in step.items())
        free = all(cluster.usage.memory_usage_bytes(name) < wanted for name, wanted in step.items())
        return step if far and free else {}

    def _near(self, cluster: Cluster, spans: Spans) -> bool:
        """Whether the limit in effect is about the one that every pod would get now."""
        now = _in_effect(cluster)
        wanted = {name: self._limit(name, *span) for name, span in spans.items()}
        return bool(now) and all(
            limit is not None and abs(limit - wanted[name]) <= _NEAR * limit for name, limit in now.items()
        )


def _in_effect(cluster: Cluster) -> dict[str, float | None]:
    """Pod -> the limit in effect."""
    return {str(pod["metadata"]["name"]): squeeze.limit_of(cluster, pod, "memory") for pod in running_pods(cluster)}


def _spans(cluster: Cluster, ends: Mapping[str, int]) -> Spans:
    """Between what the working set of each pod moves, for some seconds in which no container ends.

    Raises:
        CouldNotTellError: nobody counts it, or a container has ended.
    """
    names = [str(pod["metadata"]["name"]) for pod in running_pods(cluster)]
    squeeze.check_alive(cluster, ends, resource="memory")
    try:
        return {name: cluster.usage.working_set_span(name) for name in names}
    finally:
        squeeze.check_alive(cluster, ends, resource="memory")
