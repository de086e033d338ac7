"""Whether those who were told of an alert are those whom amtool names for it, over the life of one stack."""

import time

from harness.core.errors import HarnessError
from harness.core.judge import Judgement
from harness.core.judge.agreeing import judge_routes_agree, told_alerts
from harness.evidence.routes_agree import Ask, asked, judge_told, shortened
from harness.faults.probe_route import RECEIVER
from harness.scenario.evidence import read_delivery_pace
from harness.scenario.stack_handles import StackHandles


def judge_routes(handles: StackHandles, ask: Ask = asked) -> Judgement | None:
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
        return judge_told(handles.alertmanager.config(), told, slack_s=slack_s, ask=ask) if told else None
    except HarnessError as error:
        return judge_routes_agree((), (), slack_s=0.0, why_not=str(error))
