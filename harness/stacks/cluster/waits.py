"""How long a stack on a real cluster waits for what, and how often it looks: one table, handed down to who waits."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds, each with its reason. What does not come within them is told with what was seen last."""

    #: between two looks at what takes minutes
    look_s: float = 0.5
    #: pods that get ready: images may have to be pulled
    pods_s: float = 600.0
    #: kinds that were defined: an API server knows a new one within a second or two
    kinds_s: float = 60.0
    #: monitoring that was found: it runs already, and a roll-out of it takes no longer
    answer_s: float = 120.0
    #: what was applied: operator, kubelet and reloader are done within seconds on a cluster of one's own; a kubelet
    #: that nobody hurries looks at a pod every 60 to 90 s, and misses a look when it is busy: 169 s were seen
    in_force_s: float = 300.0
    #: and a first scrape or evaluation comes up to one interval later, which in slow motion is longer than that
    in_force_intervals: float = 2
    #: rules that are to go may take as long as they may take to come in force
    rules_gone_s: float = 180.0
    #: a Prometheus that was ended: a container is started again at once after its first end, but after ten seconds and
    #: more if it ended before
    restart_s: float = 90.0
    #: what others' monitoring is to let go of: three of the kubelet's longest looks, a busy one misses some
    unload_s: float = 300.0
    unload_look_s: float = 1.0


#: those of a real cluster
USUAL: Final = Waits()
