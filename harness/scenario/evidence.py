"""Judging a scenario on a live stack: what its servers and its log say, put before the judge when it has ended."""

import time
from collections.abc import Mapping

from harness.clients.loaded_rules import slowest_interval_s
from harness.core.alertmanager.routes import LoadedRoute, loaded_routes, route_to
from harness.core.errors import CouldNotTellError
from harness.core.judge import DeliveryCase, DeliveryPace, Judgement, Pace
from harness.core.reading import Reading
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.scenario import ScenarioLog, ScenarioPlan
from harness.evidence.gatherer import Gatherer
from harness.evidence.routes_agree import shortened
from harness.evidence.scenario import ScenarioEvidence
from harness.faults.probe_route import RECEIVER
from harness.scenario.pace import pace_of
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: how many missed evaluations are waited for at the end, before the judge is told of the gap
_LAST_EVALUATIONS = 8


def read_pace(handles: StackHandles) -> Pace:
    """The intervals in effect on a stack.

    Raises:
        CouldNotTellError: Prometheus does not answer.
    """
    offset_s, uncertainty_s = handles.prometheus.clock_offset_s()
    return pace_of(handles.facts, skew_s=abs(offset_s) if abs(offset_s) > uncertainty_s else 0.0)


def read_delivery_pace(handles: StackHandles) -> DeliveryPace:
    """The intervals in effect of the documented route, as Alertmanager has loaded it.

    Raises:
        CouldNotTellError: Alertmanager does not answer, or no route leads to the promised receiver.
    """
    routes = loaded_routes(handles.alertmanager.config())
    return _delivery_pace(handles, route_to(routes, handles.contract.route.receiver))


def _delivery_pace(handles: StackHandles, route: LoadedRoute) -> DeliveryPace:
    return DeliveryPace(
        group_wait_s=route.group_wait.seconds,
        group_interval_s=route.group_interval.seconds,
        resend_s=handles.facts.resend_s,
    )


def judge(
    handles: StackHandles, plan: ScenarioPlan, log: ScenarioLog, readings: Mapping[str, tuple[Reading, ...]], pace: Pace
) -> tuple[Judgement, ...]:
    """Gathers the evidence of a scenario that has ended and lets the judge decide about each of its targets.

    Raises:
        CouldNotTellError: nothing was injected, or Prometheus or the receiver does not answer any more.
    """
    inject_s = log.inject_s
    if inject_s is None:
        raise CouldNotTellError(
            f"nothing was injected for {', '.join(target.alert for target in plan.targets)}",
            why="the scenario ended, or was stopped, before its first fault",
            fix="see the error above",
        )
    end_s = time.time()
    wait_for_evaluation(handles, after_s=end_s)
    gatherer = Gatherer(handles.window(start_s=log.start_s, end_s=time.time(), pace=pace))
    config = handles.alertmanager.config()
    route = route_to(loaded_routes(config), handles.contract.route.receiver)
    shared = ScenarioEvidence(
        gatherer=gatherer,
        log=log,
        inject_s=inject_s,
        end_s=end_s,
        other_alerts=gatherer.other_alerts(plan, log),
        delivery=DeliveryCase(
            receiver=handles.contract.route.receiver,
            pace=_delivery_pace(handles, route),
            deliveries=tuple(
                one
                for one in shortened(handles.receiver.deliveries(since_s=log.start_s))
                if one.receiver != RECEIVER  # the harness's own route is not the subject's
            ),
            told_when_over=handles.contract.route.told_when_over,
            muted=route.hours,
        ),
        alertmanager_config=config,
        silences=handles.alertmanager.silences(),
    )
    return tuple(shared.judge(target, readings[target.alert]) for target in plan.targets)


def wait_for_evaluation(handles: StackHandles, *, after_s: float) -> None:
    """Returns when every group has been evaluated after an instant; a group that is not is the judge's business."""
    interval_s = slowest_interval_s(handles.prometheus.rules().groups, handles.facts.evaluation_s)

    def evaluated() -> NotYet | None:
        now_s = time.time()
        beats = handles.prometheus.samples(HEARTBEAT, after_s - 10 * interval_s, now_s)
        late = [one.labels["rule_group"] for one in beats if one.points[-1].at_s < after_s]
        return NotYet(f"no evaluation of {', '.join(late) or 'any group'} since") if late or not beats else None

    try:
        late_s = max(handles.offsets_s.values(), default=0.0)
        wait_until("last evaluation", evaluated, timeout_s=_LAST_EVALUATIONS * interval_s + late_s + 1)
    except WaitTimeoutError:
        return
