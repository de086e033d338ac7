"""Integrations: what of a destination goes with its stand-in, what is asked for, and what is not looked at."""

import pytest

from harness.core.destination_kinds import ENDS_TOLD
from harness.core.operator.integration import Integration, integrations
from harness.core.operator.reading import Field, ShapeError

#: https://github.com/prometheus/alertmanager/blob/v0.31.1/config/notifiers.go: `VSendResolved: false`
_NOT_TOLD = {"email", "rocketchat", "slack", "wechat"}


def one(kind: str, **fields: object) -> Integration:
    """The only destination of a receiver."""
    (found,) = integrations(Field("r", {"name": "team", kind: [fields]}))
    return found


@pytest.mark.parametrize("kind", ENDS_TOLD)
@pytest.mark.parametrize("spelling", ["{}_configs", "{}Configs"])
def test_who_says_nothing_has_the_default_of_the_kind(kind: str, spelling: str) -> None:
    """Alertmanager's own, in either spelling."""
    assert one(spelling.format(kind)).ends_told is (kind not in _NOT_TOLD)


@pytest.mark.parametrize("kind", ENDS_TOLD)
@pytest.mark.parametrize("stated", [True, False])
def test_what_is_said_counts(kind: str, stated: bool) -> None:
    """For each kind, in either spelling; null says nothing."""
    assert one(f"{kind}Configs", sendResolved=stated).ends_told is stated
    assert one(f"{kind}_configs", send_resolved=stated).ends_told is stated
    assert one(f"{kind}_configs", send_resolved=None).ends_told is ENDS_TOLD[kind]


def test_destinations_are_numbered_by_kind() -> None:
    """Two channels and a pager are three destinations, in the order of the file."""
    found = integrations(Field("r", {"slackConfigs": [{}, {}], "name": "team", "pagerdutyConfigs": [{}]}))
    assert [each.name for each in found] == ["slack-1", "slack-2", "pagerduty-1"]
    assert found[1].path == "r.slackConfigs[1]"
    assert integrations(Field("r", {"name": "null"})) == ()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"slack": []}, "r.slack is no list of integrations"),
        ({"slak_configs": []}, "r.slak_configs is no kind of integration"),
        ({"slackConfigs": [{"sendResolved": "no"}]}, "r.slackConfigs[0].sendResolved must be true or false"),
        ({"webhookConfigs": [{"maxAlerts": -1}]}, "must be a whole number"),
    ],
)
def test_what_alertmanager_would_not_read_is_refused(fields: dict[str, object], words: str) -> None:
    """With the path of what is wrong."""
    with pytest.raises(ShapeError) as caught:
        integrations(Field("r", fields))
    assert words in str(caught.value)


def test_only_a_webhook_limits_its_alerts() -> None:
    """In either spelling; of another kind the field means nothing."""
    assert one("webhookConfigs", maxAlerts=3).max_alerts == 3
    assert one("webhook_configs", max_alerts=3).max_alerts == 3
    assert (one("webhook_configs").max_alerts, one("slackConfigs", maxAlerts=3).max_alerts) == (0, 0)


_SECRET = {"name": "s", "key": "k"}


@pytest.mark.parametrize(
    ("kind", "fields", "settings", "unset"),
    [
        pytest.param("slackConfigs", {"apiURL": _SECRET}, (), False, id="slack: a Secret"),
        pytest.param("slack_configs", {"api_url_file": "/f"}, (), False, id="slack: a file"),
        pytest.param("slack_configs", {"channel": "#a"}, ("slack_app_token",), False, id="slack: inherited"),
        pytest.param("slackConfigs", {"channel": "#a"}, ("resolve_timeout",), True, id="slack: nowhere"),
        pytest.param("slackConfigs", {"channel": "#a"}, None, False, id="slack: may be inherited"),
        pytest.param("webhookConfigs", {"urlSecret": _SECRET}, (), False, id="webhook: a Secret"),
        pytest.param("webhook_configs", {"max_alerts": 1}, None, True, id="webhook: nowhere"),
        pytest.param("pagerdutyConfigs", {"routingKey": _SECRET}, (), False, id="pagerduty: events v2"),
        pytest.param("pagerdutyConfigs", {"serviceKey": _SECRET}, (), False, id="pagerduty: events v1"),
        pytest.param("pagerdutyConfigs", {"severity": "x"}, None, True, id="pagerduty: nowhere"),
        pytest.param("emailConfigs", {"to": "a@b"}, ("smtp_smarthost", "smtp_from"), False, id="email: inherited"),
        pytest.param("emailConfigs", {"to": "a@b"}, ("smtp_from",), True, id="email: no server"),
        pytest.param("emailConfigs", {"smarthost": "x", "from": "y"}, (), True, id="email: to nobody"),
        pytest.param("telegramConfigs", {"chatID": 1, "botToken": _SECRET}, (), False, id="telegram"),
        pytest.param("discordConfigs", {"apiURL": _SECRET}, (), False, id="discord: the resource's spelling"),
        pytest.param("msteamsv2Configs", {"webhookURL": _SECRET}, (), False, id="msteamsv2"),
        pytest.param("snsConfigs", {"topicARN": "x"}, (), False, id="sns"),
    ],
)
def test_what_alertmanager_asks_for_is_there_or_missing(
    kind: str,
    fields: dict[str, object],
    settings: tuple[str, ...] | None,
    unset: bool,
) -> None:
    """On the destination or in `global`; what is not known of `global` is not held against anybody."""
    assert bool(one(kind, **fields).unset(settings)) is unset


def test_templates_are_found_at_any_depth_and_the_rest_is_named() -> None:
    """What is rendered, and what the stand-in leaves out: addresses, secrets, `httpConfig`."""
    found = one(
        "slackConfigs",
        apiURL=_SECRET,
        channel="#a",
        sendResolved=True,
        title="{{ .Status }}",
        fields=[{"title": "t", "value": "{{ .x }}"}],
        httpConfig={"proxyURL": "http://{{ none }}"},
    )
    assert [(text.path, text.template, text.html) for text in found.texts] == [
        ("r.slackConfigs[0].title", "{{ .Status }}", False),
        ("r.slackConfigs[0].fields[0].value", "{{ .x }}", False),
    ]
    assert found.untried == ("apiURL (Secret s, key k)", "channel", "httpConfig")
    (text,) = one("emailConfigs", html="{{ .x }}").texts
    assert text.html
