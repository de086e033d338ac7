"""Routing at a speed: times divided at every depth, every destination replaced, the rest as it was."""

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.core.duration import PromDuration
from harness.core.files.mistakes import FileMistakesError
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field, ShapeError
from harness.core.operator.routing_at_speed import base_at, inherited_times, routing_at
from harness.core.rules.speed import Speed
from harness.tests.core.operator.sample import chart
from harness.tests.core.operator.test_at_speed import text_of

_SUBJECT = Path(__file__).parents[4] / "monitoring" / "alertmanager.yaml"
_URL = "http://receiver:9094/notify/"
_CREDENTIALS = {"name": "kubemirror-harness-receiver", "key": "token"}
_HTTP = {"httpConfig": {"authorization": {"type": "Bearer", "credentials": _CREDENTIALS}}}
_SPEED = Speed(15)


def routing(spec: str, *, inherited: dict[str, PromDuration] | None = None) -> Field:
    """The spec of an AlertmanagerConfig at a speed."""
    head = "apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\n"
    text = f"{head}metadata: {{name: x, namespace: shop}}\nspec: {spec}"
    made = routing_at(text, "a.yaml", _SPEED, receiver_url=_URL, inherited=inherited or {})
    return Field("", made).at("spec")


def test_the_subjects_routing_is_this(snapshot: SnapshotAssertion) -> None:
    """The default subject's AlertmanagerConfig at speed 15, word for word."""
    made = routing_at(_SUBJECT.read_text(), "a.yaml", _SPEED, receiver_url=_URL)
    assert text_of(made) == snapshot


def test_routes_are_divided_at_every_depth() -> None:
    """The three times of each route; matchers, grouping and order stay."""
    inner = "{matchers: [{name: a, value: b}], repeatInterval: 1h, routes: [{groupWait: 1s, continue: true}]}"
    made = routing(
        f"{{route: {{receiver: t, groupBy: [a], groupInterval: 5m, routes: [{inner}]}}, receivers: [{{name: t}}]}}"
    )
    assert made.at("route").yaml() == {
        "receiver": "t",
        "groupBy": ["a"],
        "groupInterval": "20s",
        "routes": [
            {
                "matchers": [{"name": "a", "value": "b"}],
                "repeatInterval": "4m",
                "routes": [{"groupWait": "67ms", "continue": True}],
            }
        ],
    }


def test_every_integration_becomes_a_webhook() -> None:
    """As many as there were, told of ends as they are, at the receiver's qualified name as one segment of the path.

    The object names the Secret; the token itself stands in no object.
    """
    own = "slackConfigs: [{channel: '#a', sendResolved: true}, {}], webhookConfigs: [{url: b, maxAlerts: 2}]"
    first, second = routing(f"{{receivers: [{{name: t e, {own}}}, {{name: quiet}}]}}").at("receivers").items()
    base = f"{_URL}shop%2Fx%2Ft%20e?destination="
    assert first.yaml() == {
        "name": "t e",
        "webhookConfigs": [
            {"url": f"{base}slack-1&send_resolved=true", "sendResolved": True, **_HTTP},
            {"url": f"{base}slack-2&send_resolved=false", "sendResolved": False, **_HTTP},
            {"url": f"{base}webhook-1&send_resolved=true", "sendResolved": True, "maxAlerts": 2, **_HTTP},
        ],
    }
    assert second.yaml() == {"name": "quiet"}


def test_intervals_and_inhibitions_stay() -> None:
    """What tells hours of the day and who inhibits whom has no speed."""
    spec = "{muteTimeIntervals: [{name: m, timeIntervals: []}], inhibitRules: [{equal: [a]}]}"
    assert routing(spec).yaml() == {
        "muteTimeIntervals": [{"name": "m", "timeIntervals": []}],
        "inhibitRules": [{"equal": ["a"]}],
    }


def test_what_a_route_inherits_can_be_written_out() -> None:
    """Under a root route that is not at the speed, the top route states all times; its own win."""
    base = {"alertmanager": {"config": {"route": {"group_interval": "1m", "repeat_interval": None}}}}
    inherited = dict(inherited_times(chart(base)))
    made = routing("{route: {receiver: t, groupWait: 15s, routes: [{}]}, receivers: [{name: t}]}", inherited=inherited)
    assert made.at("route").yaml() == {
        "groupWait": "1s",
        "groupInterval": "4s",
        "repeatInterval": "16m",
        "receiver": "t",
        "routes": [{}],
    }


def base(values: dict[str, object], token: str = "") -> Manifest:
    """The chart's own configuration with these parts of `alertmanager.config`, at a speed."""
    installed = chart({"alertmanager": {"config": values}})
    return base_at(installed, _SPEED, receiver_url=_URL, receiver_token=token)


def test_the_chart_s_own_times_are_divided() -> None:
    """Of the root, whose defaults are written out, of the routes below it, and of `global`."""
    made = base({"route": {"group_wait": None, "repeat_interval": "1h", "routes": [{"group_interval": "1m"}]}})
    route = Field("", made).at("route")
    assert [route.at(key).text() for key in ("group_wait", "group_interval", "repeat_interval")] == ["2s", "20s", "4m"]
    assert [one.at("group_interval").text() for one in route.at("routes").items()] == ["4s"]
    assert made["global"] == {"resolve_timeout": "20s"}
    assert made["inhibit_rules"] == chart().alertmanager.base.at("inhibit_rules").content


@pytest.mark.parametrize("token", ["secret", ""])
def test_the_chart_s_own_destinations_become_webhooks(token: str) -> None:
    """With the token, if there is one; nothing of how somebody is reached is left."""
    pager = {"name": "pager", "pagerduty_configs": [{"routing_key": "x"}], "webhook_configs": [{"max_alerts": 2}]}
    made = base({"receivers": [{"name": "null"}, pager]}, token)
    http = {"http_config": {"authorization": {"type": "Bearer", "credentials": token}}} if token else {}
    url = f"{_URL}pager?destination="
    assert made["receivers"] == [
        {"name": "null"},
        {
            "name": "pager",
            "webhook_configs": [
                {"url": f"{url}pagerduty-1&send_resolved=true", "send_resolved": True, **http},
                {"url": f"{url}webhook-1&send_resolved=true", "send_resolved": True, "max_alerts": 2, **http},
            ],
        },
    ]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"receivers": [{"name": "null", "slack": []}]}, "no list of integrations"),
        ({"receivers": [{"name": "null", "slac_configs": []}]}, "no kind of integration"),
        ({"receivers": []}, "no receiver is called"),
    ],
)
def test_values_that_alertmanager_refuses_are_refused(values: dict[str, object], words: str) -> None:
    """Before anything is installed."""
    with pytest.raises(ShapeError, match=words):
        base(values)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{route: {receiver: t, groupWait: soon}, receivers: [{name: t}]}", "no duration"),
        ("{route: {receiver: t, routes: [{groupwait: 5m}]}, receivers: [{name: t}]}", "groupwait is not known here"),
        ("{route: {receiver: other}, receivers: [{name: t}]}", "which no receiver is called"),
        ("{receivers: [{name: t, slack: []}]}", "slack is not known there"),
        ("{receivers: {}}", "must be a list"),
        ("[]", "must be a mapping"),
    ],
    ids=["no duration", "misspelt", "nobody", "no integrations", "no list", "no mapping"],
)
def test_routing_that_the_operator_refuses_is_refused(spec: str, words: str) -> None:
    """A time that is misspelt would go undivided; a key that is no integration would go undelivered."""
    with pytest.raises(FileMistakesError) as caught:
        routing(spec)
    assert words in str(caught.value)
    assert caught.value.mistakes[0].line == 4


def test_another_object_is_refused() -> None:
    """The kind is checked first."""
    with pytest.raises(FileMistakesError) as caught:
        routing_at("{kind: A, metadata: {name: x, namespace: y}}", "a.yaml", _SPEED, receiver_url=_URL)
    assert "kind must be AlertmanagerConfig, not A" in caught.value.why
