"""For how long nobody leads when a pod is replaced is the subject's own time, and limits the speed."""

from dataclasses import replace

import pytest

from harness.core.contract.model import Contract
from harness.core.contract.quantity import Quantity
from harness.core.duration import PromDuration
from harness.core.handover import Handover, handover_speed, slower_for_it
from harness.core.rules.speed import Speed
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes

_KEPT = Handover(lease="courier/dispatch", lease_s=15.0, released=False, start_s=1.0, retry_s=2.0)
_LEADING = replace(
    PROMISE,
    name="NobodyLeads",
    hold=PromDuration.parse("2m"),
    threshold=replace(PROMISE.threshold, quantity=Quantity.LEADING_REPLICAS),
)


def _contract(hold: str = "2m") -> Contract:
    """Scraped and evaluated every 30 s."""
    return fakes.contract(PROMISE, replace(_LEADING, hold=PromDuration.parse(hold)))


def test_nobody_leads_until_the_lease_has_run_out_and_somebody_tries() -> None:
    """A start, the lease's duration, the longest pause between two attempts; one that is given up is taken at once."""
    assert _KEPT.leaderless_s == pytest.approx(1 + 15 + 2.2 * 2)
    assert replace(_KEPT, released=True).leaderless_s == 1.0


@pytest.mark.parametrize(
    ("hold", "start_s", "speed"),
    [("2m", 1.0, 2), ("5m", 1.0, 11), ("15m", 1.0, 41), ("1m", 1.0, 1), ("30s", 1.0, 1), ("5m", 30.0, 4)],
    ids=["two minutes", "five", "fifteen", "as long as it takes to see", "shorter", "a slow start"],
)
def test_the_alert_stays_pending_at_the_highest_speed(hold: str, start_s: float, speed: int) -> None:
    """What is left of its `for` after a scrape and an evaluation outlasts the gap; never slower than real time."""
    handover = replace(_KEPT, start_s=start_s)
    found = handover_speed(handover, _contract(hold))
    assert found == Speed(speed)
    if speed > 1:
        seen_s = 60 / speed
        assert handover.leaderless_s + seen_s <= PromDuration.parse(hold).seconds / speed
        assert handover.leaderless_s + 60 / (speed + 1) > PromDuration.parse(hold).seconds / (speed + 1)


def test_the_shortest_for_decides() -> None:
    """Of several promises about nobody's leading."""
    other = replace(_LEADING, name="Other", hold=PromDuration.parse("5m"))
    assert handover_speed(_KEPT, fakes.contract(other, _LEADING)) == Speed(2)


def test_a_lease_that_is_given_up_limits_nothing() -> None:
    """Nor does one that no alert is about."""
    assert handover_speed(replace(_KEPT, released=True), _contract()) is None
    assert handover_speed(_KEPT, fakes.contract(PROMISE)) is None


def test_what_runs_slower_for_it_is_told_with_the_reason() -> None:
    """Once for each alert about it, and only where the speed is higher."""
    (note,) = slower_for_it(_KEPT, _contract(), Speed(60))
    assert (note.rule, note.part) == ("NobodyLeads", "speeds above 2 where pods are replaced")
    assert note.why == (
        "a pod that ends does not give up Lease courier/dispatch: the next one starts within 1.0 s, waits out its 15 s "
        "and tries every 2.0 to 4.4 s, so nobody leads for up to 20.4 s of the clock, whatever the speed"
    )
    assert slower_for_it(_KEPT, _contract(), Speed(2)) == ()
    assert slower_for_it(replace(_KEPT, released=True), _contract(), Speed(60)) == ()
