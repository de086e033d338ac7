"""What a controller gets done while each reconcile is slow, and what speed an alert about latency allows for it.

A quantile over a window needs something that ended in the window. Where a fault makes each reconcile take longer than
promised, a controller with few workers ends one only every so many seconds of the clock, and a window that the speed
has made shorter than that is empty now and then: the alert is then inactive in between, and rightly.
"""

import math
from dataclasses import dataclass
from typing import Final

from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Unit
from harness.core.figure import figure
from harness.core.rules.speed import REAL_TIME, Speed
from harness.core.rules.unproved import Unproved

#: of controller-runtime, per controller: how many reconciles it runs at once
WORKERS_METRIC: Final = "controller_runtime_max_concurrent_reconciles"
#: so many reconciles end in each window at the least: one may fall between the scrapes at either end
_ENDED: Final = 2
#: a reconcile takes at most so much longer than promised, in seconds of the clock
_SLOWER_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowWork:
    """A controller whose reconciles take a little longer than an alert about latency allows, or than somebody chose."""

    promise: AlertPromise
    #: reconciles at once
    workers: float
    #: what somebody chose that each takes; None for what is promised
    chosen_s: float | None = None

    @property
    def ends_every_s(self) -> float:
        """Seconds of the clock between two ends of reconciles."""
        takes_s = self.promise.threshold.value if self.chosen_s is None else self.chosen_s
        return (takes_s + _SLOWER_S) / max(self.workers, 1.0)

    @property
    def highest_speed(self) -> Speed | None:
        """The highest speed at which enough end in each window, never below 1; None without a window."""
        window = self.promise.threshold.window
        if window is None:
            return None
        return max(Speed(max(1, math.floor(window.seconds / (_ENDED * self.ends_every_s)))), REAL_TIME)

    def slower_than(self, asked: Speed) -> tuple[Unproved, ...]:
        """What a run at this speed does not prove because of it."""
        highest = self.highest_speed
        if highest is None or highest >= asked:
            return ()
        than = "promised" if self.chosen_s is None else f"the {figure(self.chosen_s, Unit.SECONDS)} chosen"
        why = (
            f"{self.workers:g} at once, each a second longer than {than}: one reconcile ends every "
            f"{self.ends_every_s:.1f} s of the clock, and {_ENDED} have to in each window"
        )
        return (Unproved(rule=self.promise.name, part=f"speeds above {highest}", why=why),)
