"""When an alert was kept from being told because somebody had silenced it in Alertmanager."""

from collections.abc import Iterable, Sequence

from harness.core.alertmanager.inhibition import InhibitRule, SidedAlert, probe
from harness.core.alertmanager.silence import Silence
from harness.core.errors import HarnessError
from harness.core.judge.case import Inhibited
from harness.core.timeline import Timeline
from harness.evidence.routes_agree import asked


def silenced(silences: Sequence[Silence], lines: Iterable[Timeline]) -> tuple[Inhibited, ...]:
    """When the alert with one of these label sets was silenced, oldest first.

    Whether a silence matches amtool says, as of the sides of an inhibition rule. It excuses, and so never raises: what
    cannot be had excuses nothing.
    """
    own = [dict(line.labels) for line in lines]
    if not silences or not own:
        return ()
    sides = [InhibitRule(source=one.matching, target=one.matching, equal=()) for one in silences]
    try:
        walked = asked(probe(sides), own)
    except HarnessError:
        return ()
    matched = {
        index for labels, names in zip(own, walked, strict=True) for index in SidedAlert.of(labels, names).targets
    }
    found = (
        Inhibited(start_s=one.start_s, end_s=one.end_s, by=str(one)) for i, one in enumerate(silences) if i in matched
    )
    return tuple(sorted(found, key=lambda one: one.start_s))
