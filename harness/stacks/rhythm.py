"""The rhythm of each kind of stack: how fast it can look, how fresh what it sees is, and how fast it runs if not asked.

Plain data, known before anything is started: speeds are checked against it, and reduced where it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.sources import Refresh, Source
from harness.core.speed import Rhythm, Speed

#: The kubelet's cAdvisor looks at a container every 10 s, with as much again of jitter: 20 s at the longest. What does
#: nothing at all it looks at every 15 to 30 s; a controller that renews its lease is never that idle.
#: Its page shows the last look, whoever asks and however often.
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/cadvisor/cadvisor_linux.go (housekeeping_interval)
#: https://github.com/google/cadvisor/blob/v0.52.1/manager/container.go (nextHousekeepingInterval, jitter)
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/server/server.go (no MaxAge in the options)
_KUBELET: Final[Refresh] = {Source.CADVISOR: PromDuration(20_000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StackTraits:
    """What is known of a kind of stack before it is there."""

    #: as `--stack` names it
    name: str
    #: shortest interval at which it scrapes and evaluates honestly, on the clock
    floor: PromDuration
    #: how old figures may be that were just scraped
    refresh: Refresh
    #: without `--speed`
    default_speed: Speed

    @property
    def refresh_s(self) -> Mapping[Source, float]:
        """The same in seconds."""
        return {source: every.seconds for source, every in self.refresh.items()}

    def rhythm(self, *, scrape_interval: PromDuration, evaluation_interval: PromDuration) -> Rhythm:
        """The rhythm of such a stack for these documented intervals."""
        return Rhythm(
            scrape_interval=scrape_interval,
            evaluation_interval=evaluation_interval,
            floor=self.floor,
            refresh=self.refresh,
        )


#: two cores scrape and evaluate a whole stack at this floor without falling behind; its node reads figures when asked
EMBEDDED: Final = StackTraits(name="embedded", floor=PromDuration(250), refresh={}, default_speed=Speed(60))
#: a whole cluster beside Prometheus on one machine, scraped through a real network
KIND: Final = StackTraits(name="kind", floor=PromDuration(500), refresh=_KUBELET, default_speed=Speed(30))
#: somebody's cluster: nothing is known of its machines, and its own monitoring is not to be crowded out
EXISTING: Final = StackTraits(name="existing", floor=PromDuration(1_000), refresh=_KUBELET, default_speed=Speed(1))

_KINDS: Final = {kind.name: kind for kind in (EMBEDDED, KIND, EXISTING)}


def traits_of(name: str) -> StackTraits:
    """The traits of a kind of stack.

    Raises:
        MisuseError: there is no such kind.
    """
    try:
        return _KINDS[name]
    except KeyError:
        raise MisuseError(
            f"{name!r} is no kind of stack", why=f"there are {', '.join(_KINDS)}", fix="see --stack in `pytest --help`"
        ) from None
