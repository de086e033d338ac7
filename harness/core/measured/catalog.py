"""The healthy series of a subject: its own names and labels, from a recording or from its page.

Levels are made by driving them, so that a rule which selects what the subject does not have selects nothing here too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from harness.core.errors import MisuseError
from harness.core.samples import Point, Series, is_stale

#: how the names of what only grows end: https://prometheus.io/docs/practices/naming/#metric-names
_GROWING: Final = ("_total", "_count", "_sum", "_bucket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """One series as it was while nothing was wrong."""

    #: all, `__name__` included
    labels: Mapping[str, str]
    #: the newest
    value: float
    #: by how much it grew per second; 0 of what does not only grow
    per_s: float = 0.0

    @property
    def name(self) -> str:
        """Of the metric."""
        return self.labels.get("__name__", "")

    @property
    def grows(self) -> bool:
        """Whether it only grows, by its name."""
        return self.name.endswith(_GROWING)


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All of them, of one pod of the controller and of what is told about it."""

    #: where they are from, for messages
    source: str
    #: the `job` of the controller's targets
    job: str
    pod: str
    series: tuple[Healthy, ...]

    @classmethod
    def of(cls, recorded: Iterable[Series], *, job: str, source: str) -> "Catalog":
        """Takes the pod that answered last, its own series and what others tell of it.

        Args:
            recorded: raw samples.
            job: of the controller's targets.
            source: where they are from, for messages.

        Raises:
            MisuseError: no target of this job has answered.
        """
        found = [one for one in recorded if _values(one)]
        ups = [one for one in found if one.labels.get("__name__") == "up" and one.labels.get("job") == job]
        answered = [one for one in ups if _values(one)[-1].value == 1]
        if not answered:
            raise MisuseError(
                f"{source} has no healthy series of {job}",
                why="no target of this job answered a scrape" if ups else "there is no target of this job",
                fix="name a recording of a healthy controller, or its page: --metrics",
            )
        target = max(answered, key=lambda one: _values(one)[-1].at_s)
        pod, instance = target.labels.get("pod", ""), target.labels.get("instance", "")
        namespace = target.labels.get("namespace", "")

        def mine(labels: Mapping[str, str]) -> bool:
            if labels.get("job") == job:
                return labels.get("instance") == instance
            return labels.get("pod") == pod and labels.get("namespace") == namespace

        return cls(source=source, job=job, pod=pod, series=tuple(_healthy(one) for one in found if mine(one.labels)))

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Healthy, ...]]:
        found: dict[str, list[Healthy]] = {}
        for one in self.series:
            found.setdefault(one.name, []).append(one)
        return {name: tuple(some) for name, some in found.items()}

    @cached_property
    def _known(self) -> dict[tuple[str, str], tuple[str, ...]]:
        return {}

    @cached_property
    def _replicas(self) -> dict[int, "Catalog"]:
        return {0: self}

    def named(self, name: str) -> tuple[Healthy, ...]:
        """The series of one metric."""
        return self._by_name.get(name, ())

    def values_of(self, name: str, label: str) -> tuple[str, ...]:
        """The values that a label has among the series of a metric, in order."""
        if (name, label) not in self._known:
            values = {one.labels[label] for one in self.named(name) if label in one.labels}
            self._known[name, label] = tuple(sorted(values))
        return self._known[name, label]

    def names(self) -> frozenset[str]:
        """Of all metrics."""
        return frozenset(self._by_name)

    def of_replica(self, index: int) -> "Catalog":
        """The same of another pod: the first is the one that there is."""
        if index not in self._replicas:
            self._replicas[index] = self._another(index)
        return self._replicas[index]

    def _another(self, index: int) -> "Catalog":
        return replace(
            self,
            pod=_another(self.pod, index),
            series=tuple(replace(one, labels=_of_another(one.labels, self, index)) for one in self.series),
        )

    def elsewhere(self) -> "Catalog":
        """The same of another controller, built on the same framework, in a namespace and with a job of its own."""
        moved = {"namespace": "elsewhere", "job": "elsewhere", "service": "elsewhere", "pod": "elsewhere-0"}

        def there(labels: Mapping[str, str]) -> dict[str, str]:
            own = labels.get("job") == self.job
            mine = moved if own else {name: moved[name] for name in ("namespace", "pod")}
            return {name: mine.get(name, value) for name, value in labels.items()}

        series = tuple(replace(one, labels=there(one.labels)) for one in self.series)
        return Catalog(source=self.source, job=moved["job"], pod=moved["pod"], series=series)


def _of_another(labels: Mapping[str, str], catalog: Catalog, index: int) -> dict[str, str]:
    own = labels.get("job") == catalog.job
    # what others tell about a pod has the instance of the one who tells, and a name that is the container's
    changing = {"pod", "instance"} if own else {"pod", "id", "uid", "name", "pod_ip"}
    return {name: _another(value, index) if name in changing else value for name, value in labels.items()}


def _another(value: str, index: int) -> str:
    """A name of the same shape: the last character but the port's is another one."""
    host, colon, port = value.rpartition(":")
    base = host if colon and port.isdigit() else value
    return f"{base}{index}{colon}{port}" if base is host and colon else f"{base}{index}"


def _healthy(series: Series) -> Healthy:
    points = _values(series)
    plain = Healthy(labels=series.labels, value=points[-1].value)
    took_s = points[-1].at_s - points[0].at_s
    grew = points[-1].value - points[0].value
    return replace(plain, per_s=grew / took_s) if plain.grows and took_s > 0 and grew > 0 else plain


def _values(series: Series) -> list[Point]:
    return [one for one in series.points if not is_stale(one.value)]
