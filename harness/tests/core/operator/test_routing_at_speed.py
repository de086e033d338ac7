"""Routing at a speed: times divided at every depth, every destination replaced, the rest as it was."""

from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.core.duration import PromDuration
from harness.core.files.mistakes import FileMistakesError
from harness.core.operator.alertmanager_config import part
from harness.core.operator.manifest import one_object
from harness.core.operator.reading import Custom, Field
from harness.core.operator.routing_at_speed import SecretKey, inherited_times, routing_at, routing_place
from harness.core.rules.speed import Speed
from harness.tests.core.operator.sample import chart
from harness.tests.core.operator.test_at_speed import text_of

_SUBJECT = Path(__file__).parents[4] / "monitoring" / "alertmanager.yaml"
_URL, _TOKEN = "http://receiver:9094/notify/", SecretKey(name="receiver", key="token")
_SPEED = Speed(15)


def routing(spec: str, *, token: SecretKey | None = None, inherited: dict[str, PromDuration] | None = None) -> Field:
    """The spec of an AlertmanagerConfig at a speed."""
    head = "apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\n"
    text = f"{head}metadata: {{name: x, namespace: shop}}\nspec: {spec}"
    made = routing_at(text, "a.yaml", _SPEED, receiver_url=_URL, token=token, inherited=inherited or {})
    return Field("", made).at("spec")


def test_the_subjects_routing_is_this(snapshot: SnapshotAssertion) -> None:
    """The default subject's AlertmanagerConfig at speed 15, word for word."""
    made = routing_at(_SUBJECT.read_text(), "a.yaml", _SPEED, receiver_url=_URL, token=_TOKEN)
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
    """As many as there were, told of ends as they are, at the receiver's qualified name as one segment of the path."""
    own = "slackConfigs: [{channel: '#a', sendResolved: true}, {}], webhookConfigs: [{url: b, maxAlerts: 2}]"
    first, second = routing(f"{{receivers: [{{name: t e, {own}}}, {{name: quiet}}]}}").at("receivers").items()
    base = f"{_URL}shop%2Fx%2Ft%20e?destination="
    assert first.yaml() == {
        "name": "t e",
        "webhookConfigs": [
            {"url": f"{base}slack-1&ends=told", "sendResolved": True},
            {"url": f"{base}slack-2&ends=untold", "sendResolved": False},
            {"url": f"{base}webhook-1&ends=told", "sendResolved": True, "maxAlerts": 2},
        ],
    }
    assert second.yaml() == {"name": "quiet"}


def test_the_token_is_told_by_where_it_is() -> None:
    """The object names the Secret; the token itself stands in no object."""
    (one,) = (
        routing("{receivers: [{name: t, webhookConfigs: [{url: 'http://a'}]}]}", token=_TOKEN).at("receivers").items()
    )
    (webhook,) = one.at("webhookConfigs").items()
    credentials = {"name": "receiver", "key": "token"}
    assert webhook.at("httpConfig").yaml() == {"authorization": {"type": "Bearer", "credentials": credentials}}


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


def test_both_translations_agree() -> None:
    """What the operator will make of the object is what the embedded stack makes of the original."""
    text, installed = _SUBJECT.read_text(), chart()
    embedded = part(
        Custom.read(one_object(text, "AlertmanagerConfig", source="a.yaml")), installed, routing_place(_SPEED, _URL)
    )
    applied = Custom.read(routing_at(text, "a.yaml", _SPEED, receiver_url=_URL, token=None))
    # what is applied is a webhook already, and its address says in whose place it stands
    made = part(applied, installed, routing_place(Speed(1), _URL))
    (there,), (here,) = made.receivers, embedded.receivers
    assert str(there).replace("destination=webhook-1", "destination=slack-1") == str(here)
    assert replace(made, receivers=()) == replace(embedded, receivers=())


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
        routing_at("{kind: A, metadata: {name: x, namespace: y}}", "a.yaml", _SPEED, receiver_url=_URL, token=None)
    assert "kind must be AlertmanagerConfig, not A" in caught.value.why
