"""The states of a rule's alerts are those that Prometheus gives them."""

from harness.core.replay.alert import RESOLVED_RETENTION_MS, TWINS, AlertClock, Alerts, evaluated
from harness.core.replay.labels import Element, LabelSet
from harness.core.timeline import AlertState

ONE: LabelSet = (("alertname", "A"), ("pod", "a"))
TWO: LabelSet = (("alertname", "A"), ("pod", "b"))
CLOCK = AlertClock(hold_ms=100)
FIRES_ON = AlertClock(hold_ms=0, keep_firing_ms=200)


def _after(clock: AlertClock, alerts: Alerts, at_ms: int, *there: LabelSet, value: float = 1.0) -> Alerts:
    found = [(labels, Element(labels=labels, value=value)) for labels in there]
    result = evaluated(clock, alerts, found, at_ms)
    assert result.failure is None
    return result.alerts


def _states(alerts: Alerts) -> dict[str, str]:
    return {dict(labels)["pod"]: alert.state.value for labels, alert in alerts.items()}


def test_it_fires_once_the_condition_has_held_for_as_long_as_asked() -> None:
    """At the very instant, not after it."""
    alerts = _after(CLOCK, {}, 1_000, ONE)
    assert _states(alerts) == {"a": "pending"}
    alerts = _after(CLOCK, alerts, 1_099, ONE)
    assert _states(alerts) == {"a": "pending"}
    alerts = _after(CLOCK, alerts, 1_100, ONE, value=7.0)
    (alert,) = alerts.values()
    assert (alert.state, alert.active_at_ms, alert.fired_at_ms, alert.element.value) == ("firing", 1_000, 1_100, 7.0)


def test_without_a_for_it_fires_at_once() -> None:
    """It is never pending."""
    assert _states(_after(AlertClock(hold_ms=0), {}, 5, ONE, TWO)) == {"a": "firing", "b": "firing"}


def test_a_pending_one_whose_condition_ends_is_forgotten() -> None:
    """And begins anew."""
    alerts = _after(CLOCK, _after(CLOCK, {}, 0, ONE), 50)
    assert alerts == {}
    (alert,) = _after(CLOCK, alerts, 100, ONE).values()
    assert (alert.state, alert.active_at_ms) == (AlertState.PENDING, 100)


def test_a_resolved_one_is_kept_for_a_quarter_of_an_hour_and_no_longer_active() -> None:
    """And one that comes back is another."""
    alerts = _after(CLOCK, {}, 0, ONE)
    alerts = _after(CLOCK, alerts, 100, ONE)
    alerts = _after(CLOCK, alerts, 200)
    (alert,) = alerts.values()
    assert (alert.state, alert.resolved_at_ms, alert.active) == (AlertState.INACTIVE, 200, False)
    assert _after(CLOCK, alerts, 200 + RESOLVED_RETENTION_MS) == alerts
    assert _after(CLOCK, alerts, 201 + RESOLVED_RETENTION_MS) == {}
    (alert,) = _after(CLOCK, alerts, 300, ONE).values()
    assert (alert.state, alert.active_at_ms, alert.resolved_at_ms) == (AlertState.PENDING, 300, None)


def test_it_fires_on_for_as_long_as_asked_from_the_first_evaluation_without_it() -> None:
    """With the value it had."""
    alerts = _after(FIRES_ON, {}, 0, ONE, value=3.0)
    for at_ms in (1_000, 1_100, 1_199):
        alerts = _after(FIRES_ON, alerts, at_ms)
        assert _states(alerts) == {"a": "firing"}
    (alert,) = alerts.values()
    assert (alert.keep_firing_since_ms, alert.element.value, alert.active_at_ms) == (1_000, 3.0, 0)
    assert _states(_after(FIRES_ON, alerts, 1_200)) == {"a": "inactive"}


def test_one_that_comes_back_while_it_fires_on_is_the_same_and_has_all_its_time_again() -> None:
    """Its activeAt stays."""
    alerts = _after(FIRES_ON, _after(FIRES_ON, {}, 0, ONE), 100)
    alerts = _after(FIRES_ON, alerts, 200, ONE)
    (alert,) = alerts.values()
    assert (alert.active_at_ms, alert.keep_firing_since_ms) == (0, None)
    assert _states(_after(FIRES_ON, _after(FIRES_ON, alerts, 300), 499)) == {"a": "firing"}


def test_a_pending_one_never_fires_on() -> None:
    """It has not fired."""
    clock = AlertClock(hold_ms=100, keep_firing_ms=200)
    assert _after(clock, _after(clock, {}, 0, ONE), 50) == {}


def test_one_that_fires_pends_again_where_its_for_has_become_longer() -> None:
    """As after a change of the rule."""
    alerts = _after(AlertClock(hold_ms=0), {}, 0, ONE)
    (alert,) = _after(CLOCK, alerts, 99, ONE).values()
    assert (alert.state, alert.fired_at_ms) == (AlertState.PENDING, None)


def test_twins_fail_and_leave_all_as_it_was() -> None:
    """Two series of the same labels, once the rule's are set."""
    alerts = _after(CLOCK, {}, 0, ONE)
    result = evaluated(CLOCK, alerts, [(TWO, Element(labels=(), value=value)) for value in (1.0, 2.0)], 100)
    assert (result.failure, result.alerts) == (TWINS, alerts)


def test_more_than_the_limit_fail_and_are_all_forgotten() -> None:
    """Also those that were there; what is resolved does not count."""
    clock = AlertClock(hold_ms=100, limit=1)
    alerts = _after(clock, {}, 0, ONE)
    result = evaluated(clock, alerts, [(labels, Element(labels=labels, value=1.0)) for labels in (ONE, TWO)], 100)
    assert (result.failure, result.alerts) == ("exceeded limit of 1 with 2 alerts", {})
    gone = _after(AlertClock(hold_ms=0, limit=1), _after(AlertClock(hold_ms=0, limit=1), {}, 0, ONE), 1)
    assert _states(_after(AlertClock(hold_ms=0, limit=1), gone, 2, TWO)) == {"a": "inactive", "b": "firing"}
