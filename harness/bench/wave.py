"""A wave: many sources changed at once, and what became of their mirrors."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """One wave, in seconds from its first request."""

    #: `create`, `update` or `delete`
    name: str
    sources: int
    #: until the API server had taken all requests
    sent_s: float
    #: until every mirror was as its source, or gone like it; known to within one poll
    mirrored_s: float
    #: until nothing waited in the queue any more; not before `mirrored_s`
    drained_s: float
    #: the longest time between two looks, by which `mirrored_s` and `drained_s` may be too long
    poll_s: float
    #: objects per second that the API server takes of the same requests, one for one, when no controller minds them
    plain_per_s: float
    #: CPU seconds of the controller, start of the wave to empty queue; None if none of the run's processes is it
    controller_cpu_s: float | None
    #: the same of the whole stack, controller included
    stack_cpu_s: float

    @property
    def mirrors_per_s(self) -> float:
        """Mirrors per second, the making of the sources included."""
        return self.sources / self.mirrored_s

    @property
    def per_plain(self) -> float:
        """Mirrors for each plain request that the API server would have taken in the same time."""
        return self.mirrors_per_s / self.plain_per_s

    @property
    def controller_ms_per_mirror(self) -> float | None:
        """Milliseconds of CPU that a mirror costs the controller."""
        return None if self.controller_cpu_s is None else 1_000 * self.controller_cpu_s / self.sources

    @property
    def stack_ms_per_mirror(self) -> float:
        """Milliseconds of CPU that a mirror costs the whole stack: the request for its source and idling are in it."""
        return 1_000 * self.stack_cpu_s / self.sources
