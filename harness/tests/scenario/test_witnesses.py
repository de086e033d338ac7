"""Each quantity has a witness of its own, made for the stack's pods, the alert's threshold, instance and window."""

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.clients.controller import ControllerPage
from harness.core.contract.matrix import COLUMNS
from harness.core.contract.model import AlertPromise, Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError, NotHereError
from harness.core.exposition import Page, parse_page
from harness.scenario.witnesses import (
    Condition,
    HealthyStandby,
    IdleController,
    OneControllerFails,
    OneUnreachable,
    RenewedPods,
    UnlimitedContainer,
    Watching,
    container_figures,
    controller_pages,
)
from harness.stacks.base import Capability
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes
from harness.witness.container_figures import CadvisorFigures, ContainerFigures
from harness.witness.failed_reconciles import FailedReconciles
from harness.witness.idleness import Idleness
from harness.witness.leaders import Leaders
from harness.witness.memory_use import MemoryUse
from harness.witness.no_limits import NoLimits
from harness.witness.pods import ControllerPods, PodPage, PodState
from harness.witness.queue_depth import QueueDepth
from harness.witness.reconcile_latency import ReconcileLatency
from harness.witness.renewal import Renewal
from harness.witness.serving_pods import ServingPods
from harness.witness.standby import Standby
from harness.witness.throttling import Throttling
from harness.witness.unreachable import Unreachable
from harness.witness.witness import Witness

_POD = PodState(name="a", ip="198.18.0.4", phase="Running", restarts=0, waiting="", ending=False)


def _promise(quantity: Quantity, *, value: float = 1, side: str = ">", untestable: str = "") -> AlertPromise:
    """An alert about a quantity, counted over 5 minutes where it is counted over a window."""
    window = PromDuration.parse("5m") if quantity.definition.windowed else None
    threshold = Threshold(
        quantity=quantity,
        side=side,
        value=value,
        unit=Unit.RATIO,
        meaning="planted",
        window=window,
        untestable=untestable,
    )
    return replace(PROMISE, threshold=threshold)


def _on(promise: AlertPromise, **instance: str) -> Witness:
    return Condition(promise=promise, instance=instance).on(fakes.handles())


def test_one_controller_is_held_against_what_is_promised_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first kind's: 6 of its 100 are more than 5 %, whatever the other does."""
    promise = _promise(Quantity.FAILED_RECONCILES_OVERALL, value=0.05)
    witness = OneControllerFails(promise=promise).on(fakes.handles())
    text = (
        'controller_runtime_reconcile_total{{controller="configmap"}} {0}\n'
        'controller_runtime_reconcile_errors_total{{controller="configmap"}} {1}\n'
        'controller_runtime_reconcile_total{{controller="secret"}} {0}\n'
        'controller_runtime_reconcile_errors_total{{controller="secret"}} 0\n'
    )
    _answering(monkeypatch, *(parse_page(text.format(100 * n, 6 * n), at_s=n, source="a:1") for n in (1.0, 2.0)))
    assert witness.observe().holds is False
    reading = witness.observe()
    assert (reading.value, reading.holds) == (0.06, True)


def test_an_unreachable_replica_has_a_witness_of_its_own() -> None:
    """It asks the pods where the Service leads."""
    assert isinstance(OneUnreachable().on(fakes.handles()), Unreachable)


def _answering(monkeypatch: pytest.MonkeyPatch, *pages: Page) -> None:
    """Makes the controller's one pod answer with these pages, look by look."""
    left = [*pages]
    monkeypatch.setattr(ControllerPods, "answered", lambda _self: (left.pop(0),))


def _counted(at_s: float, *, failed: int, slow: int, of: int) -> Page:
    """What controller `secret` has counted so far, beside a controller `configmap` that works without fault."""
    quick = of - slow
    return parse_page(
        f"""\
controller_runtime_reconcile_total{{controller="secret"}} {of}
controller_runtime_reconcile_total{{controller="configmap"}} {of}
controller_runtime_reconcile_errors_total{{controller="secret"}} {failed}
controller_runtime_reconcile_errors_total{{controller="configmap"}} 0
controller_runtime_reconcile_time_seconds_bucket{{controller="secret",le="1"}} {quick}
controller_runtime_reconcile_time_seconds_bucket{{controller="secret",le="10"}} {of}
controller_runtime_reconcile_time_seconds_bucket{{controller="secret",le="+Inf"}} {of}
controller_runtime_reconcile_time_seconds_bucket{{controller="configmap",le="1"}} {of}
controller_runtime_reconcile_time_seconds_bucket{{controller="configmap",le="10"}} {of}
controller_runtime_reconcile_time_seconds_bucket{{controller="configmap",le="+Inf"}} {of}
""",
        at_s=at_s,
        source="p",
    )


@pytest.mark.parametrize(
    ("quantity", "kind"),
    [
        (Quantity.SERVING_REPLICAS, ServingPods),
        (Quantity.LEADING_REPLICAS, Leaders),
        (Quantity.QUEUE_DEPTH, QueueDepth),
        (Quantity.RECONCILE_LATENCY, ReconcileLatency),
        (Quantity.FAILED_RECONCILES, FailedReconciles),
        (Quantity.FAILED_RECONCILES_OVERALL, FailedReconciles),
        (Quantity.MEMORY_USE, MemoryUse),
        (Quantity.CPU_THROTTLING, Throttling),
    ],
)
def test_each_quantity_has_its_witness(quantity: Quantity, kind: type[Witness]) -> None:
    """The one that looks at what the threshold speaks of."""
    assert type(_on(_promise(quantity))) is kind


def test_every_quantity_that_can_be_brought_about_has_a_witness() -> None:
    """A new quantity without one would fall to the last case, which counts pods."""
    kinds = {quantity: type(_on(_promise(quantity))) for quantity in COLUMNS}
    assert [quantity for quantity, kind in kinds.items() if kind is ServingPods] == [Quantity.SERVING_REPLICAS]


def test_what_nothing_can_look_at_says_why() -> None:
    """In the words of the contract."""
    promise = _promise(Quantity.OTHER, untestable="certificates expire in months")
    with pytest.raises(CouldNotTellError, match="QueueDeep has no witness") as caught:
        _on(promise)
    assert caught.value.why == "certificates expire in months"


@pytest.mark.parametrize("label", ["name", "controller"])
@pytest.mark.parametrize(("depth", "holds"), [(100, False), (101, True)])
def test_waiting_items_are_those_of_the_named_queue(
    monkeypatch: pytest.MonkeyPatch, label: str, depth: int, holds: bool
) -> None:
    """Against the threshold of the promise, by either label; another queue's items do not count."""
    text = f'workqueue_depth{{name="configmap"}} {depth}\nworkqueue_depth{{name="secret"}} 500\n'
    _answering(monkeypatch, parse_page(text, at_s=1, source="p"))
    reading = _on(_promise(Quantity.QUEUE_DEPTH, value=100), **{label: "configmap"}).observe()
    assert (reading.value, reading.holds) == (depth, holds)


def test_without_a_named_queue_the_fullest_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody knows beforehand which instance a fault hits."""
    text = 'workqueue_depth{name="configmap"} 3\nworkqueue_depth{name="secret"} 500\n'
    _answering(monkeypatch, parse_page(text, at_s=1, source="p"))
    assert _on(_promise(Quantity.QUEUE_DEPTH)).observe().value == 500


@pytest.mark.parametrize(
    ("quantity", "instance", "value"),
    [
        pytest.param(Quantity.FAILED_RECONCILES, {"controller": "secret"}, 0.5, id="failures of one"),
        pytest.param(Quantity.FAILED_RECONCILES, {"controller": "configmap"}, 0, id="failures of the other"),
        pytest.param(Quantity.FAILED_RECONCILES_OVERALL, {}, 0.25, id="failures of all"),
        pytest.param(Quantity.RECONCILE_LATENCY, {"controller": "secret"}, 9.82, id="latency of one"),
        pytest.param(Quantity.RECONCILE_LATENCY, {"controller": "configmap"}, 0.99, id="latency of the other"),
    ],
)
def test_reconciles_are_those_of_the_named_controller(
    monkeypatch: pytest.MonkeyPatch, quantity: Quantity, instance: Mapping[str, str], value: float
) -> None:
    """Half of one controller's reconciles fail and are slow, none of the other's."""
    _answering(monkeypatch, _counted(1, failed=0, slow=0, of=0), _counted(2, failed=50, slow=50, of=100))
    witness = _on(_promise(quantity), **instance)
    witness.observe()
    assert witness.observe().value == pytest.approx(value)


@pytest.mark.parametrize(
    "quantity", [Quantity.FAILED_RECONCILES, Quantity.FAILED_RECONCILES_OVERALL, Quantity.RECONCILE_LATENCY]
)
def test_the_window_is_the_documented_one_at_speed(monkeypatch: pytest.MonkeyPatch, quantity: Quantity) -> None:
    """5 minutes at speed 60 are 5 seconds: what was wrong 6 seconds ago is over."""
    pages = [_counted(0, failed=0, slow=0, of=0), _counted(1, failed=100, slow=100, of=100)]
    pages += [_counted(1 + i, failed=100, slow=100, of=100 + 100 * i) for i in (4, 6)]
    _answering(monkeypatch, *pages)
    witness = _on(_promise(quantity, value=0.02 if quantity is not Quantity.RECONCILE_LATENCY else 1))
    assert [witness.observe().holds for _ in pages] == [False, True, True, False]


def _using(at_s: float, *, throttled: float, periods: float) -> ContainerFigures:
    return ContainerFigures(
        at_s=at_s,
        pod="a",
        working_set_bytes=90,
        memory_usage_bytes=90,
        memory_limit_bytes=100,
        periods=periods,
        throttled_periods=throttled,
    )


def test_throttling_is_counted_over_the_window_at_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """From cAdvisor's own page."""
    looks = [_using(0, throttled=0, periods=0), _using(1, throttled=100, periods=100)]
    looks += [_using(at_s, throttled=100, periods=100 * at_s) for at_s in (5, 7)]
    left = iter(looks)
    monkeypatch.setattr(CadvisorFigures, "__call__", lambda _self: (next(left),))
    witness = _on(_promise(Quantity.CPU_THROTTLING, value=0.1))
    assert [witness.observe().holds for _ in looks] == [False, True, True, False]


@pytest.mark.parametrize(("value", "holds"), [(0.9, False), (0.89, True)])
def test_memory_is_held_against_the_promise(monkeypatch: pytest.MonkeyPatch, value: float, holds: bool) -> None:
    """Working set / limit, from cAdvisor's own page."""
    monkeypatch.setattr(CadvisorFigures, "__call__", lambda _self: (_using(1, throttled=0, periods=0),))
    reading = _on(_promise(Quantity.MEMORY_USE, value=value)).observe()
    assert (reading.value, reading.holds) == (0.9, holds)


def test_answering_pods_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod that does not answer is none."""
    page = parse_page("", at_s=1, source="p")
    pages = (PodPage(pod=_POD, page=page, error=""), PodPage(pod=_POD, page=None, error="refused"))
    monkeypatch.setattr(ControllerPods, "pages", lambda _self: pages)
    reading = _on(_promise(Quantity.SERVING_REPLICAS, value=2, side="<")).observe()
    assert (reading.value, reading.holds) == (1, True)


@pytest.mark.parametrize(
    ("watching", "kind"),
    [
        (RenewedPods(), Renewal),
        (HealthyStandby(), Standby),
        (IdleController(), Idleness),
        (UnlimitedContainer(), NoLimits),
    ],
    ids=["renewed pods", "standby", "idle", "unlimited"],
)
def test_each_situation_has_its_witness(watching: Watching, kind: type[Witness]) -> None:
    """For what must not page, the witness looks at what was done."""
    assert type(watching.on(fakes.handles())) is kind


@pytest.mark.parametrize(("answering", "holds"), [(0, True), (1, False)])
def test_one_answering_pod_is_enough_to_serve(monkeypatch: pytest.MonkeyPatch, answering: int, holds: bool) -> None:
    """Nobody serves only where none answers."""
    page = parse_page("", at_s=1, source="p")
    pages = (PodPage(pod=_POD, page=None, error="refused"), *[PodPage(pod=_POD, page=page, error="")] * answering)
    monkeypatch.setattr(ControllerPods, "pages", lambda _self: pages)
    assert _on(_promise(Quantity.SERVING_REPLICAS, value=1, side="<")).observe().holds is holds


def test_pods_are_found_through_the_stack_s_own_api() -> None:
    """By the Service in front of them."""
    api = fake_api.FakeApi()
    api.put("/api/v1/namespaces/other-system/services/other-metrics", {"spec": {"selector": {"app": "other"}}})
    fake_api.pod(api, "manager-1")
    states = controller_pages(fakes.handles(cluster=fake_api.cluster(api))).states()
    assert [state.name for state in states] == ["manager-1"]


def test_figures_are_those_of_the_subject_s_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of its namespace, and of no sidecar."""
    text = "".join(
        f'container_memory_working_set_bytes{{namespace="{namespace}",container="{container}",pod="{pod}"}} {value}\n'
        for namespace, container, pod, value in (
            ("other-system", "manager", "a", 7),
            ("other-system", "side", "a", 8),
            ("elsewhere", "manager", "b", 9),
        )
    )
    instants = itertools.count()
    monkeypatch.setattr(ControllerPage, "take", lambda _self: parse_page(text, at_s=next(instants), source="cadvisor"))
    figures = container_figures(fakes.handles())
    assert [(one.pod, one.working_set_bytes) for one in figures()] == [("a", 7)]
    assert figures.working_set_bytes("a") == 7


@pytest.mark.parametrize("quantity", [Quantity.MEMORY_USE, Quantity.CPU_THROTTLING])
def test_what_nobody_counts_on_this_machine_is_known_before(quantity: Quantity) -> None:
    """With the node's reason; a witness that only fails to look would be an unknown."""
    handles = fakes.handles()
    poor = replace(handles, facts=replace(handles.facts, cannot={Capability.CONTAINER_FIGURES: "no control groups"}))
    condition = Condition(promise=_promise(quantity), instance={})
    with pytest.raises(NotHereError, match="what containers use cannot be had here") as caught:
        condition.on(poor)
    assert caught.value.why == "no control groups"
    with pytest.raises(NotHereError):
        UnlimitedContainer().on(poor)
    assert Condition(promise=_promise(Quantity.QUEUE_DEPTH), instance={}).on(poor)
