"""A spread: what is left of a figure that was measured several times."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Median, least and greatest of one figure. The median, because one disturbed run says nothing about the rest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self | None:
        """The spread of these values; None where nothing was measured, which is not 0."""
        if not values:
            return None
        return cls(median=statistics.median(values), low=min(values), high=max(values))
