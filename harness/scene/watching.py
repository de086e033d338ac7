"""Which witness watches what: named in a scenario, made on the stack it runs on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.core.contract import AlertPromise
from harness.observe.witness.pods import ControllerPods
from harness.observe.witness.queue_depth import QueueDepth
from harness.observe.witness.serving_pods import ServingPods
from harness.observe.witness.witness import Witness
from harness.scene.arena import Arena


class Watching(Protocol):
    """Makes a witness for a stack and a promise."""

    def on(self, arena: Arena, promise: AlertPromise) -> Witness:
        """The witness, which has not looked yet."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingItems:
    """The items that wait in one queue."""

    queue: str

    def on(self, arena: Arena, promise: AlertPromise) -> Witness:
        """Reads the pods' own pages."""
        return QueueDepth(controller_pods(arena), promise.threshold, queue=self.queue)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringPods:
    """The controller's pods that run and answer."""

    def on(self, arena: Arena, promise: AlertPromise) -> Witness:
        """Asks the API server which pods there are, and each of them for its page."""
        return ServingPods(controller_pods(arena), promise.threshold)


def controller_pods(arena: Arena) -> ControllerPods:
    """The way to the pods' own pages."""
    address: Callable[[str, int], str] = arena.facts.pod_address
    return ControllerPods(arena.cluster.api, arena.subject, address)
