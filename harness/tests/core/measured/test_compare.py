"""What alerts did beside what is true, evaluation by evaluation; and every way in which they may differ."""

from collections.abc import Callable, Mapping

import pytest

from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Quantity, Unit
from harness.core.measured.compare import Deviation, active_at_end, deviations, life
from harness.core.measured.scene import Phase, Scene
from harness.core.measured.state import State
from harness.core.timeline import AlertState, Moment, Timeline
from harness.tests.core.measured.made_up import CATALOG, promise

_QUEUE = promise(Quantity.QUEUE_DEPTH, value=100, unit=Unit.ITEMS, hold="2m", instance_labels=("name",))
_FULL = State(queued={"secret": 500})
_START_S = 6_000.0
_SCENE = Scene(
    name="a queue fills and drains",
    start_s=_START_S,
    phases=(Phase(lasts_s=300, state=State()), Phase(lasts_s=300, state=_FULL), Phase(lasts_s=300, state=State())),
)
_INSTANTS = tuple(_START_S + 10 + 30 * index for index in range(30))


def _line(state: Callable[[float], AlertState], labels: Mapping[str, str] | None = None) -> Timeline:
    """What an alert did, by seconds since the start."""
    return Timeline(
        labels=labels or {"alertname": "Promised", "name": "secret"},
        start_s=_INSTANTS[0],
        end_s=_INSTANTS[-1],
        moments=tuple(Moment(at_s=at_s, state=state(at_s - _START_S), active_at_s=1.0) for at_s in _INSTANTS),
        gaps=(),
    )


def _between(from_s: float, to_s: float, hold_s: float = 120) -> Callable[[float], AlertState]:
    def state(at_s: float) -> AlertState:
        if not from_s <= at_s <= to_s:
            return AlertState.INACTIVE
        return AlertState.FIRING if at_s >= from_s + hold_s else AlertState.PENDING

    return state


def _found(*lines: Timeline, about: AlertPromise = _QUEUE) -> list[Deviation]:
    return [*deviations(about, _SCENE, CATALOG, lines, instants=_INSTANTS, slack_s=60)]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(_between(310, 580), id="to the evaluation"),
        pytest.param(_between(340, 640), id="one scrape and one evaluation later"),
    ],
)
def test_what_begins_and_ends_with_its_condition_is_as_documented(line: Callable[[float], AlertState]) -> None:
    """A change is seen with the next scrape, at the next evaluation."""
    assert _found(_line(line)) == []


@pytest.mark.parametrize(
    ("line", "from_s", "to_s", "active"),
    [
        pytest.param(_between(160, 580), 160, 220, True, id="begins too early"),
        pytest.param(_between(460, 580), 370, 430, False, id="begins too late"),
        pytest.param(_between(310, 430), 460, 520, False, id="ends too early"),
        pytest.param(_between(310, 760), 670, 760, True, id="ends too late"),
        pytest.param(_between(1, 0), 370, 520, False, id="never"),
    ],
)
def test_what_is_not_as_documented_has_its_stretch(
    line: Callable[[float], AlertState], from_s: float, to_s: float, active: bool
) -> None:
    """From the first evaluation at which nothing excuses it, to the last."""
    (one,) = _found(_line(line))
    assert (one.from_s, one.to_s) == (from_s, to_s)
    assert bool(one.actual) is active
    assert bool(one.expected) is not active


def test_an_alert_for_another_instance_is_not_the_documented_one() -> None:
    """The queue that is full has a name, and the alert must carry it."""
    (one,) = _found(_line(_between(310, 580), {"alertname": "Promised", "name": "configmap"}))
    assert one.actual == frozenset({(("name", "configmap"),)})
    assert one.expected == frozenset({(("name", "secret"),)})


def test_two_alerts_where_one_is_documented_differ() -> None:
    """One for each label set that should not tell instances apart is seen by the instance it names."""
    lines = [_line(_between(310, 580), {"alertname": "Promised", "name": name}) for name in ("secret", "configmap")]
    (one,) = _found(*lines)
    assert len(one.actual) == 2


def test_firing_goes_on_for_as_long_as_it_is_documented_to() -> None:
    """`keep_firing_for` of a minute and a half, behind a condition that held long enough."""
    kept = promise(Quantity.QUEUE_DEPTH, value=100, unit=Unit.ITEMS, hold="2m", keep="90s", instance_labels=("name",))
    assert _found(_line(_between(310, 670)), about=kept) == []
    assert _found(_line(_between(310, 580)), about=kept) != []


def test_a_pending_alert_is_not_kept() -> None:
    """What did not hold long enough to fire ends with its condition."""
    kept = promise(Quantity.QUEUE_DEPTH, value=100, unit=Unit.ITEMS, hold="6m", keep="90s", instance_labels=("name",))
    assert _found(_line(_between(310, 580, hold_s=999)), about=kept) == []


def test_a_life_tells_its_for_between_two_evaluations() -> None:
    """And how long after its condition it began and ended."""
    found = life(_QUEUE, _SCENE, CATALOG, [_line(_between(340, 610))])
    assert found is not None
    assert (found.pending_lag_s, found.hold_above_s, found.hold_s, found.resolved_lag_s) == (30, 90, 120, 30)


def test_what_never_fired_has_no_life() -> None:
    """Pending alone proves no `for`."""
    assert life(_QUEUE, _SCENE, CATALOG, [_line(_between(340, 580, hold_s=999))]) is None


def test_what_fires_at_once_waits_for_nothing() -> None:
    """A `for` of 0: firing at the evaluation that finds the condition."""
    found = life(_QUEUE, _SCENE, CATALOG, [_line(_between(310, 580, hold_s=0))])
    assert found is not None
    assert found.hold_above_s < found.hold_s == 0


def test_what_goes_on_to_the_end_has_not_resolved() -> None:
    """Then nothing is said about how long that takes."""
    found = life(_QUEUE, _SCENE, CATALOG, [_line(_between(310, 5_000))])
    assert found is not None
    assert found.resolved_lag_s is None


@pytest.mark.parametrize(("to_s", "expected"), [(5_000, True), (700, False)])
def test_the_end_of_a_scene_tells_whether_a_level_alerts(to_s: float, expected: bool) -> None:
    """What was active before and is not any more does not count."""
    assert active_at_end([_line(_between(310, to_s))], _SCENE) is expected
