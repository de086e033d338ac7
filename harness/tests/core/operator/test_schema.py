"""What the API server takes of a custom resource, and what it says of the rest, in our words and with the place.

What is expected here was seen at kube-apiserver 1.34.4 with the operator's own definitions of v0.85.0.
"""

import pytest

from harness.core.files.located import LocatedYaml
from harness.core.operator.resources import RESOURCES
from harness.core.operator.schema import refusals, without_nulls


def mistakes(kind: str, spec: str) -> list[str]:
    """What is refused of a spec."""
    document = LocatedYaml(spec, "s.yaml")
    return [
        f"{one.key} {one.problem}" for one in refusals(document, document.data, RESOURCES[kind].spec, ())
    ]  # fmt: skip


_RULE = "groups: [{name: g, rules: [{alert: A, expr: up, %s}]}]"
_MONITOR = "{selector: {}, endpoints: [{port: web, %s}]}"
_ROUTE = "{route: {receiver: r, %s}, receivers: [{name: r}]}"
_RECEIVER = "{receivers: [{name: r, %s}]}"


@pytest.mark.parametrize(
    ("kind", "spec", "refused"),
    [
        ("PrometheusRule", _RULE % "for: 5m, labels: {a: 'yes'}", ""),
        ("PrometheusRule", _RULE % "for: '', labels: , annotations: ", ""),
        ("PrometheusRule", _RULE % "keep_firing_for: ''", 'keep_firing_for is ""'),
        ("PrometheusRule", _RULE % "for: 5", "for must be text, not the number 5"),
        ("PrometheusRule", _RULE % "for: 0", "for must be text, not the number 0"),
        ("PrometheusRule", _RULE % "for: 5x", 'for is "5x"'),
        ("PrometheusRule", _RULE % "fro: 5m", "fro is not known there"),
        ("PrometheusRule", _RULE % "labels: {a: 1}", "labels.a must be text, not the number 1"),
        ("PrometheusRule", _RULE % "annotations: {summary: No}", "summary must be text, not the boolean false, as"),
        ("PrometheusRule", "groups: [{name: g, rules: [{alert: A, expr: 1}]}]", ""),
        (
            "PrometheusRule",
            "groups: [{name: g, rules: [{alert: A, expr: 1.5}]}]",
            "expr must be text or a whole",
        ),
        (
            "PrometheusRule",
            "groups: [{name: g, rules: [{alert: A, expr: yes}]}]",
            "expr must be text or a whole",
        ),
        ("PrometheusRule", "groups: [{name: g, rules: [{alert: A, expr: }]}]", "expr is missing"),
        ("PrometheusRule", "groups: [{name: g, limit: 5.0}]", ""),
        ("PrometheusRule", "groups: [{name: g, limit: 5.5}]", "limit must be a whole number, not the number 5.5"),
        ("PrometheusRule", "groups: [{name: g, limit: '5'}]", 'limit must be a whole number, not "5"'),
        ("PrometheusRule", "groups: [{rules: []}]", "groups[0].name is missing"),
        ("PrometheusRule", "groups: [~]", "groups[0] must be a mapping, not empty"),
        ("PrometheusRule", "groups: 5", "groups must be a list, not the number 5"),
        ("PrometheusRule", "{}", ""),
        ("ServiceMonitor", _MONITOR % "interval: 30s, honorLabels: true, targetPort: 80", ""),
        ("ServiceMonitor", _MONITOR % "honorLabels: yes", ""),
        ("ServiceMonitor", _MONITOR % "honorLabels: 'yes'", 'honorLabels must be true or false, not "yes"'),
        ("ServiceMonitor", _MONITOR % "interval: 30", "interval must be text, not the number 30"),
        ("ServiceMonitor", _MONITOR % "scheme: HTTP", 'scheme is "HTTP"'),
        ("ServiceMonitor", _MONITOR % "params: {a: b}", "params.a must be a list"),
        (
            "ServiceMonitor",
            _MONITOR % "relabelings: [{action: Drop, regex: 5}]",
            "regex must be text, not the number",
        ),
        ("ServiceMonitor", _MONITOR % "relabelings: [{action: dropp}]", 'action is "dropp"'),
        ("ServiceMonitor", _MONITOR % "tlsConfig: {ca: {secret: {name: x}}}", "tlsConfig.ca.secret.key is missing"),
        ("ServiceMonitor", "{endpoints: []}", "selector is missing"),
        ("ServiceMonitor", "{selector: {matchLabels: {app: off}}, endpoints: []}", "matchLabels.app must be text"),
        ("AlertmanagerConfig", _ROUTE % "groupBy: [a], continue: true, routes: [{anything: goes}]", ""),
        ("AlertmanagerConfig", _ROUTE % "continue: 'true'", 'continue must be true or false, not "true"'),
        ("AlertmanagerConfig", _ROUTE % "repeatInterval: 4", "repeatInterval must be text, not the number 4"),
        ("AlertmanagerConfig", _ROUTE % "matchers: [{name: a, value: 1}]", "value must be text, not the number 1"),
        ("AlertmanagerConfig", _ROUTE % "matchers: [{name: a, matchType: '=='}]", 'matchType is "=="'),
        ("AlertmanagerConfig", _RECEIVER % "webhookConfigs: [{url: http://x, maxAlerts: 5}]", ""),
        (
            "AlertmanagerConfig",
            _RECEIVER % "webhookConfigs: [{sendResolved: 'no'}]",
            "sendResolved must be true",
        ),
        ("AlertmanagerConfig", _RECEIVER % "slackConfigs: [{apiURL: https://x}]", "apiURL must be a mapping"),
        ("AlertmanagerConfig", _RECEIVER % "slackConfigs: [{apiUrl: {key: k}}]", "apiUrl is not known there"),
        ("AlertmanagerConfig", _RECEIVER % "telegramConfigs: [{chatID: '5'}]", "chatID must be a whole number"),
        ("AlertmanagerConfig", "{receivers: [{name: ''}]}", 'receivers[0].name is ""'),
        ("AlertmanagerConfig", _ROUTE % "matchers: [{name: '', value: a}]", 'matchers[0].name is ""'),
        ("AlertmanagerConfig", _RECEIVER % "slack: []", "receivers[0].slack is not known there"),
    ],
)
def test_a_value_is_of_its_type_and_no_other(kind: str, spec: str, refused: str) -> None:
    """Whatever YAML made of it; what is right is not refused."""
    found = mistakes(kind, spec)
    assert len(found) == bool(refused), found
    if refused:
        assert refused in found[0]
        assert found[0].endswith("the API server refuses it")


def test_nulls_go_as_the_api_server_drops_them() -> None:
    """On create, as for plain `kubectl apply`; not where it looks no more, and never an item of a list."""
    document = LocatedYaml("{route: {groupBy: , routes: [{a: ~}]}, receivers: [~]}", "s.yaml")
    kept = without_nulls(document.data, RESOURCES["AlertmanagerConfig"].spec)
    assert kept == {"route": {"routes": [{"a": None}]}, "receivers": [None]}
