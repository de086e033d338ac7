"""Alertmanager's routes as loaded: who is told of what, in which groups, how often. Inherited from above where silent.

Defaults and inheritance: https://prometheus.io/docs/alerting/latest/configuration/#route. Which routes an alert takes
is not decided here: amtool is asked (`harness.toolchain.amtool_routes`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.alertmanager.matching import Matching
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError

#: the list that stands for all labels of the alert
ALL_LABELS = ("...",)


class RouteTreeError(CouldNotTellError):
    """The loaded configuration does not say how a receiver is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRoute:
    """One route, with everything it inherits. Durations are on the clock."""

    #: its full name, `<namespace>/<AlertmanagerConfig>/<receiver>` where an operator wrote it
    receiver: str
    #: the way from the root, as indices: alerts are offered to smaller positions first
    position: tuple[int, ...]
    #: sorted; `ALL_LABELS` for every label of the alert
    group_by: tuple[str, ...]
    group_wait: PromDuration
    group_interval: PromDuration
    repeat_interval: PromDuration
    #: whether routes behind it on the same level see its alerts as well
    continues: bool
    #: destinations of its receiver, each of which is told on its own; with none nobody is told
    integrations: int
    #: which of the alerts offered to it it takes: one text for all ways to write it
    matchers: str = "{}"
    #: names of the times in which it tells nobody, and of those in which alone it tells; sorted
    muted_in: tuple[str, ...] = ()
    active_in: tuple[str, ...] = ()

    def __str__(self) -> str:
        """In a line, the same for all ways to write it; how deep it lies is told by its position."""
        where = ".".join(map(str, self.position)) or "root"
        groups = ", ".join(self.group_by) or "nothing"
        times = f"wait {self.group_wait}, then every {self.group_interval}, again after {self.repeat_interval}"
        told = "nobody" if not self.integrations else f"{self.integrations} of {self.receiver}"
        return (
            f"{where}: {self.matchers} to {told}, grouped by {groups}, {times}"
            f"{', but not in ' + ', '.join(self.muted_in) if self.muted_in else ''}"
            f"{', only in ' + ', '.join(self.active_in) if self.active_in else ''}"
            f"{', and goes on' if self.continues else ''}"
        )

    @property
    def short_receiver(self) -> str:
        """The receiver's own name, without what the operator puts before it."""
        return self.receiver.rpartition("/")[2]

    @property
    def hours(self) -> str:
        """When its receiver is told of nothing, in words; empty if it is told at any time."""
        parts = [f"not in the time intervals {', '.join(self.muted_in)}"] if self.muted_in else []
        parts += [f"only in the time intervals {', '.join(self.active_in)}"] if self.active_in else []
        return f"the route tells {self.short_receiver} {' and '.join(parts)}" if parts else ""

    def grouped_by(self, labels: Mapping[str, str]) -> dict[str, str]:
        """The labels that decide which group an alert with these labels belongs to."""
        if self.group_by == ALL_LABELS:
            return dict(labels)
        return {name: value for name, value in labels.items() if name in self.group_by}


#: where not even the root says anything
_ROOT = LoadedRoute(
    receiver="",
    position=(),
    group_by=(),
    group_wait=PromDuration(30_000),
    group_interval=PromDuration(300_000),
    repeat_interval=PromDuration(14_400_000),
    continues=False,
    integrations=0,
)


class _Route(BaseModel):
    model_config = ConfigDict(extra="ignore")

    receiver: str | None = None
    group_by: tuple[str, ...] | None = None
    group_wait: str | None = None
    group_interval: str | None = None
    repeat_interval: str | None = None
    continues: bool = Field(default=False, alias="continue")
    match: dict[str, str] = Field(default_factory=dict)
    match_re: dict[str, str] = Field(default_factory=dict)
    matchers: tuple[str, ...] = ()
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()
    routes: tuple["_Route", ...] = ()


class _Config(BaseModel):
    model_config = ConfigDict(extra="ignore")

    route: _Route
    receivers: tuple[dict[str, object], ...] = ()
    settings: dict[str, object] = Field(default_factory=dict, alias="global")


def loaded_routes(config: str) -> tuple[LoadedRoute, ...]:
    """All routes, the root first, then depth-first in the order in which alerts are offered to them.

    Args:
        config: Alertmanager's configuration, YAML text; masked secrets do not matter.

    Raises:
        RouteTreeError: the text is no configuration.
    """
    found = _read(config)
    return tuple(_walk(found.route, _ROOT, _integrations(found)))


def _read(config: str) -> _Config:
    try:
        return _Config.model_validate(YAML(typ="safe", pure=True).load(config))
    except (YAMLError, ValidationError) as error:
        raise RouteTreeError(
            "Alertmanager's configuration cannot be read", why=str(error), fix="look at its status page"
        ) from error


def stated_settings(config: str) -> frozenset[str]:
    """The names in its `global` that have a value.

    Raises:
        RouteTreeError: the text is no configuration.
    """
    return frozenset(name for name, value in _read(config).settings.items() if value)


def route_to(routes: tuple[LoadedRoute, ...], receiver: str) -> LoadedRoute:
    """The first route to a receiver.

    Args:
        routes: of `loaded_routes`.
        receiver: its name, or the last element of it.

    Raises:
        RouteTreeError: there is none.
    """
    for route in routes:
        if receiver in (route.receiver, route.short_receiver):
            return route
    raise RouteTreeError(
        f"no route leads to {receiver}",
        why=f"Alertmanager has routes to {', '.join(sorted({route.receiver for route in routes}))}",
        fix="check that the AlertmanagerConfig is selected and that its receiver has this name",
    )


def _walk(route: _Route, above: LoadedRoute, integrations: Mapping[str, int]) -> Iterator[LoadedRoute]:
    receiver = route.receiver or above.receiver
    here = LoadedRoute(
        receiver=receiver,
        position=above.position,
        group_by=above.group_by if route.group_by is None else tuple(sorted(route.group_by)),
        group_wait=_time(route.group_wait, above.group_wait),
        group_interval=_time(route.group_interval, above.group_interval),
        repeat_interval=_time(route.repeat_interval, above.repeat_interval),
        continues=route.continues,
        integrations=integrations.get(receiver, 0),
        matchers=Matching(match=route.match, match_re=route.match_re, matchers=route.matchers).same,
        # not inherited: https://github.com/prometheus/alertmanager/blob/v0.31.1/dispatch/route.go (`newRoute`)
        muted_in=tuple(sorted(route.mute_time_intervals)),
        active_in=tuple(sorted(route.active_time_intervals)),
    )
    yield here
    for index, below in enumerate(route.routes):
        yield from _walk(below, replace(here, position=(*here.position, index)), integrations)


def _time(stated: str | None, above: PromDuration) -> PromDuration:
    return above if stated is None else PromDuration.parse(stated)


def _integrations(config: _Config) -> dict[str, int]:
    return {
        str(receiver.get("name")): sum(
            len(value) for key, value in receiver.items() if key.endswith("_configs") and isinstance(value, list)
        )
        for receiver in config.receivers
    }
