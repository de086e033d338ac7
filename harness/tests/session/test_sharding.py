"""Scenarios are put in order and kept together so that a session takes little time."""

from dataclasses import replace

import pytest

from harness.core.contract.quantity import Quantity
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.rules.speed import Speed
from harness.core.scenario import Aim, ScenarioPlan, Target
from harness.session.sharding import BySpeed, expected_s, shown_id, speed_of
from harness.tests.core.judge.world import PROMISE


def item(request: pytest.FixtureRequest, *args: object) -> pytest.Item:
    """A scenario that asks for at most this speed; for none if nothing is given."""
    found = pytest.Function.from_parent(request.node.parent, name="scenario", callobj=lambda: None)
    if args:
        found.add_marker(pytest.mark.speed_at_most(*args))
    return found


@pytest.mark.parametrize(
    ("limit", "asked", "speed"), [((), "60", "60"), ((15,), "60", "15"), ((15,), "10", "10"), ((2.5,), "60", "2.5")]
)
def test_a_scenario_may_ask_for_less_than_the_session(
    request: pytest.FixtureRequest, limit: tuple[object, ...], asked: str, speed: str
) -> None:
    """Never for more."""
    assert str(speed_of(item(request, *limit), ("A",), Speed.parse(asked), {})) == speed


def test_a_speed_that_is_none_is_refused(request: pytest.FixtureRequest) -> None:
    """Before anything starts."""
    with pytest.raises(MisuseError):
        speed_of(item(request, "slow"), (), Speed(60), {})


@pytest.mark.parametrize(
    ("parameters", "marked", "asked", "speed"),
    [
        pytest.param(("Full",), (), 60, 7, id="limited"),
        pytest.param(("Down",), (), 60, 60, id="another-alert"),
        pytest.param((), (), 60, 60, id="a-survey"),
        pytest.param(("Down", "Full", "Throttled"), (), 60, 3, id="the-lowest-of-several"),
        pytest.param(("Full",), (15,), 60, 7, id="lower-than-the-marker"),
        pytest.param(("Full",), (2,), 60, 2, id="the-marker-is-lower"),
        pytest.param(("Full",), (), 5, 5, id="less-was-asked-for"),
    ],
)
def test_a_scenario_runs_no_faster_than_its_alerts_work(
    request: pytest.FixtureRequest, parameters: tuple[str, ...], marked: tuple[object, ...], asked: float, speed: float
) -> None:
    """And its name says so."""
    limits = {"Full": Speed(7), "Throttled": Speed(3)}
    scenario = item(request, *marked)
    assert speed_of(scenario, parameters, Speed(asked), limits) == Speed(speed)
    shown = shown_id(scenario, parameters, Speed(asked), limits)
    assert shown.endswith(f"speed {speed:g}") is (speed < asked)


@pytest.mark.parametrize(
    ("parameters", "limit", "shown"),
    [
        (("A",), (), "A"),
        (("A", "B"), (), "A+B"),
        (("A", "B", "C", "D"), (), "4 alerts"),
        (("A", "B", "C", "D"), (15,), "4 alerts, speed 15"),
        ((), (15,), "speed 15"),
        ((), (), ""),
        (("A",), (60,), "A"),
    ],
)
def test_a_test_id_says_what_differs(
    request: pytest.FixtureRequest, parameters: tuple[str, ...], limit: tuple[object, ...], shown: str
) -> None:
    """The alerts, and the speed where it is not the one asked for."""
    assert shown_id(item(request, *limit), parameters, Speed(60), {}) == shown


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("s/test_a.py::test_x[8 alerts, speed 15]", "8 alerts, speed 15"),
        ("s/test_b.py::test_x[8 alerts, speed 15-other]", "8 alerts, speed 15"),
        ("s/test_a.py::test_x[Throttled, speed 15]", "Throttled, speed 15"),
        ("s/test_a.py::test_y[speed 2.5-other]", "speed 2.5"),
        ("s/test_a.py::test_z[Alert]", "s/test_a.py::test_z[Alert]"),
        ("s/test_a.py::test_speed 15", "s/test_a.py::test_speed 15"),
        ("s/test_a.py::test_w", "s/test_a.py::test_w"),
    ],
)
def test_scenarios_of_one_lower_speed_and_the_same_alerts_are_one_share(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, nodeid: str, scope: str
) -> None:
    """Every other scenario is a share of its own, in the scenarios' own order."""
    monkeypatch.setattr(request.config.option, "loadscopereorder", True, raising=False)
    monkeypatch.setattr(request.config.option, "tx", ["popen"], raising=False)
    shares = BySpeed(request.config, None)
    assert shares._split_scope(nodeid) == scope
    assert request.config.option.loadscopereorder is False


def test_what_documents_a_longer_wait_takes_longer() -> None:
    """By its `for` and its windows; what must stay silent is not waited for."""

    def paging(*, hold: str, window: str | None = None, aim: Aim = Aim.PAGES) -> float:
        threshold = replace(
            PROMISE.threshold,
            quantity=Quantity.RECONCILE_LATENCY,
            window=PromDuration.parse(window) if window else None,
        )
        promise = replace(PROMISE, hold=PromDuration.parse(hold), threshold=threshold)
        return expected_s(ScenarioPlan(targets=(Target(promise=promise, aim=aim),)), Speed(60))

    assert (
        expected_s(ScenarioPlan(), Speed(60)) < paging(hold="5m") < paging(hold="15m") < paging(hold="15m", window="5m")
    )
    assert paging(hold="15m", aim=Aim.SILENT) == expected_s(ScenarioPlan(), Speed(60))
