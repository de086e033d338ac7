"""What the value of an expression counts in, as far as its text tells: seconds, bytes, things, a share, per second.

Metric names end in their unit (https://prometheus.io/docs/practices/naming/#metric-names), counters in `_total`; a rate
divides by seconds, a division divides units. A gauge whose name names no unit counts things or is a share: that nobody
can tell from the text.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

#: ending of a metric's name -> unit, and how much of the base unit one of it is
_SUFFIXES: Mapping[str, tuple[Mapping[str, int], float]] = {
    "seconds": ({"s": 1}, 1.0),
    "milliseconds": ({"s": 1}, 1e-3),
    "ms": ({"s": 1}, 1e-3),
    "microseconds": ({"s": 1}, 1e-6),
    "us": ({"s": 1}, 1e-6),
    "nanoseconds": ({"s": 1}, 1e-9),
    "minutes": ({"s": 1}, 60.0),
    "hours": ({"s": 1}, 3_600.0),
    "days": ({"s": 1}, 86_400.0),
    "bytes": ({"B": 1}, 1.0),
    "kilobytes": ({"B": 1}, 1e3),
    "megabytes": ({"B": 1}, 1e6),
    "bits": ({"B": 1}, 0.125),
    "ratio": ({}, 1.0),
    "percent": ({}, 0.01),
    "percentage": ({}, 0.01),
}
#: of a histogram or a summary: what counts its observations, whatever they are in
_COUNTING = ("bucket", "count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A unit as powers of base units (`s`, `B`, `n` for things), none of them for a share."""

    powers: Mapping[str, int] = field(default_factory=dict)
    #: how much of the base unit a value of 1 is
    scale: float = 1.0

    def per(self, other: "Measure") -> "Measure":
        """The unit of a division."""
        return self._with(other, -1)

    def times(self, other: "Measure") -> "Measure":
        """The unit of a product."""
        return self._with(other, 1)

    def same(self, other: "Measure") -> bool:
        """Whether a value in one is a value in the other; scales are products of what people write."""
        return self.powers == other.powers and math.isclose(self.scale, other.scale, rel_tol=1e-9)

    def _with(self, other: "Measure", sign: int) -> "Measure":
        powers = dict(self.powers)
        for name, power in other.powers.items():
            powers[name] = powers.get(name, 0) + sign * power
        return Measure(
            powers={name: power for name, power in powers.items() if power}, scale=self.scale * other.scale**sign
        )

    def __str__(self) -> str:
        return _WORDS.get(tuple(sorted(self.powers.items())), "another unit")


_WORDS = {
    (): "a share",
    (("s", 1),): "seconds",
    (("B", 1),): "bytes",
    (("n", 1),): "a number of things",
    (("n", 1), ("s", -1)): "a number per second",
    (("B", 1), ("s", -1)): "bytes per second",
    (("s", -1),): "a share per second",
}

SECOND = Measure(powers={"s": 1})
THINGS = Measure(powers={"n": 1})
SHARE = Measure()


def measure_of_metric(name: str, *, resource: str = "") -> Measure | None:
    """What a metric counts in, by its name; None where the name does not say.

    Args:
        name: of the metric.
        resource: the value of its label `resource`, which names the unit of kube-state-metrics' figures.
    """
    if resource == "memory":
        return Measure(powers={"B": 1})
    words = name.rpartition(":")[2].split("_")
    if words[-1] in _COUNTING:
        return THINGS
    counter = words[-1] == "total"
    if words[-1] in ("total", "sum") and len(words) > 1:
        words = words[:-1]
    found = _SUFFIXES.get(words[-1])
    if found is None:
        return THINGS if counter else None
    return Measure(powers=found[0], scale=found[1])


def measure_of_observations(bucket: str) -> Measure | None:
    """What the observations of a histogram are in, by the name of its buckets."""
    return measure_of_metric(bucket.removesuffix("_bucket"))
