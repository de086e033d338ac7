"""Routes and inhibition rules, of the chart's own configuration and of AlertmanagerConfig objects.

Alertmanager's format: https://prometheus.io/docs/alerting/latest/configuration/#route
"""

from collections.abc import Collection, Mapping

from harness.core.duration import PromDuration
from harness.core.operator.reading import Custom, Field, ShapeError, Yaml

#: what Alertmanager takes where the root route is silent
ROOT_TIMES = {
    "group_wait": PromDuration(30_000),
    "group_interval": PromDuration(300_000),
    "repeat_interval": PromDuration(14_400_000),
}
_RAW_KEYS = (
    *("receiver", "group_by", "matchers", "match", "match_re", "continue", "routes"),
    *("mute_time_intervals", "active_time_intervals", *ROOT_TIMES),
)
#: the times of a route of an AlertmanagerConfig -> the same in Alertmanager's own spelling
OBJECT_TIMES = {
    "groupWait": "group_wait",
    "groupInterval": "group_interval",
    "repeatInterval": "repeat_interval",
}
_OBJECT_KEYS = (
    *("receiver", "groupBy", "matchers", "continue", "routes", "muteTimeIntervals", "activeTimeIntervals"),
    *OBJECT_TIMES,
)
_MATCH_TYPES = ("=", "!=", "=~", "!~")


def raw_route(source: Field, receivers: Collection[str]) -> dict[str, Yaml]:
    """A route in Alertmanager's own spelling.

    Raises:
        ShapeError: an unknown key, a receiver that does not exist, a malformed time.
    """
    source.only(_RAW_KEYS)
    _check_receiver(source.at("receiver"), receivers)
    fields: dict[str, Yaml] = {
        key: source.at(key).yaml()
        for key in _RAW_KEYS
        if key != "routes" and key not in ROOT_TIMES and source.at(key).present
    }
    fields |= {key: str(length) for key in ROOT_TIMES if (length := source.at(key).duration())}
    if children := [raw_route(child, receivers) for child in source.at("routes").items()]:
        fields["routes"] = children
    return fields


def root_route(source: Field, receivers: Collection[str]) -> dict[str, Yaml]:
    """The root of the tree, as `raw_route`, with every time written out.

    Raises:
        ShapeError: as `raw_route`; no receiver; a matcher or `continue`, which a root cannot have.
    """
    if not source.at("receiver").text():
        raise ShapeError(source.at("receiver").path, "is missing: the root route must have a receiver")
    for key in ("matchers", "match", "match_re", "continue", "mute_time_intervals", "active_time_intervals"):
        if source.at(key).filled:
            raise ShapeError(source.at(key).path, "is not permitted on the root route")
    defaults = {key: str(length) for key, length in ROOT_TIMES.items()}
    return {**defaults, **raw_route(source, receivers)}


def object_route(source: Field, owner: Custom, receivers: Collection[str]) -> dict[str, Yaml]:
    """A route of an AlertmanagerConfig, its names qualified by namespace and name of the object.

    Raises:
        ShapeError: what the operator's validation refuses.
    """
    source.only(_OBJECT_KEYS)
    _check_receiver(source.at("receiver"), receivers)
    group_by = source.at("groupBy").texts()
    if len(set(group_by)) != len(group_by) or ("..." in group_by and len(group_by) > 1):
        raise ShapeError(source.at("groupBy").path, "has a label twice, or `...` beside others")
    fields: dict[str, Yaml] = {
        "receiver": source.at("receiver").text() and qualified(owner, source.at("receiver").text()),
        "group_by": list(group_by),
        **{name: str(length) for key, name in OBJECT_TIMES.items() if (length := source.at(key).duration())},
        "continue": source.at("continue").flag(),
        "matchers": [matcher(one) for one in source.at("matchers").items()],
        "mute_time_intervals": [qualified(owner, name) for name in source.at("muteTimeIntervals").texts()],
        "active_time_intervals": [qualified(owner, name) for name in source.at("activeTimeIntervals").texts()],
        "routes": [object_route(child, owner, receivers) for child in source.at("routes").items()],
    }
    return {key: value for key, value in fields.items() if value}


def object_inhibit_rule(source: Field, namespace_matchers: tuple[str, ...]) -> Mapping[str, Yaml]:
    """An inhibition rule of an AlertmanagerConfig, held to its namespace by the strategy's matchers.

    Raises:
        ShapeError: an unknown key or a malformed matcher.
    """
    source.only(("sourceMatch", "targetMatch", "equal"))
    sides = {
        name: [*(matcher(one) for one in source.at(key).items()), *namespace_matchers]
        for key, name in (("sourceMatch", "source_matchers"), ("targetMatch", "target_matchers"))
    }
    return {
        **{name: list(dict.fromkeys(matchers)) for name, matchers in sides.items()},
        "equal": list(source.at("equal").texts()),
    }


def matcher(source: Field) -> str:
    """A matcher object as Alertmanager's text, `name=~"value"`.

    Raises:
        ShapeError: no name, or an unknown match type.
    """
    source.only(("name", "value", "matchType", "regex"))
    kind = source.at("matchType").text() or ("=~" if source.at("regex").flag() else "=")
    if kind not in _MATCH_TYPES:
        raise ShapeError(source.at("matchType").path, f"must be one of {' '.join(_MATCH_TYPES)}, but is {kind!r}")
    if not source.at("name").text():
        raise ShapeError(source.at("name").path, "is missing")
    return equality(source.at("name").text(), source.at("value").text(), kind)


def equality(name: str, value: str, kind: str = "=") -> str:
    """A matcher as text, the value escaped as in OpenMetrics."""
    escaped = value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
    return f'{name}{kind}"{escaped}"'


def qualified(owner: Custom, name: str) -> str:
    """The name in Alertmanager of something an AlertmanagerConfig defines."""
    return f"{owner.namespace}/{owner.name}/{name}"


def _check_receiver(source: Field, receivers: Collection[str]) -> None:
    if source.text() and source.text() not in receivers:
        known = ", ".join(sorted(receivers)) or "none"
        raise ShapeError(source.path, f"is {source.text()!r}, which no receiver is called (there are: {known})")
