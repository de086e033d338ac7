"""Accidents: the place failed in a way that no fault explains, so what was seen meanwhile proves nothing either way.

A clause already excuses what comes late or not at all while the place is in trouble. An accident goes further: a
controller that was restarted has forgotten its queues, a receiver that was restarted may have missed a call, and a
Prometheus that stood still has seen what it could. So the whole judgement is unknown, whatever its findings say.
"""

from collections.abc import Sequence
from dataclasses import replace

from harness.core.judge.finding import Judgement
from harness.core.verdict import Verdict


def by_accident(judgement: Judgement, accidents: Sequence[str]) -> Judgement:
    """The judgement of a scenario with these accidents in it: UNKNOWN, and they are the cause.

    What was found is kept for the reader. Without accidents the judgement stays as it is.
    """
    if not accidents:
        return judgement
    causes = [*(f"accident: {accident}" for accident in accidents), *filter(None, [judgement.cause])]
    return replace(judgement, verdict=Verdict.UNKNOWN, cause="; ".join(causes))
