"""The verbs of a scenario: given, inject, expect, recover. A scenario file uses these and nothing else.

A verb that waits for something that does not come gives up and lets the scenario go on: what is wrong, and whether
anything is, the judge says afterwards from what was recorded.
"""

import time
from collections.abc import Callable

from harness.core.contract import AlertPromise
from harness.core.heartbeat import HEARTBEAT
from harness.faults.fault import Fault
from harness.faults.workload import SteadyWorkload
from harness.observe.receiver_client import short_name
from harness.scene.evidence import hold_s, longest_window_s
from harness.scene.scene import Scene
from harness.scene.watching import Watching
from harness.waiting import NotYet, wait_until

#: a fault that has not taken effect by then never will: longer than a pod's grace plus its start
_EFFECT_TIMEOUT_S = 40.0
#: what no figure covers: the harness's own requests, on a busy machine
_SPARE_S = 5.0
#: a pod is back, and every alert of the former scenario is over, within this: seconds of the clock, documented seconds
_QUIET_TIMEOUT_S, _QUIET_DOCUMENTED_S = 30.0, 900.0


class Given:
    """What holds before the fault."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def a_healthy_controller(self) -> None:
        """Waits until the controller is scraped healthily, its queues are empty and no alert is even pending."""
        speed = self._scene.arena.facts.speed
        self._scene.wait_for_quiet(_QUIET_TIMEOUT_S + _QUIET_DOCUMENTED_S / speed.factor)

    def a_witness(self, watching: Watching) -> None:
        """From now on a witness looks, past Prometheus, until the scenario ends."""
        scene = self._scene
        scene.watch(watching.on(scene.arena, scene.arena.promise(scene.aimed.alert)))

    def a_steady_workload(self, *, rate_per_s: float) -> None:
        """Touches sources at this rate until the scenario ends, each touch one reconcile."""
        workload = SteadyWorkload(cluster=self._scene.arena.cluster, rate_per_s=rate_per_s)
        self._scene.on_close(workload.stop)
        workload.start()

    def may_fire(self, alert: str, *, because: str) -> None:
        """Allows another alert beside the target, for a reason that is shown when it fires."""
        self._scene.arena.promise(alert)
        self._scene.record.excuses[alert] = because

    def the_condition_is_seen_late(self, *, scrapes: float, because: str) -> None:
        """Allows a further delay until Prometheus can see the condition: in scrape intervals, with the reason."""
        self._scene.record.lag_s, self._scene.record.lag_reason = scrapes * self._scene.pace.scrape_s, because

    def the_end_is_seen_late(self, seconds: float, *, because: str) -> None:
        """Allows a delay until Prometheus can see that the condition is over: seconds of the clock, with the reason."""
        self._scene.record.resolve_lag_s, self._scene.record.resolve_lag_reason = seconds, because

    def both_sides_within(self, ratio: float) -> None:
        """Asks for the threshold to be proved this near to it, from below and from above, relative to it."""
        self._scene.record.threshold_within_ratio = ratio


class Inject:
    """`inject(fault)`: does the damage; undone by `recover()`, or at the end whatever happens."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __call__(self, fault: Fault) -> None:
        """Does the damage, now."""
        self._scene.inject(fault)


class Recover:
    """`recover()`: takes every fault back, the last one first."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __call__(self) -> None:
        """Takes every fault back, now."""
        self._scene.recover()


class Expect:
    """Waits for the stages of the alert's life, so that there is something to judge."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def to_stay_inactive(self, *, evaluations: int) -> None:
        """Lets the rules be evaluated that many times more under the present load."""
        start_s = time.time()
        prometheus, pace = self._scene.arena.prometheus, self._scene.pace

        def evaluated() -> NotYet | None:
            beats = prometheus.samples(HEARTBEAT, start_s, time.time())
            least = min((len(series.points) for series in beats), default=0)
            return None if least >= evaluations else NotYet(f"{least} of {evaluations} evaluations")

        self._wait("evaluations", evaluated, timeout_s=evaluations * pace.evaluation_s * 2 + _SPARE_S)

    def to_page(self) -> None:
        """Waits until the documented receiver was told, at most for as long as the promise allows."""
        self._wait_for_effect()
        pace = self._scene.pace
        allowed_s = (
            self._scene.record.lag_s
            + pace.scrape_s
            + 2 * pace.evaluation_s
            + hold_s(self._promise(), pace)
            + pace.group_wait_s
            + pace.resend_s
            + pace.delivery_slack_s
        )
        self._wait("notification", lambda: self._delivered("firing"), timeout_s=allowed_s + _SPARE_S)

    def to_resolve(self) -> None:
        """Waits until the documented receiver was told that it is over."""
        pace = self._scene.pace
        self._wait_for_end_of_effect()
        allowed_s = (
            longest_window_s(self._scene.rule_expr())
            + self._scene.record.resolve_lag_s
            + pace.scrape_s
            + 2 * pace.evaluation_s
            + pace.group_interval_s
            + pace.resend_s
            + pace.delivery_slack_s
        )
        self._wait("notification of the end", lambda: self._delivered("resolved"), timeout_s=allowed_s + _SPARE_S)

    def silence(self, *, evaluations: int) -> None:
        """Waits until the fault is in effect and over again, and lets the rules be evaluated so many times more."""
        self._wait_for_effect()
        self._wait_for_end_of_effect()
        self.to_stay_inactive(evaluations=evaluations)

    def _wait_for_effect(self) -> None:
        def seen() -> NotYet | None:
            readings = self._scene.readings
            if any(reading.holds for reading in readings if reading.at_s >= (self._scene.record.inject_s or 0)):
                return None
            return NotYet(readings[-1].note if readings else "the witness has not looked yet")

        self._wait("effect of the fault", seen, timeout_s=_EFFECT_TIMEOUT_S)

    def _wait_for_end_of_effect(self) -> None:
        def over() -> NotYet | None:
            readings = self._scene.readings
            return None if readings and readings[-1].holds is False else NotYet(readings[-1].note if readings else "")

        self._wait("end of the fault's effect", over, timeout_s=_EFFECT_TIMEOUT_S)

    def _delivered(self, status: str) -> NotYet | None:
        record, target = self._scene.record, self._scene.aimed
        receiver = self._scene.arena.contract.route.receiver
        found = [
            delivery
            for delivery in self._scene.arena.receiver.deliveries(since_s=record.inject_s or record.start_s)
            if delivery.labels.get("alertname") == target.alert
            # what is told late about an alert that fired before the fault is not the fault's
            and (record.unquiet or delivery.starts_at_s >= (record.inject_s or record.start_s))
        ]
        if any(one.status == status and short_name(one.receiver) == receiver for one in found):
            return None
        elsewhere = sorted({f"{one.status} to {one.receiver}" for one in found})
        return NotYet(", ".join(elsewhere) or f"{target.alert} was not delivered at all")

    def _promise(self) -> AlertPromise:
        return self._scene.arena.promise(self._scene.aimed.alert)

    def _wait(self, what: str, probe: Callable[[], NotYet | None], *, timeout_s: float) -> None:
        self._scene.wait(lambda: wait_until(what, probe, timeout_s=timeout_s, ended=self._scene.arena.stack.ended))
