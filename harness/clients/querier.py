"""Querier: what the judge's evidence asks of a Prometheus, whether it runs, ran once or is somebody else's."""

from collections.abc import Iterator
from typing import Final, Literal, Protocol

from pydantic import Field

from harness.clients.endpoint import Answer
from harness.core.samples import Series

#: `lastEvaluation` of a group that was not evaluated yet: the year 1
_NEVER: Final = "0001"


class LoadedRule(Answer):
    """One rule of `/api/v1/rules`."""

    name: str
    query: str
    health: str
    type: Literal["alerting", "recording"]
    last_error: str = Field(default="", alias="lastError")
    #: `for`, seconds of the clock; alerting rules only
    duration: float = 0.0
    #: seconds of the clock; alerting rules only
    keep_firing_for: float = Field(default=0.0, alias="keepFiringFor")
    labels: dict[str, str] = Field(default_factory=dict)
    #: templates, as they were written; alerting rules only
    annotations: dict[str, str] = Field(default_factory=dict)


class LoadedGroup(Answer):
    """One rule group."""

    name: str
    file: str
    #: seconds of the clock
    interval: float
    #: most alerts that a rule may have; 0 is no limit
    limit: int = 0
    rules: tuple[LoadedRule, ...]
    last_evaluation: str = Field(default=_NEVER, alias="lastEvaluation")

    @property
    def evaluated(self) -> bool:
        """Whether it was, since it was loaded."""
        return not self.last_evaluation.startswith(_NEVER)


class LoadedGroups(Answer):
    """`data` of `/api/v1/rules`."""

    groups: tuple[LoadedGroup, ...]

    def every(self) -> Iterator[LoadedRule]:
        """The rules of all groups."""
        for group in self.groups:
            yield from group.rules


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
