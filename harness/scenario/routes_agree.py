"""Whether those who were told of an alert are those whom amtool names for it, on one stack."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

from harness.clients.receiver import short_name
from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.routes import loaded_routes
from harness.core.errors import HarnessError
from harness.core.judge import Judgement
from harness.core.judge.agreeing import Told, Walked, judge_routes_agree, told_alerts
from harness.faults.probe_route import RECEIVER
from harness.scenario.evidence import read_delivery_pace
from harness.scenario.stack_handles import StackHandles
from harness.toolchain import Progress, ToolName, ensure
from harness.toolchain.amtool_routes import receivers_of_all


def judge_routes(handles: StackHandles) -> Judgement | None:
    """Of everybody who was told of anything from the beginning of the stack on; None if nobody was.

    To be asked before the stack goes. The harness's own routes, which were there only for a while, are left out. Never
    raises because of what it finds.
    """
    try:
        told = told_alerts(
            shortened(handles.receiver.deliveries(since_s=handles.history.start_s)),
            end_s=time.time(),
            besides=[RECEIVER],
        )
        slack_s = read_delivery_pace(handles).slack_s
        return judge_told(handles.alertmanager.config(), told, slack_s=slack_s) if told else None
    except HarnessError as error:
        return judge_routes_agree((), (), slack_s=0.0, why_not=str(error))


def judge_told(config: str, told: tuple[Told, ...], *, slack_s: float) -> Judgement:
    """Of these alerts, by this configuration; on a busy machine sending takes `slack_s`.

    Raises:
        CouldNotTellError: the configuration cannot be read.
    """
    routes = loaded_routes(config)
    try:
        answers = asked(config, [one.labels for one in told])
    except HarnessError as error:
        return judge_routes_agree((), routes, slack_s=slack_s, why_not=str(error))
    walked = [Walked(told=one, named=tuple(map(short_name, names))) for one, names in zip(told, answers, strict=True)]
    return judge_routes_agree(walked, routes, slack_s=slack_s)


def asked(config: str, alerts: Iterable[Mapping[str, str]]) -> tuple[tuple[str, ...], ...]:
    """The receivers that amtool names for each of these labels.

    Raises:
        CouldNotTellError: it refuses, or cannot be had.
    """
    amtool = ensure([ToolName.AMTOOL], Progress())[ToolName.AMTOOL].path
    return receivers_of_all(amtool, config, alerts)


def shortened(deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    """Under the receivers' own names: the operator puts the place of its object before them."""
    return tuple(replace(one, receiver=short_name(one.receiver)) for one in deliveries)
