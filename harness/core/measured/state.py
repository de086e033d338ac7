"""How a controller and its pods are at an instant: what can be wrong with them, in figures that are set exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

#: of what is quick
FAST_S = 0.05


class Answers(StrEnum):
    """What a scrape of a replica finds."""

    UP = "up"
    #: the target is there and does not answer
    SILENT = "silent"
    #: neither pod nor target are there
    GONE = "gone"


class SpecLimit(StrEnum):
    """What cAdvisor's `container_spec_memory_limit_bytes` says, which many installations drop."""

    DROPPED = "dropped"
    KEPT = "kept"
    #: kept, of a container without limit: https://github.com/google/cadvisor/blob/v0.52.1/metrics/prometheus.go
    ZERO = "kept, 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One pod."""

    answers: Answers = Answers.UP
    leads: bool = False


_ALONE = (Replica(leads=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All of it. Shares are 0 to 1."""

    replicas: tuple[Replica, ...] = _ALONE
    #: reconciles per second of each controller, on the replica that leads
    load_per_s: float = 1.0
    #: controller -> the share of its reconciles that fail
    failed: Mapping[str, float] = field(default_factory=dict)
    #: controller -> the share of its reconciles that take `slow_s`; the others take FAST_S
    slow: Mapping[str, float] = field(default_factory=dict)
    slow_s: float = FAST_S
    #: queue -> items that wait in it, on the replica that leads
    queued: Mapping[str, float] = field(default_factory=dict)
    #: whether as many wait on every other replica as well
    queued_on_all: bool = False
    #: working set / memory limit of each container
    memory: float = 0.3
    #: heap / working set
    heap: float = 0.8
    #: page cache that could be given back / memory limit: in what is used, not in the working set
    cached: float = 0.05
    #: whether the containers have a memory limit
    limited: bool = True
    spec: SpecLimit = SpecLimit.DROPPED
    #: throttled CFS periods / all
    throttled: float = 0.0
    #: a label that newer frameworks give to each queue, and its values: what waits is divided among them
    priorities: tuple[str, ...] = ()
    #: metrics that nobody tells any more
    vanished: frozenset[str] = frozenset()

    @property
    def answering(self) -> tuple[Replica, ...]:
        """The replicas that answer a scrape."""
        return tuple(one for one in self.replicas if one.answers is Answers.UP)
