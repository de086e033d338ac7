"""What a witness saw: the documented quantity, read past Prometheus, at an instant."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look of a witness at the place itself: a /metrics page, a pod's status, a cgroup."""

    #: Unix time in seconds at which the quantity had this value, by the clock of the harness's machine
    at_s: float
    #: the documented quantity in the unit of the alert's threshold; None when it has no number or could not be read
    value: float | None
    #: whether the documented condition held at this instant; None when the look failed and nothing is known
    holds: bool | None
    #: what was seen, in words for a person: `sum of workqueue_depth = 240`; the cause when the look failed
    note: str = ""
