"""What the documented quantities really are: arithmetic that asks nobody."""

import pytest

from harness.core.contract.quantity import Quantity, Unit
from harness.core.measured.axes import axes, lacking
from harness.core.measured.scene import Phase, Scene
from harness.core.measured.situations import usual_of
from harness.core.measured.state import Answers, Replica, SpecLimit, State
from harness.core.measured.truth import RECKONINGS, alerting, instances
from harness.tests.core.measured.made_up import CATALOG, POD, promise

_UNITS = {
    Quantity.SERVING_REPLICAS: Unit.REPLICAS,
    Quantity.LEADING_REPLICAS: Unit.REPLICAS,
    Quantity.QUEUE_DEPTH: Unit.ITEMS,
    Quantity.RECONCILE_LATENCY: Unit.SECONDS,
}
_VALUES = {Unit.REPLICAS: 1.0, Unit.ITEMS: 100.0, Unit.SECONDS: 5.0, Unit.RATIO: 0.1}


def _at(quantity: Quantity, *phases: Phase, at_s: float, window: str = "") -> list[tuple[dict[str, str], float]]:
    threshold = promise(quantity, value=1, unit=Unit.RATIO, window=window).threshold
    found = instances(Scene(name="tried", phases=phases), CATALOG, threshold, at_s=at_s)
    return [(dict(one.labels), one.value) for one in found]


def _still(state: State) -> Phase:
    return Phase(lasts_s=600, state=state)


@pytest.mark.parametrize(
    ("quantity", "state", "found"),
    [
        (Quantity.SERVING_REPLICAS, State(replicas=(Replica(), Replica(answers=Answers.SILENT))), [({}, 1)]),
        (Quantity.SERVING_REPLICAS, State(replicas=(Replica(answers=Answers.GONE),)), [({}, 0)]),
        (Quantity.LEADING_REPLICAS, State(replicas=(Replica(), Replica(leads=True))), [({"name": "lease"}, 1)]),
        (Quantity.LEADING_REPLICAS, State(replicas=(Replica(), Replica())), [({"name": "lease"}, 0)]),
        (Quantity.LEADING_REPLICAS, State(replicas=(Replica(answers=Answers.SILENT, leads=True),)), []),
        (Quantity.QUEUE_DEPTH, State(queued={"secret": 7}), [({"name": "secret"}, 7)]),
        (Quantity.QUEUE_DEPTH, State(replicas=(Replica(answers=Answers.GONE),), queued={"secret": 7}), []),
        (Quantity.MEMORY_USE, State(memory=0.7), [({"pod": POD, "container": "manager"}, 0.7)]),
        (Quantity.MEMORY_USE, State(memory=0.7, limited=False), []),
        (Quantity.CPU_THROTTLING, State(throttled=0.4), [({"pod": POD, "container": "manager"}, 0.4)]),
    ],
)
def test_what_a_quantity_is_in_a_state(
    quantity: Quantity, state: State, found: list[tuple[dict[str, str], float]]
) -> None:
    """Instances by their labels; none where there is nothing to count."""
    assert _at(quantity, _still(state), at_s=300) == found


def test_failures_count_over_the_window() -> None:
    """All fail for one minute of five: a fifth."""
    phases = (_still(State()), Phase(lasts_s=60, state=State(failed={"secret": 1})), _still(State()))
    found = _at(Quantity.FAILED_RECONCILES, *phases, at_s=660, window="5m")
    assert found == [({"controller": "configmap"}, 0), ({"controller": "secret"}, pytest.approx(0.2))]
    (overall,) = _at(Quantity.FAILED_RECONCILES_OVERALL, *phases, at_s=660, window="5m")
    assert overall[1] == pytest.approx(0.1)


def test_no_traffic_is_no_failure() -> None:
    """Nothing is divided by nothing."""
    assert _at(Quantity.FAILED_RECONCILES, _still(State(load_per_s=0, failed={"secret": 1})), at_s=300) == []
    assert _at(Quantity.FAILED_RECONCILES_OVERALL, _still(State(load_per_s=0)), at_s=300) == []


@pytest.mark.parametrize(("share", "took_s"), [(0.0099, 0.05), (0.0101, 9.0)])
def test_a_percentile_is_slow_when_more_than_it_hides_are_slow(share: float, took_s: float) -> None:
    """One in a hundred, and not one in a hundred and one."""
    found = _at(Quantity.RECONCILE_LATENCY, _still(State(slow={"secret": share}, slow_s=9)), at_s=300, window="5m")
    assert {one["controller"]: value for one, value in found}["secret"] == took_s


def test_the_side_is_strict() -> None:
    """At the threshold itself nothing alerts."""
    threshold = promise(Quantity.QUEUE_DEPTH, value=100, unit=Unit.ITEMS).threshold
    for level, expected in ((100, 0), (101, 1)):
        scene = Scene(name="tried", phases=(_still(State(queued={"secret": level})),))
        assert len(alerting(instances(scene, CATALOG, threshold, at_s=60), threshold)) == expected


@pytest.mark.parametrize("quantity", [one for one in Quantity if one is not Quantity.OTHER])
def test_every_axis_brings_about_what_it_says(quantity: Quantity) -> None:
    """At each level the arithmetic says the same as the axis: on the one side nothing alerts, on the other it does."""
    unit = _UNITS.get(quantity, Unit.RATIO)
    side = "<" if unit is Unit.REPLICAS else ">"
    threshold = promise(quantity, value=_VALUES[unit], unit=unit, side=side, window="5m").threshold
    found = axes(CATALOG, threshold)
    assert found
    for axis in found:
        assert {axis.alerts(level) for level in axis.levels} == {True, False}
        silent, active = axis.nearest
        assert (axis.alerts(silent), axis.alerts(active)) == (False, True)
        for level in axis.levels:
            scene = Scene(name="tried", phases=(_still(axis.at(level, State())),))
            seen = alerting(instances(scene, CATALOG, threshold, at_s=590), threshold)
            assert bool(seen) is axis.alerts(level), (axis.what, level)


def test_a_quantity_without_its_series_is_not_driven() -> None:
    """What is lacking has a name."""
    bare = type(CATALOG)(source="", job=CATALOG.job, pod="", series=CATALOG.named("up"))
    assert lacking(bare, Quantity.LEADING_REPLICAS) == ("leader_election_master_status",)
    assert lacking(CATALOG, Quantity.LEADING_REPLICAS) == ()


def test_a_container_whose_limit_nobody_tells_is_not_driven() -> None:
    """A rule about it could not be right there, and is not wrong for that."""
    series = tuple(one for one in CATALOG.series if one.name != "kube_pod_container_resource_limits")
    catalog = type(CATALOG)(source="", job=CATALOG.job, pod=CATALOG.pod, series=series)
    (lack,) = lacking(catalog, Quantity.MEMORY_USE)
    assert lack == "kube_pod_container_resource_limits or container_spec_memory_limit_bytes"
    assert lacking(CATALOG, Quantity.MEMORY_USE) == ()


def test_what_is_none_of_these_cannot_be_driven() -> None:
    """And is not reckoned with either."""
    threshold = promise(Quantity.OTHER, value=1, unit=Unit.RATIO).threshold
    assert axes(CATALOG, threshold) == ()
    assert Quantity.OTHER not in RECKONINGS


@pytest.mark.parametrize(
    ("without", "spec"),
    [
        ((), SpecLimit.DROPPED),
        (("kube_pod_container_resource_limits",), SpecLimit.KEPT),
    ],
)
def test_a_limit_is_told_by_whoever_tells_one_there(without: tuple[str, ...], spec: SpecLimit) -> None:
    """Where there is no kube-state-metrics the kernel's view is all there is, and no alert could do without."""
    series = tuple(one for one in CATALOG.series if one.name not in without)
    catalog = type(CATALOG)(source="", job=CATALOG.job, pod=CATALOG.pod, series=series)
    assert usual_of(catalog).spec is spec


def test_what_cannot_be_brought_to_both_sides_of_a_threshold_is_no_axis() -> None:
    """No container uses more than all of its memory, and no histogram tells what lies behind its last bound."""
    full = promise(Quantity.MEMORY_USE, value=1.0, unit=Unit.RATIO).threshold
    assert axes(CATALOG, full) == ()
    behind = promise(Quantity.RECONCILE_LATENCY, value=30.0, unit=Unit.SECONDS).threshold
    assert {one.unit for one in axes(CATALOG, behind)} == {Unit.RATIO}
