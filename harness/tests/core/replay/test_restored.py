"""What a Prometheus that was started again knows of alerts."""

import pytest

from harness.core.replay.alert import Alert, AlertClock
from harness.core.replay.labels import Element, LabelSet
from harness.core.replay.restored import Grace, LastForState, restored
from harness.core.samples import STALE
from harness.core.timeline import AlertState

_LABELS: LabelSet = (("alertname", "A"),)
_NOW_MS = 10_000_500
_GRACE = Grace(period_ms=100_000, tolerance_ms=600_000)
_ALERT = Alert(
    labels=_LABELS, state=AlertState.PENDING, active_at_ms=_NOW_MS - 1, element=Element(labels=(), value=1.0)
)


def _active_at(hold_ms: int, last: LastForState | None) -> int:
    written: dict[LabelSet, LastForState] = {} if last is None else {_LABELS: last}
    (alert,) = restored(AlertClock(hold_ms=hold_ms), {_LABELS: _ALERT}, written, _GRACE, _NOW_MS).values()
    return alert.active_at_ms


@pytest.mark.parametrize(
    ("hold_ms", "last", "active_at_ms"),
    [
        pytest.param(99_999, LastForState(at_ms=9_900_000, value=9_800.0), _ALERT.active_at_ms, id="a short for"),
        pytest.param(300_000, None, _ALERT.active_at_ms, id="nothing written"),
        pytest.param(300_000, LastForState(at_ms=9_900_000, value=STALE), _ALERT.active_at_ms, id="it had ended"),
        pytest.param(300_000, LastForState(at_ms=9_400_499, value=9_000.0), _ALERT.active_at_ms, id="too long ago"),
        # it had fired: at the next evaluation it does again
        pytest.param(300_000, LastForState(at_ms=9_900_000, value=9_600.0), 9_600_000, id="it had fired"),
        # 50 s are left, fewer than the grace: it fires when that is over
        pytest.param(300_000, LastForState(at_ms=9_850_999, value=9_600.0), _NOW_MS - 200_000, id="little is left"),
        # the time without evaluations, from the whole second of the last sample, does not count
        pytest.param(300_000, LastForState(at_ms=9_700_999, value=9_600.0), 9_900_500, id="much is left"),
    ],
)
def test_its_for_goes_on_where_it_was(hold_ms: int, last: LastForState | None, active_at_ms: int) -> None:
    """Shifted by the time in which nothing was evaluated."""
    assert _active_at(hold_ms, last) == active_at_ms
