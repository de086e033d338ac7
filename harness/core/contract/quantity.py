"""Quantities: what a threshold can speak of, each defined here once and nowhere else in `core`.

A new one is a member with its definition, its witness (`harness.scenario.witnesses.WITNESSES`) and a word in each row
of the fault x alert matrix.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Unit(StrEnum):
    """What a threshold or an annotation's number counts in."""

    RATIO = "ratio"  # 0.1 is 10 %
    SECONDS = "seconds"
    ITEMS = "items"
    REPLICAS = "replicas"


class Exporter(StrEnum):
    """Who tells figures."""

    #: its own page, counted up to the instant of the scrape; so is everything that is nobody else's here
    CONTROLLER = "controller"
    #: what the node's containers use
    CADVISOR = "cadvisor"

    def renews(self, every_s: float) -> str:
        """The reason, in words, why its figures may be so many seconds old."""
        cadvisor = self is Exporter.CADVISOR
        what = "cAdvisor renews a container's figures" if cadvisor else "the controller renews its page"
        return f"{what} every {every_s:g} s"


class InstanceOf(StrEnum):
    """What of a subject the instances of an alert are, whose labels are then known beforehand."""

    #: of none that is known: a pod's name is not
    NOTHING = "nothing"
    #: the queue, and controller, of one kind of sources
    QUEUE = "queue"
    LEASE = "lease"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """All that `core` knows of a quantity."""

    #: what it is, as an engineer says it
    words: str
    #: in which its witness counts; None where the contract alone decides
    unit: Unit | None
    instance_of: InstanceOf = InstanceOf.NOTHING
    exporter: Exporter = Exporter.CONTROLLER
    #: whether it is counted over a window
    windowed: bool = False
    #: of durations, which of them it speaks of
    quantile: float | None = None
    #: what the witness reads on the controller's own page, and the label that tells one queue or controller there from
    #: another; empty where it reads none that may be missing
    metric: str = ""
    metric_label: str = ""
    #: whether the metric's values of that label are all there from the controller's start on
    metric_complete: bool = False
    #: why the strength of its fault cannot be chosen; empty where it can be
    no_strength: str = ""
    #: a strength of this and more cannot be (`or_more`), or of more than this; and why, after the figure; None: any can
    ceiling: float | None = None
    ceiling_or_more: bool = False
    above_ceiling: str = ""


_NO_DEGREES = "there is no more and no less of it"
_ALL_FAIL = "{} of all reconciles cannot fail: no more than all of them do"


class Quantity(StrEnum):
    """What a threshold speaks of; decides for any subject which witness looks at it and which scenarios prove it."""

    definition: Definition

    def __new__(cls, name: str, definition: Definition) -> Self:
        """Args: as contracts and matrices call it; what it is."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.definition = definition
        return member

    SERVING_REPLICAS = (
        "serving_replicas",
        Definition(
            words="replicas that run and answer a scrape",
            unit=Unit.REPLICAS,
            no_strength=f"none of the replicas serves while its fault stands: {_NO_DEGREES}",
        ),
    )
    LEADING_REPLICAS = (
        "leading_replicas",
        Definition(
            words="replicas that answer a scrape and hold the lease",
            unit=Unit.REPLICAS,
            instance_of=InstanceOf.LEASE,
            metric="leader_election_master_status",
            no_strength=f"no replica leads while its fault stands: {_NO_DEGREES}",
        ),
    )
    QUEUE_DEPTH = (
        "queue_depth",
        Definition(
            words="items that wait in one queue",
            unit=Unit.ITEMS,
            instance_of=InstanceOf.QUEUE,
            metric="workqueue_depth",
            metric_label="name",
            metric_complete=True,
        ),
    )
    RECONCILE_LATENCY = (
        "reconcile_latency",
        Definition(
            words="p99 of reconcile durations of one controller",
            unit=Unit.SECONDS,
            instance_of=InstanceOf.QUEUE,
            windowed=True,
            quantile=0.99,
            metric="controller_runtime_reconcile_time_seconds_bucket",
            metric_label="controller",
        ),
    )
    FAILED_RECONCILES = (
        "failed_reconciles",
        Definition(
            words="failed / all reconciles of one controller",
            unit=Unit.RATIO,
            instance_of=InstanceOf.QUEUE,
            windowed=True,
            metric="controller_runtime_reconcile_total",
            metric_label="controller",
            ceiling=1,
            above_ceiling=_ALL_FAIL,
        ),
    )
    FAILED_RECONCILES_OVERALL = (
        "failed_reconciles_overall",
        Definition(
            words="failed / all reconciles of all controllers together",
            unit=Unit.RATIO,
            windowed=True,
            metric="controller_runtime_reconcile_total",
            ceiling=1,
            above_ceiling=_ALL_FAIL,
        ),
    )
    MEMORY_USE = (
        "memory_use",
        Definition(
            words="working set / memory limit of one container",
            unit=Unit.RATIO,
            instance_of=InstanceOf.CONTAINER,
            exporter=Exporter.CADVISOR,
            ceiling=1,
            ceiling_or_more=True,
            above_ceiling="at {} of its memory limit the kernel ends the container",
        ),
    )
    CPU_THROTTLING = (
        "cpu_throttling",
        Definition(
            words="throttled / all CFS periods of one container",
            unit=Unit.RATIO,
            instance_of=InstanceOf.CONTAINER,
            exporter=Exporter.CADVISOR,
            windowed=True,
            no_strength="its fault sets a CPU limit, and how much is throttled under it nobody can set",
        ),
    )
    OTHER = (
        "other",
        Definition(
            words="none of these: nothing here can bring it about, and the contract says why",
            unit=None,
            no_strength="no fault here brings it about",
        ),
    )
