"""The heartbeats of a PrometheusRule: each of its groups gets the rule by which one sees that it was evaluated."""

from collections.abc import Mapping

from harness.core.operator.reading import Field, Yaml
from harness.core.rules.heartbeat import HEARTBEAT


def with_heartbeats(prometheus_rule: Mapping[str, Yaml]) -> dict[str, Yaml]:
    """A PrometheusRule with a heartbeat in each group, also in one that has no rules.

    Raises:
        ShapeError: it has no groups to add it to; `harness.core.rules.file` says more about what is wrong.
    """
    metadata, spec = (Field(key, prometheus_rule.get(key)) for key in ("metadata", "spec"))
    # groups of two objects may have one name
    named = "/".join(metadata.at(key).text() for key in ("namespace", "name") if metadata.at(key).text())
    origin = {"rule_object": named} if named else {}
    groups: list[Yaml] = [_beating(group, origin) for group in spec.at("groups").items()]
    return {**prometheus_rule, "spec": {**{key: spec.at(key).yaml() for key in spec.names()}, "groups": groups}}


def _beating(group: Field, origin: Mapping[str, str]) -> dict[str, Yaml]:
    labels = {"rule_group": group.at("name").text(), **origin}
    rules = [*(rule.yaml() for rule in group.at("rules").items())]
    rules.append({"record": HEARTBEAT, "expr": "vector(1)", "labels": labels})
    return {**{key: group.at(key).yaml() for key in group.names()}, "rules": rules}
