"""Which witness watches what: that of a quantity, or of a situation that a scenario names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from harness.clients.prometheus import PrometheusReader
from harness.core.contract.instance import QUEUE_LABELS
from harness.core.contract.model import AlertPromise, Threshold
from harness.core.contract.quantity import Quantity
from harness.core.errors import CouldNotTellError, NotHereError
from harness.faults.source import source_kinds
from harness.scenario.stack_handles import StackHandles, figures_of
from harness.stacks.base import Capability
from harness.witness.container_figures import CadvisorFigures
from harness.witness.failed_reconciles import FailedReconciles
from harness.witness.idleness import Idleness
from harness.witness.leaders import Leaders
from harness.witness.memory_use import MemoryUse
from harness.witness.no_limits import NoLimits
from harness.witness.pods import ControllerPods
from harness.witness.queue_depth import QueueDepth
from harness.witness.reconcile_latency import ReconcileLatency
from harness.witness.renewal import Renewal
from harness.witness.restarted_prometheus import RestartedPrometheus
from harness.witness.serving_pods import ServingPods
from harness.witness.standby import Standby
from harness.witness.throttling import Throttling
from harness.witness.unreachable import Unreachable
from harness.witness.witness import Witness

#: how long nothing has ended when a controller is called idle: seconds of the clock
_IDLE_S = 1.0


class Watching(Protocol):
    """Makes a witness on a stack."""

    def on(self, handles: StackHandles) -> Witness:
        """The witness, which has not looked yet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The condition of one alert: the documented quantity, beyond its threshold."""

    promise: AlertPromise
    #: values of the alert's instance labels
    instance: Mapping[str, str]

    def on(self, handles: StackHandles) -> Witness:
        """The witness of the promise's quantity.

        Raises:
            CouldNotTellError: nothing here can look at it.
        """
        make = WITNESSES.get(self.promise.threshold.quantity)
        if make is None:
            why = self.promise.threshold.untestable
            raise CouldNotTellError(f"{self.promise.name} has no witness", why=why, fix="it cannot be proved here")
        return make(self, handles)

    @property
    def threshold(self) -> Threshold:
        """The documented one."""
        return self.promise.threshold

    @property
    def queue(self) -> str | None:
        """The queue, or controller, that the alert's instance is; None for all together."""
        return next((self.instance[label] for label in QUEUE_LABELS if label in self.instance), None)


#: makes the witness of a condition
WitnessOf = Callable[[Condition, StackHandles], Witness]


def _window_s(promise: AlertPromise, handles: StackHandles) -> float:
    """Over which its quantity is counted, on the clock; 0 for one of an instant."""
    window = promise.threshold.window
    return window.seconds / handles.facts.speed.factor if window else 0.0


def _leading(one: Condition, handles: StackHandles) -> Witness:
    return Leaders(handles.cluster.api, handles.subject, controller_pages(handles), one.threshold)


def _slow(one: Condition, handles: StackHandles) -> Witness:
    return ReconcileLatency(
        controller_pages(handles),
        one.threshold,
        window_s=_window_s(one.promise, handles),
        quantile=one.threshold.quantity.definition.quantile or 1.0,
        controller=one.queue,
    )


def _failed(one: Condition, handles: StackHandles) -> Witness:
    pages = controller_pages(handles)
    return FailedReconciles(pages, one.threshold, window_s=_window_s(one.promise, handles), controller=one.queue)


def _throttled(one: Condition, handles: StackHandles) -> Witness:
    return Throttling(container_figures(handles), one.threshold, window_s=_window_s(one.promise, handles))


#: quantity -> makes its witness; one that nobody can look at here is missing
WITNESSES: Mapping[Quantity, Callable[[Condition, StackHandles], Witness]] = {
    Quantity.SERVING_REPLICAS: lambda one, handles: ServingPods(controller_pages(handles), one.threshold),
    Quantity.LEADING_REPLICAS: _leading,
    Quantity.QUEUE_DEPTH: lambda one, handles: QueueDepth(controller_pages(handles), one.threshold, queue=one.queue),
    Quantity.RECONCILE_LATENCY: _slow,
    Quantity.FAILED_RECONCILES: _failed,
    Quantity.FAILED_RECONCILES_OVERALL: _failed,
    Quantity.MEMORY_USE: lambda one, handles: MemoryUse(container_figures(handles), one.threshold),
    Quantity.CPU_THROTTLING: _throttled,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewedPods:
    """That the controller's containers ended and others come in their place."""

    def on(self, handles: StackHandles) -> Witness:
        """Compares with the containers of its first look."""
        return Renewal(controller_pages(handles))


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthyStandby:
    """That a second replica stands by while the first one leads."""

    def on(self, handles: StackHandles) -> Witness:
        """Reads the pods' own pages."""
        return Standby(controller_pages(handles))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneUnreachable:
    """That one replica answers where it is scraped, and another one does not."""

    def on(self, handles: StackHandles) -> Witness:
        """Reads the pods' own pages, where the Service's endpoints are."""
        return Unreachable(controller_pages(handles))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneControllerFails:
    """That of one controller alone a greater share of reconciles fails than is promised of all together."""

    promise: AlertPromise

    def on(self, handles: StackHandles) -> Witness:
        """Reads the counters of the controller of the first kind of sources, on the pods' own pages."""
        return FailedReconciles(
            controller_pages(handles),
            self.promise.threshold,
            window_s=_window_s(self.promise, handles),
            controller=handles.subject.sources.queues[source_kinds(handles.subject)[0].value],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleController:
    """That the controller answers and has nothing to do."""

    def on(self, handles: StackHandles) -> Witness:
        """Reads the pods' own pages."""
        return Idleness(controller_pages(handles), window_s=_IDLE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlimitedContainer:
    """That the controller's container has no limits."""

    def on(self, handles: StackHandles) -> Witness:
        """Reads cAdvisor's page itself."""
        return NoLimits(container_figures(handles))


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartOfPrometheus:
    """That another process of Prometheus answers than before."""

    def on(self, handles: StackHandles) -> Witness:
        """Asks Prometheus itself when it began, over a connection of its own."""
        return RestartedPrometheus(PrometheusReader(handles.facts.access.prometheus_url))


def controller_pages(handles: StackHandles) -> ControllerPods:
    """The way to the pods' own pages."""
    address: Callable[[str, int], str] = handles.facts.pod_address
    return ControllerPods(handles.cluster.api, handles.subject, address)


def container_figures(handles: StackHandles) -> CadvisorFigures:
    """What the controller's containers use, from cAdvisor's own page.

    Raises:
        NotHereError: nobody counts it on this machine.
    """
    reason = handles.facts.cannot.get(Capability.CONTAINER_FIGURES)
    if reason is not None:
        raise NotHereError(
            "what containers use cannot be had here",
            why=reason,
            fix="run as root, or where systemd delegates the cpu and memory controllers; `harness doctor` says more",
        )
    return figures_of(handles.facts, handles.cluster)
