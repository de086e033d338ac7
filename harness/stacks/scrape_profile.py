"""The rhythm of each kind of stack: how fast it can look, how fresh what it sees is, and how fast it runs if not asked.

Plain data, known before anything is started: speeds are checked against it, and reduced where it says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.core.contract.quantity import Exporter
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.rules.model import RuleGroup
from harness.core.rules.sources import Refresh
from harness.core.rules.speed import LOOKBACK, ScrapeProfile, Speed, scale_groups
from harness.core.rules.visibility import unseen

#: The kubelet's cAdvisor looks at a container every 10 s, with as much again of jitter: 20 s at the longest. What does
#: nothing at all it looks at every 15 to 30 s; a controller that renews its lease is never that idle.
#: Its page shows the last look, whoever asks and however often.
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/cadvisor/cadvisor_linux.go (housekeeping_interval)
#: https://github.com/google/cadvisor/blob/v0.52.1/manager/container.go (nextHousekeepingInterval, jitter)
#: https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/kubelet/server/server.go (no MaxAge in the options)
_KUBELET: Final[Refresh] = {Exporter.CADVISOR: PromDuration(20_000)}


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
    #: whether its lookback is not divided by the speed: it is the one that Prometheus was started with
    lookback_real: bool = False

    @property
    def refresh_s(self) -> Mapping[Exporter, float]:
        """The same in seconds."""
        return {source: every.seconds for source, every in self.refresh.items()}

    def profile(
        self,
        *,
        scrape_interval: PromDuration,
        evaluation_interval: PromDuration,
        lookback: PromDuration = LOOKBACK,
        others_interval: PromDuration | None = None,
    ) -> ScrapeProfile:
        """The rhythm of such a stack for these documented intervals.

        Args:
            scrape_interval: documented.
            evaluation_interval: documented.
            lookback: documented, or Prometheus's own where it stays real.
            others_interval: how often figures that are not the controller's own are scraped, where no speed divides it:
                they are new no more often than that.
        """
        scraped = others_interval or PromDuration(0)
        return ScrapeProfile(
            scrape_interval=scrape_interval,
            evaluation_interval=evaluation_interval,
            floor=self.floor,
            refresh={source: max(renews, scraped) for source, renews in self.refresh.items()},
            lookback=lookback,
            lookback_real=self.lookback_real,
        )

    def unseen_before(self, groups: Iterable[RuleGroup], profile: ScrapeProfile, speed: Speed) -> Mapping[str, str]:
        """The alerts that a Prometheus with a lookback of its own cannot show, each with the reason, before the start.

        None where the lookback is divided by the speed: there the speed is refused.
        """
        if not self.lookback_real:
            return {}
        scrape = profile.interval(profile.scrape_interval, speed)
        return unseen(
            scale_groups(groups, speed, floor=profile.floor),
            lookback=profile.lookback,
            renewed={source: max(profile.refresh.get(source, scrape), scrape) for source in Exporter},
            evaluation=profile.interval(profile.evaluation_interval, speed),
        )

    def renewed(self, *, scrape_s: float, aged_s: Mapping[Exporter, float]) -> Mapping[Exporter, PromDuration]:
        """How often a new value of each source comes into Prometheus, at the longest, on the clock.

        Args:
            scrape_s: between two scrapes of the controller.
            aged_s: how old figures may be that were just scraped (`StackFacts.refresh_s`): as their source renews them,
                and by how much later than the controller it is scraped.
        """
        renews_s = {source: self.refresh_s.get(source, 0.0) for source in Exporter}
        scraped_s = {source: scrape_s + max(0.0, aged_s.get(source, 0.0) - own_s) for source, own_s in renews_s.items()}
        return {source: PromDuration(round(max(renews_s[source], scraped_s[source]) * 1_000)) for source in Exporter}


#: two cores scrape and evaluate a whole stack at this floor without falling behind; its node reads figures when asked
EMBEDDED: Final = StackTraits(name="embedded", floor=PromDuration(250), refresh={}, default_speed=Speed(60))
#: a whole cluster beside Prometheus on one machine, scraped through a real network
KIND: Final = StackTraits(name="kind", floor=PromDuration(500), refresh=_KUBELET, default_speed=Speed(30))
#: somebody's cluster: nothing is known of its machines, and its own monitoring is not to be crowded out
EXISTING: Final = StackTraits(
    name="existing", floor=PromDuration(1_000), refresh=_KUBELET, default_speed=Speed(1), lookback_real=True
)

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
