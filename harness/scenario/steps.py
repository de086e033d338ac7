"""The steps of a scenario: given, inject, expect, recover. A scenario file uses these and nothing else.

A verb that waits for something that does not come gives up and lets the scenario go on: what is wrong, and whether
anything is, the judge says afterwards from what was recorded.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

from harness.clients.loaded_rules import slowest_interval_s
from harness.clients.receiver import short_name
from harness.core.contract.model import AlertPromise
from harness.core.judge.evidence import same_instance
from harness.core.promql import equal_to
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.identity import Owner, Ownership
from harness.core.scenario import Target
from harness.core.timeline import AlertState
from harness.evidence.gatherer import longest_window_s
from harness.faults.fault import Fault
from harness.faults.source import source_kinds
from harness.faults.workload import SOURCES
from harness.scenario.allowance import EFFECT_TIMEOUT_S, Allowance
from harness.scenario.quiet import active
from harness.scenario.run import SITUATION, ScenarioRun
from harness.scenario.witnesses import Condition, Watching
from harness.waiting import NotYet, wait_until

#: a metric that is not on the controller's page after so many seconds of a fault that moves it is none of its own
_LACKING_S = 10.0
#: what no figure covers: the harness's own requests, on a busy machine
_SPARE_S = 5.0
#: of an alert that has no reason to fire, or is nobody's to hear of
_SILENT = "should stay silent"
#: a pod is back, and every alert of the former scenario is over, within this: seconds of the clock, documented seconds
_QUIET_TIMEOUT_S, _QUIET_DOCUMENTED_S = 30.0, 900.0


class Given:
    """What holds before the fault."""

    def __init__(self, scenario: ScenarioRun) -> None:
        self._scenario = scenario

    def a_healthy_controller(self) -> None:
        """Waits until the controller is scraped healthily, its queues are empty and no alert is even pending."""
        facts = self._scenario.handles.facts
        old_s = max(facts.refresh_s.values(), default=0.0)
        kept_s = max(promise.keep_firing_for.seconds for promise in self._scenario.handles.contract.alerts)
        quiet_s = (_QUIET_DOCUMENTED_S + kept_s) / facts.speed.factor
        self._scenario.wait_for_quiet(_QUIET_TIMEOUT_S + old_s + quiet_s)

    def witnesses(self) -> None:
        """From now on a witness of each alert's condition looks, past Prometheus, until the scenario ends."""
        scenario = self._scenario
        conditions = {
            target.alert: Condition(promise=target.promise, instance=target.instance) for target in scenario.targets
        }
        scenario.watch(
            {alert: scenario.parts.witness_of(condition, scenario.handles) for alert, condition in conditions.items()}
        )

    def a_witness(self, watching: Watching) -> None:
        """From now on a witness of a situation that must not page looks, until the scenario ends."""
        self._scenario.watch({SITUATION: watching.on(self._scenario.handles)})

    def a_steady_workload(
        self, *, rate_per_s: float, spell_s: float = 0.0, sources: int = SOURCES, everywhere: bool = False
    ) -> None:
        """Touches sources at this rate until the scenario ends, each touch one reconcile.

        Args:
            rate_per_s: of all kinds together.
            spell_s: it works for so many seconds and rests for as many, in turn; 0 for no rest.
            sources: of each kind. None is touched before the controller has taken up what was touched before, so that
                work does not pile up, and a touch meets no write of the controller's own.
            everywhere: whether to touch every kind that the subject mirrors, or only the first.
        """
        cluster = self._scenario.handles.cluster
        kinds = source_kinds(cluster.subject)
        workload = self._scenario.parts.workload(
            cluster=cluster,
            rate_per_s=rate_per_s,
            sources=sources,
            spell_s=spell_s,
            kinds=kinds if everywhere else kinds[:1],
        )
        self._scenario.on_close(workload.stop)
        workload.start()
        self._scenario.log.working_since_s = time.time()

    def a_standby(self) -> None:
        """A second replica that stands by until the scenario ends, scraped like the first, which goes on leading.

        What is summed, or taken of the highest, over all replicas is the same with it; a mean or the lowest is not.

        Raises:
            CouldNotTellError: it does not come up.
        """
        scenario = self._scenario
        scenario.situate(scenario.parts.standby())
        timeout_s = _QUIET_TIMEOUT_S + max(scenario.handles.facts.refresh_s.values(), default=0.0)
        scenario.emitter.doing("waiting: a standby that is scraped")
        ended = scenario.handles.stack.ended
        wait_until("standby", partial(scenario.parts.healthy, scenario.handles), timeout_s=timeout_s, ended=ended)

    def the_condition_may_hold_before(self, *, because: str) -> None:
        """Allows the scenario's own condition to hold before its first fault, with the reason.

        Whatever else is the case by then, and is promised about, ends the scenario: the fault did not bring it about.
        """
        self._scenario.log.holds_before = because

    def the_condition_is_seen_late(self, *, scrapes: float, because: str) -> None:
        """Allows a further delay until Prometheus can see the condition: in scrape intervals, with the reason."""
        self._scenario.log.lag_s, self._scenario.log.lag_reason = scrapes * self._scenario.pace.scrape_s, because

    def the_end_is_seen_late(self, seconds: float, *, because: str) -> None:
        """Allows a delay until Prometheus can see that the condition is over: seconds of the clock, with the reason."""
        self._scenario.log.resolve_lag_s, self._scenario.log.resolve_lag_reason = seconds, because

    def both_sides_within(self, ratio: float) -> None:
        """Asks for the threshold to be proved this near to it, from below and from above, relative to it.

        Not where somebody has chosen how strong the fault is: that is as far from the threshold as they want it.
        """
        self._scenario.log.threshold_within_ratio = ratio if self._scenario.strength is None else None


class Strength:
    """`strength(promise, default=...)`: how strong the fault is that must page, in the threshold's unit."""

    def __init__(self, scenario: ScenarioRun) -> None:
        self._scenario = scenario

    def __call__(self, promise: AlertPromise, *, default: float) -> float:
        """What somebody has chosen for this alert by `--strength`, else the scenario's own.

        Args:
            promise: about the alert that this fault makes page.
            default: beyond its threshold; near to it, so that a wrong threshold shows.
        """
        chosen = None if self._scenario.strength is None else self._scenario.strength.of(promise)
        return default if chosen is None else chosen


class Inject:
    """`inject(fault)`: does the damage; undone by `recover()`, or at the end whatever happens."""

    def __init__(self, scenario: ScenarioRun) -> None:
        self._scenario = scenario

    def __call__(self, fault: Fault) -> None:
        """Does the damage, now."""
        self._scenario.inject(fault)

    def a_restart_of_prometheus(self) -> None:
        """Restarts Prometheus on its data; returns when it answers again. Listed as `prometheus-restart`."""
        self._scenario.act("prometheus-restart", self._scenario.handles.stack.restart_prometheus)


class Recover:
    """`recover()`: takes every fault back, the last one first."""

    def __init__(self, scenario: ScenarioRun) -> None:
        self._scenario = scenario

    def __call__(self) -> None:
        """Takes every fault back: now, where it brings an alert near to firing; else once nothing else is pending."""
        if self._scenario.standing and not self._scenario.log.near_ratio:
            self._scenario.settle()
        self._scenario.recover()


class Expect:
    """Waits for the stages of the alert's life, so that there is something to judge."""

    def __init__(self, scenario: ScenarioRun) -> None:
        self._scenario = scenario
        self._allowed = Allowance(scenario)
        #: what the present step is for, for the reader
        self._aim = ""

    def evaluations(self, count: int) -> None:
        """Lets the rules be evaluated that many times more under the present load."""
        self._aim = _SILENT if self._scenario.plan.targets and self._scenario.log.inject_s is not None else ""
        self._evaluated(count)

    def _evaluated(self, count: int) -> None:
        start_s = time.time()
        prometheus = self._scenario.handles.prometheus
        interval_s = slowest_interval_s(prometheus.rules().groups, self._scenario.pace.evaluation_s)

        def evaluated() -> NotYet | None:
            beats = prometheus.samples(HEARTBEAT, start_s, time.time())
            least = min((len(series.points) for series in beats), default=0)
            return None if least >= count else NotYet(f"{least} of {count} evaluations")

        self._wait(f"{count} evaluations", evaluated, timeout_s=count * interval_s * 2 + _SPARE_S)

    def a_target_to_be_down_beside_one_that_is_up(self) -> None:
        """Waits until Prometheus scrapes one of the controller's targets in vain, and another one well.

        Raises:
            CouldNotTellError: it never does, so that no rule could have made anything of it.
        """
        handles = self._scenario.handles
        target = equal_to("job", handles.subject.workload.service)

        def seen() -> NotYet | None:
            values = sorted(series.points[-1].value for series in handles.prometheus.instant(f"up{{{target}}}"))
            up = values.count(1)
            return None if 0 < up < len(values) else NotYet(f"{up} of {len(values)} targets are up")

        self._scenario.emitter.doing("waiting: a target that is down beside one that is up")
        timeout_s = EFFECT_TIMEOUT_S + 2 * self._scenario.pace.scrape_s
        wait_until("a target that is down beside one that is up", seen, timeout_s=timeout_s, ended=handles.stack.ended)

    def to_be_pending(self) -> None:
        """Waits until each alert is pending: a fault may then grow, so that no wavering interrupts the `for`."""
        self._aim = "should be pending"
        self._wait_pending(share=0.0)

    def to_page(self, *promises: AlertPromise) -> None:
        """Waits until the documented receiver was told of these alerts, at most for as long as the promise allows.

        Args:
            promises: of which; of all that the scenario is about if none is given.
        """
        self._aim = "should page"
        targets = [target for target in self._scenario.targets if not promises or target.promise in promises]
        self._wait_for_effect(targets)
        if self._scenario.holds_at is AlertState.PENDING:
            self._wait_pending(share=0.0)
            self._hold(targets)
        for target in targets:
            allowed_s = self._allowed.onset_s([target]) + self._allowed.hold_s(target) + self._allowed.notified_s()
            self._wait_delivered(target, "firing", timeout_s=allowed_s + _SPARE_S)
        if self._scenario.holds_at is AlertState.FIRING:
            self._hold(targets)

    def to_resolve(self) -> None:
        """Waits until the documented receiver was told that each is over, or is inactive where it is told of no end."""
        self._aim = "should end"
        pace, loaded = self._scenario.pace, self._scenario.loaded()
        self._wait_for_end_of_effect()
        for target in self._scenario.targets:
            found = loaded.found(target.promise)
            window_s = 0.0 if found is None else longest_window_s(found.rule.query)
            # the longer of the two, to see the end of it
            kept_s = max(
                target.promise.keep_firing_for.seconds / pace.speed,
                0.0 if found is None else found.rule.keep_firing_for,
            )
            seen_s = window_s + kept_s + self._allowed.old_s([target]) + self._scenario.log.resolve_lag_s
            allowed_s = (
                seen_s
                + pace.scrape_s
                + 2 * self._allowed.interval_s([target])
                + self._allowed.notified_s()
                + self._scenario.delivery_pace.group_interval_s
            )
            self._wait_delivered(target, "resolved", timeout_s=allowed_s + _SPARE_S)

    def to_be_nearly_firing(self, *, share: float) -> None:
        """Waits until each alert has been pending for this share of its `for`, and asks for at least that.

        Args:
            share: above 0 and below 1; leave room for the end of the fault to be seen.
        """
        self._aim = "should be pending, and not fire"
        self._scenario.log.near_ratio = share
        self._wait_pending(share=share)

    def silence_meanwhile(self, *, evaluations: int) -> None:
        """Waits until the fault is in effect, and lets the rules be evaluated so many times while it is.

        More often where an alert that must not fire is pending: until it is over, or fires.
        """
        self._aim = _SILENT
        self._wait_for_effect(self._scenario.targets)
        self._evaluated(evaluations)
        self._scenario.settle()

    def silence(self, *, evaluations: int) -> None:
        """Waits until the fault is in effect, over again and unseen, and for so many evaluations more.

        Once every alert is inactive after the end of the fault, nothing of it is left that could page.
        """
        self._aim = _SILENT
        self._wait_for_effect(self._scenario.targets)
        self._wait_for_end_of_effect()
        targets = self._scenario.targets
        unseen_s = max(longest_window_s(self._scenario.rule_expr(target)) for target in targets)
        allowed_s = unseen_s + self._allowed.onset_s(targets) + EFFECT_TIMEOUT_S
        self._wait("inactive alerts", partial(self._inactive, targets), timeout_s=allowed_s)
        self._evaluated(evaluations)
        self._scenario.settle()

    def _hold(self, targets: Sequence[Target]) -> None:
        for target in targets:
            self._scenario.hold(target)

    def _wait_pending(self, *, share: float) -> None:
        """Each alert, for this share of its `for`; 0 for the first sample."""
        for target in self._scenario.targets:
            needed_s = share * self._allowed.hold_s(target)
            self._wait(
                f"{target.alert} pending",
                partial(self._pending, self._owners([target])[0], needed_s),
                timeout_s=self._allowed.effect_s([target]) + self._allowed.onset_s([target]) + needed_s,
            )

    def _wait_for_effect(self, targets: Sequence[Target]) -> None:
        start_s = self._scenario.log.inject_s or 0

        def seen() -> NotYet | None:
            for target in targets:
                readings = self._scenario.readings(target)
                if not any(reading.holds for reading in readings if reading.at_s >= start_s):
                    return NotYet(readings[-1].note if readings else "the witness has not looked yet")
            return None

        self._wait("effect of the fault", seen, timeout_s=self._allowed.effect_s(targets))

    def _wait_for_end_of_effect(self) -> None:
        def over() -> NotYet | None:
            for target in self._scenario.targets:
                readings = self._scenario.readings(target)
                if not readings or readings[-1].holds is not False:
                    return NotYet(readings[-1].note if readings else "")
            return None

        self._wait("end of the fault's effect", over, timeout_s=self._allowed.effect_s(self._scenario.targets))

    def _owners(self, targets: Sequence[Target]) -> Sequence[Ownership]:
        loaded = self._scenario.loaded()
        return [loaded.ownership(target.promise) for target in targets]

    def _inactive(self, targets: Sequence[Target]) -> NotYet | None:
        shown = active(self._scenario.handles, self._owners(targets))
        return NotYet(", ".join(sorted(shown))) if shown else None

    def _pending(self, whose: Ownership, needed_s: float) -> NotYet | None:
        start_s = self._scenario.log.inject_s or self._scenario.log.start_s
        query = f"ALERTS{{{equal_to('alertname', whose.alert)}}}"
        every = self._scenario.handles.prometheus.samples(query, start_s, time.time())
        found = [one for one in every if whose.of(one.labels) is not Owner.OTHER]
        lengths_s = [one.points[-1].at_s - one.points[0].at_s for one in found if one.points]
        if lengths_s and max(lengths_s) >= needed_s:
            return None
        return NotYet(f"for {max(lengths_s, default=0.0):.1f} of {needed_s:.1f} s")

    def _wait_delivered(self, target: Target, status: str, *, timeout_s: float) -> None:
        what = f"notification of {target.alert}, {status}"
        (whose,) = self._owners([target])
        self._wait(what, partial(self._delivered, target, whose, status), timeout_s=timeout_s)

    def _delivered(self, target: Target, whose: Ownership, status: str) -> NotYet | None:
        log = self._scenario.log
        receiver = self._scenario.handles.contract.route.receiver
        found = [
            delivery
            for delivery in self._scenario.handles.receiver.deliveries(since_s=log.inject_s or log.start_s)
            if whose.of(delivery.labels) is not Owner.OTHER
            and same_instance(delivery.labels, target.instance)
            # what is told late about an alert that fired before the fault is not the fault's
            and (log.unquiet or delivery.starts_at_s >= (log.inject_s or log.start_s))
        ]
        mine = [one for one in found if short_name(one.receiver) == receiver]
        if mine and status == "resolved" and not any(one.ends_told for one in mine):
            return self._inactive([target])  # nobody there is told of ends: nothing more comes
        told = {one.destination for one in mine if one.status == status}
        if told and {one.destination for one in mine if one.ends_told or status == "firing"} <= told:
            self._scenario.emitter.doing(f"{target.alert}: {receiver} was told, {status}")
            return None
        elsewhere = sorted({f"{one.status} to {one.receiver}" for one in found})
        return NotYet(", ".join(elsewhere) or f"{target.alert} was not delivered at all")

    def _wait(self, what: str, probe: Callable[[], NotYet | None], *, timeout_s: float) -> None:
        self._scenario.emitter.doing(f"{self._aim or 'waiting'}: {what}")
        look_s = time.monotonic() + _LACKING_S

        def probed() -> NotYet | None:
            nonlocal look_s
            seen = probe()
            if seen is not None and time.monotonic() >= look_s:
                look_s += _LACKING_S
                self._scenario.refuse_lacking()
            return seen

        self._scenario.wait(
            lambda: wait_until(what, probed, timeout_s=timeout_s, ended=self._scenario.handles.stack.ended)
        )
