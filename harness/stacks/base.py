"""What every stack offers, whichever it is: nothing above this layer knows more about the place it runs in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from harness.core.contract.quantity import Exporter, Quantity
from harness.core.judge.preflight import Refused, Selection
from harness.core.rules.speed import Speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How to reach what runs: addresses as the harness, not a pod, uses them."""

    kubeconfig: Path
    prometheus_url: str
    alertmanager_url: str
    #: the notification receiver, and the file that holds its bearer token
    receiver_url: str
    receiver_token: str = field(repr=False)
    #: where Alertmanager finds the receiver; a receiver's name is appended to it
    notify_url: str
    #: cAdvisor's own page, of the node that runs the controller; empty where the API server leads to it
    cadvisor_url: str = ""
    #: Grafana, and the namespace of its administrator's Secret; empty where there is none
    grafana_url: str = ""
    grafana_namespace: str = ""


class Capability(StrEnum):
    """What not every place can offer. The values are for people."""

    #: limits of memory and CPU in effect, and cAdvisor's figures of what is used
    CONTAINER_FIGURES = "container figures"
    #: one that takes up the subject's dashboard
    GRAFANA = "Grafana"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackFacts:
    """A stack that is up. Intervals are seconds of the clock, already divided by the speed."""

    #: `embedded`, `kind` or `existing`
    stack: str
    run_id: str
    #: logs and evidence of this run
    directory: Path
    speed: Speed
    access: Access
    scrape_s: float
    evaluation_s: float
    #: `--rules.alert.resend-delay`
    resend_s: float
    #: goes into `webhooks[].clientConfig`, the fault's path is added to it
    webhook_client_config: Mapping[str, object]
    #: address of a pod's port for the harness: (pod IP, port) -> host:port
    pod_address: Callable[[str, int], str]
    #: objects of the subject that somebody refuses although they are selected, each with the reason
    refused: tuple[Refused, ...] = ()
    #: what the API server said of the subject's manifests; empty where it took them all
    manifests_refused: str = ""
    #: who takes up which objects, by kind; those of which it is not known are missing
    selections: Mapping[str, Selection] = field(default_factory=dict)
    #: what cannot be had here, each with the reason: what needs it is skipped, and neither fails nor passes
    cannot: Mapping[Capability, str] = field(default_factory=dict)
    #: whether the subject's route is a plain configuration: every route that an object brings stands in front of it
    plain_routing: bool = False
    #: how long a changed object of the monitoring may take to come in force: by default an operator on this machine
    settles_s: float = 15.0
    #: how old figures may be that were just scraped, by who tells them; those of an absent one are new at each scrape
    refresh_s: Mapping[Exporter, float] = field(default_factory=dict)

    def refresh_of(self, quantity: Quantity) -> float:
        """How old, in seconds, what was just scraped of a documented quantity may be."""
        return self.refresh_s.get(quantity.definition.exporter, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time in which the harness did not reach a part of the stack, which says nothing about the subject."""

    #: `port-forward to svc/prometheus`
    what: str
    #: Unix time in seconds; the end is None while it lasts
    start_s: float
    end_s: float | None
    why: str


#: raises where what goes on is no longer wanted; cheap to ask again
GoOn = Callable[[], None]


def always() -> None:
    """Goes on, whatever happens elsewhere."""


class Stack(Protocol):
    """A cluster with monitoring that can be brought up and taken away."""

    def up(self, go_on: GoOn = always) -> StackFacts:
        """Brings everything up and returns once the controller is scraped healthily, or cannot be for its own fault.

        What is wrong with the subject itself is no failure of it: preflight tells. Leaves nothing if it fails.

        Args:
            go_on: asked before anything is started, and again while it comes up; what it raises ends the bring-up.
        """
        ...

    def ended(self) -> str | None:
        """Which component has died, and how; None while all run, as known up to 5 s ago. Cheap to ask again."""
        ...

    def outages(self) -> tuple[Outage, ...]:
        """When a part of it was not reached from here although it may have run, oldest first."""
        ...

    def keep(self) -> None:
        """From now on the stack outlives this process, and `harness down` removes it; nothing before it is up."""
        ...

    def remove_rules(self) -> bool:
        """Takes the subject's rules out of force where the stack does not go at once, while all that they watch runs.

        Returns:
            Whether nothing evaluates them any more. False where Prometheus ends with everything else, or could not be
            told from here to have let go of them.
        """
        ...

    def force_sync(self) -> None:
        """Lets a change of the monitoring's objects come in force sooner, where that can be. Never raises."""
        ...

    def restart_prometheus(self) -> None:
        """Ends Prometheus in good order and starts it again on the same data; returns when it answers queries.

        `ended()` does not take it for dead meanwhile. Rules are first evaluated again up to one interval later.

        Raises:
            CouldNotTellError: it did not end, or did not come back.
        """
        ...

    def down(self) -> None:
        """Removes everything, unless it is kept. May be called twice, and after half a start.

        Raises:
            LeftoverError: something is left, and so is the run's directory: another call goes on with it.
        """
        ...
