"""The handover of a lease: for how long nobody leads where the leader's pod is replaced, and what speed that allows.

A controller that gives its Lease up when it ends is followed at once. One that does not leaves it to run out: the next
one counts the Lease's duration from its own first look at it, and then tries again only every so often. That is the
subject's own time on the clock, which no speed divides: 18 s of 2 documented minutes are nothing, and at speed 60 they
are all of them and much more. An alert about nobody's leading would then fire, and rightly.

https://pkg.go.dev/k8s.io/client-go/tools/leaderelection (`ReleaseOnCancel`, `JitterFactor`, `observedTime`)
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise, Contract
from harness.core.contract.quantity import Quantity
from harness.core.rules.speed import REAL_TIME, Speed
from harness.core.rules.unproved import Unproved

#: client-go waits up to so many retry periods between two attempts: 1 + its `JitterFactor`
_JITTERED = 2.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """What was measured on the subject when a pod of it was replaced. Seconds of the clock."""

    #: namespace/name
    lease: str
    #: `leaseDurationSeconds`, while somebody held it
    lease_s: float
    #: whether it was given up by whoever ended
    released: bool
    #: from the end of the old pod until the new one was ready
    start_s: float
    #: between two renewals, which is also between two attempts
    retry_s: float

    @property
    def leaderless_s(self) -> float:
        """For how long nobody leads, at the longest."""
        return self.start_s + (0.0 if self.released else self.lease_s + _JITTERED * self.retry_s)

    @property
    def why(self) -> str:
        """In words."""
        most_s = _JITTERED * self.retry_s
        return (
            f"a pod that ends does not give up Lease {self.lease}: the next one starts within {self.start_s:.1f} s, "
            f"waits out its {self.lease_s:g} s and tries every {self.retry_s:.1f} to {most_s:.1f} s, so nobody leads "
            f"for up to {self.leaderless_s:.1f} s of the clock, whatever the speed"
        )


def leading(contract: Contract) -> tuple[AlertPromise, ...]:
    """The promises about nobody's leading."""
    return tuple(one for one in contract.alerts if one.threshold.quantity is Quantity.LEADING_REPLICAS)


def handover_speed(handover: Handover, contract: Contract) -> Speed | None:
    """The highest speed at which a replaced pod makes no alert about nobody's leading fire; None where any does.

    The alert is pending for as long as nobody leads, and a scrape and an evaluation longer at the worst. Never below 1:
    what real time makes of it is what production has.
    """
    promises = leading(contract)
    if handover.released or not promises or handover.leaderless_s <= 0:
        return None
    seen_s = contract.scrape_interval.seconds + contract.evaluation_interval.seconds
    left_s = min(promise.hold.seconds for promise in promises) - seen_s
    return max(Speed(max(1, math.floor(left_s / handover.leaderless_s))), REAL_TIME)


def slower_for_it(handover: Handover, contract: Contract, asked: Speed) -> Iterable[Unproved]:
    """What a run at this speed does not prove, because scenarios that replace pods run slower."""
    highest = handover_speed(handover, contract)
    if highest is None or highest >= asked:
        return ()
    part = f"speeds above {highest} where pods are replaced"
    return tuple(Unproved(rule=promise.name, part=part, why=handover.why) for promise in leading(contract))
