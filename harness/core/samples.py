"""Samples as they leave Prometheus or a /metrics page: the one shape that everything that judges works on."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One sample."""

    #: Unix time in seconds, as recorded by whoever took the sample
    at_s: float
    #: the value; may be NaN or infinite, as in Prometheus
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The samples of one label set, oldest first."""

    #: all labels, `__name__` included where there is one
    labels: Mapping[str, str]
    #: oldest first, no two at the same instant; may be empty, which means "no data", never zero
    points: tuple[Point, ...]


#: what Prometheus stores where a series has ended, a NaN with these very bits:
#: https://github.com/prometheus/prometheus/blob/v3.13.5/model/value/value.go (`StaleNaN`)
STALE: Final[float] = struct.unpack(">d", bytes.fromhex("7ff0000000000002"))[0]
_STALE_BITS: Final = struct.pack(">d", STALE)


def is_stale(value: float) -> bool:
    """Whether it marks the end of a series; any other NaN is a value."""
    return value != value and struct.pack(">d", value) == _STALE_BITS  # noqa: PLR0124 - nothing else is not itself
