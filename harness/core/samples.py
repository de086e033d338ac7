"""Samples as they leave Prometheus or a /metrics page: the one shape that everything that judges works on."""

from collections.abc import Mapping
from dataclasses import dataclass


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
