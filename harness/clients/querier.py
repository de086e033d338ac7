"""Querier: what the judge's evidence asks of a Prometheus, whether it runs, ran once or is somebody else's."""

from typing import Protocol

from harness.clients.answers import LoadedGroups
from harness.core.samples import Series


class Querier(Protocol):
    """Answers about one Prometheus. Every method raises a CouldNotTellError when it cannot tell.

    `harness.clients.prometheus.PrometheusReader` is one that asks a running server, and says what each answer is.
    """

    def samples(self, selector: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        """Raw samples, not resampled, between two instants."""
        ...

    def instant(self, query: str, *, at_s: float | None = None) -> tuple[Series, ...]:
        """The answer at one instant; now if None."""
        ...

    def values(self, query: str, *, start_s: float, end_s: float, step_s: float) -> tuple[Series, ...]:
        """The answers at each step."""
        ...

    def rules(self) -> LoadedGroups:
        """The rules as loaded."""
        ...

    def config(self) -> str:
        """The configuration as loaded."""
        ...

    def names(self) -> tuple[str, ...]:
        """The metric names that are there."""
        ...
