"""What is tested of a made-up alert."""

import itertools

import pytest

from harness.core.contract.model import AlertPromise, Contract, RoutePromise
from harness.core.contract.quantity import Quantity, Unit
from harness.core.duration import PromDuration
from harness.core.exported.alert_tests import AlertCase, alert_tests
from harness.core.exported.expectation import Documented, documented
from harness.core.exported.rule_test import RuleTest
from harness.core.measured.situations import trials
from harness.tests.core.measured.made_up import CATALOG, promise

_SCRAPE = PromDuration(30_000)


def _tests(one: AlertPromise, *, offset_s: float = 0.0) -> tuple[RuleTest, ...]:
    contract = Contract(
        source="made up",
        scrape_interval=_SCRAPE,
        evaluation_interval=_SCRAPE,
        alerts=(one,),
        recording_rules=(),
        metrics=(),
        panels=(),
        route=RoutePromise(matchers={}, receiver="r", continues=False),
    )
    labelled = documented(one, CATALOG)
    assert isinstance(labelled, Documented)
    metrics = frozenset({"workqueue_depth", "controller_runtime_reconcile_total"})
    case = AlertCase(
        alertname=one.alert,
        contract=contract,
        catalog=CATALOG,
        promises=(labelled,),
        metrics=metrics,
        offset_s={one.name: offset_s},
    )
    return alert_tests(case, trials(contract, CATALOG, {one.name: metrics}))


def _queue(hold: str = "2m") -> AlertPromise:
    return promise(Quantity.QUEUE_DEPTH, value=10, unit=Unit.ITEMS, hold=hold, instance_labels=("name",))


def _failed() -> AlertPromise:
    return promise(Quantity.FAILED_RECONCILES_OVERALL, value=0.1, unit=Unit.RATIO, window="5m", hold="2m")


def _level(found: tuple[RuleTest, ...]) -> RuleTest:
    return next(one for one in found if ": fires at " in one.name)


def _said(test: RuleTest) -> dict[float, bool]:
    return {one.at_s: bool(one.firing) for one in test.alerts}


def test_it_fires_at_the_evaluation_at_which_its_hold_has_passed() -> None:
    """And not one before; then it is over, and the level that must be silent is."""
    level = _level(_tests(_queue()))
    assert level.name == ("items in the queue secret: fires at 11 items, is over once it is well, silent at 10 items")
    said = _said(level)
    assert (said[90.0], said[120.0]) == (False, True)
    assert [fires for fires, _ in itertools.groupby(said.values())] == [False, True, False]
    # firing, over, and silent behind that: each is looked at when it is certain
    over_s, last_s = [at_s for at_s, fires in said.items() if at_s > 120.0 and not fires]
    assert max(at_s for at_s, fires in said.items() if fires) < over_s < last_s
    (values,) = (values for series, values in level.series.items() if series.startswith("workqueue_depth{"))
    assert values.split()[0].startswith("11x")
    assert values.split()[-1].startswith("10x")
    (firing,) = next(one.firing for one in level.alerts if one.firing)
    assert firing.labels == {"name": "secret", "severity": "warning"}


@pytest.mark.parametrize(("offset_s", "fires_s"), [(0.0, 150.0), (30.0, 180.0)])
def test_a_count_over_a_window_is_told_with_the_second_scrape(offset_s: float, fires_s: float) -> None:
    """Later where each evaluation looks into the past."""
    said = _said(_level(_tests(_failed(), offset_s=offset_s)))
    assert (said[fires_s - 30], said[fires_s]) == (False, True)


def test_without_a_hold_it_fires_at_once() -> None:
    """And there is nothing before that."""
    said = _said(_level(_tests(_queue(hold="0s"))))
    assert said[0.0]


def test_no_two_tests_are_the_same() -> None:
    """A situation that changes nothing of what the alert reads is told once; each test has a name of its own."""
    found = _tests(_queue())
    assert len({one.name for one in found}) == len(found)
    texts = [tuple(one.series.items()) for one in found]
    assert len(set(texts)) == len(texts)
    assert all(one.alerts or one.values for one in found)


def test_what_changes_meanwhile_is_held_to_its_labels_alone() -> None:
    """What its text says of the middle of a change depends on rounding."""
    values = [one for test in _tests(_failed()) for one in test.values]
    assert values
    assert all("ALERTS{" in one.expr and set(one.samples.values()) == {1.0} for one in values)
