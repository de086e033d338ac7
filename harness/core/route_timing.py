"""When Alertmanager tells a receiver: the timers of its route, as loaded, inherited from above where it has none.

Defaults and inheritance: https://prometheus.io/docs/alerting/latest/configuration/#route
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError


class RouteTimingError(CouldNotTellError):
    """The loaded configuration does not say when a receiver is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTiming:
    """Timers of one route, on the clock."""

    group_wait: PromDuration
    group_interval: PromDuration


#: where no route says anything
_DEFAULTS = RouteTiming(group_wait=PromDuration(30_000), group_interval=PromDuration(300_000))


class _Route(BaseModel):
    model_config = ConfigDict(extra="ignore")

    receiver: str | None = None
    group_wait: str | None = None
    group_interval: str | None = None
    routes: tuple["_Route", ...] = ()


class _Config(BaseModel):
    model_config = ConfigDict(extra="ignore")

    route: _Route


def route_timing(config: str, receiver: str) -> RouteTiming:
    """The timers of the first route to a receiver.

    Args:
        config: Alertmanager's configuration, YAML text.
        receiver: its name, or the last element of it (`<namespace>/<AlertmanagerConfig>/<receiver>`).

    Raises:
        RouteTimingError: there is no such route, or the text is no configuration.
    """
    try:
        root = _Config.model_validate(YAML(typ="safe", pure=True).load(config)).route
    except (YAMLError, ValidationError) as error:
        raise RouteTimingError(
            "Alertmanager's configuration cannot be read", why=str(error), fix="look at its status page"
        ) from error
    routes = list(_walk(root, _DEFAULTS))
    for name, timing in routes:
        if name is not None and name.rpartition("/")[2] == receiver:
            return timing
    raise RouteTimingError(
        f"no route leads to {receiver}",
        why=f"Alertmanager has routes to {', '.join(sorted({name for name, _ in routes if name}))}",
        fix="check that the AlertmanagerConfig is selected and that its receiver has this name",
    )


def _walk(route: _Route, above: RouteTiming) -> Iterator[tuple[str | None, RouteTiming]]:
    timing = RouteTiming(
        group_wait=above.group_wait if route.group_wait is None else PromDuration.parse(route.group_wait),
        group_interval=above.group_interval
        if route.group_interval is None
        else PromDuration.parse(route.group_interval),
    )
    yield route.receiver, timing
    for below in route.routes:
        yield from _walk(below, timing)
