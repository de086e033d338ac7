"""Alertmanager's configuration: whose route comes first, what it sees, and where notifications go."""

from typing import Any

import pytest

from harness.core.operator.alertmanager_config import alertmanager_config, part
from harness.core.operator.object_receiver import Secrets, secrets_of
from harness.core.operator.reading import Field, ShapeError
from harness.tests.core.operator.sample import chart, config, custom, read

_TEAM = "shop/x/team"


_SECRETS: Secrets = {("shop", "s"): Field("data", {"token": "c2VjcmV0", "bytes": "/w==", "text": "no base64"})}


def made(*documents: object, values: object = None) -> Any:
    """The whole configuration."""
    installed = chart(values)
    return alertmanager_config(installed, [part(read(one), installed, _SECRETS) for one in documents])


def told_by(**authorization: object) -> dict[str, Any]:
    """An AlertmanagerConfig whose webhook has this `authorization`."""
    webhook = {"url": "http://a", "httpConfig": {"authorization": authorization}}
    return config(receivers=[{"name": "team", "webhookConfigs": [webhook]}])


def base(**fields: object) -> dict[str, object]:
    """Values with these parts of `alertmanager.config`."""
    return {"alertmanager": {"config": fields}}


def strategy(kind: str) -> dict[str, object]:
    """Values with this matcher strategy."""
    return {"alertmanager": {"alertmanagerSpec": {"alertmanagerConfigMatcherStrategy": {"type": kind}}}}


def test_a_teams_route_comes_first_and_lets_others_see() -> None:
    """Qualified names, the namespace as a matcher, `continue` forced, before the chart's own routes."""
    first, second = made(config())["route"]["routes"]
    assert first == {
        "receiver": _TEAM,
        "matchers": ['component="shop"', 'namespace="shop"'],
        "continue": True,
    }
    assert second["receiver"] == "null"


def test_the_roots_defaults_are_written_out() -> None:
    """The root states every time."""
    root = made(values=base(route={"group_wait": None, "repeat_interval": "1h"}))["route"]
    assert (root["group_wait"], root["group_interval"], root["repeat_interval"]) == ("30s", "5m", "1h")
    assert made(values=base(**{"global": None}))["global"] == {"resolve_timeout": "5m"}


def test_every_part_of_a_route_is_translated() -> None:
    """Grouping, times, nested routes, time intervals."""
    route = {
        "receiver": "team",
        "groupBy": ["a", "b"],
        "groupWait": "1m",
        "groupInterval": "2m",
        "repeatInterval": "1h",
        "activeTimeIntervals": ["work"],
        "routes": [
            {
                "continue": True,
                "muteTimeIntervals": ["work"],
                "matchers": [
                    {"name": "a", "value": 'b"\\\n', "regex": True},
                    {"name": "c", "value": "d"},
                    {"name": "e", "value": "f", "matchType": "!~"},
                ],
            }
        ],
    }
    times = {
        "times": [{"startTime": "08:00", "endTime": "17:00"}],
        "weekdays": ["monday:friday"],
        "daysOfMonth": [{"start": 1, "end": -1}],
    }
    whole = made(config(route=route, muteTimeIntervals=[{"name": "work", "timeIntervals": [times]}]))
    assert whole["route"]["routes"][0] == {
        "receiver": _TEAM,
        "group_by": ["a", "b"],
        "group_wait": "1m",
        "group_interval": "2m",
        "repeat_interval": "1h",
        "active_time_intervals": ["shop/x/work"],
        "matchers": ['namespace="shop"'],
        "continue": True,
        "routes": [
            {
                "continue": True,
                "mute_time_intervals": ["shop/x/work"],
                "matchers": ['a=~"b\\"\\\\\\n"', 'c="d"', 'e!~"f"'],
            }
        ],
    }
    assert whole["time_intervals"] == [
        {
            "name": "shop/x/work",
            "time_intervals": [
                {
                    "times": [{"start_time": "08:00", "end_time": "17:00"}],
                    "weekdays": ["monday:friday"],
                    "days_of_month": ["1:-1"],
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("kind", "namespace", "matchers"),
    [
        ("OnNamespace", "shop", ['namespace="shop"']),
        ("OnNamespaceExceptForAlertmanagerNamespace", "shop", ['namespace="shop"']),
        ("OnNamespaceExceptForAlertmanagerNamespace", "monitoring", None),
        ("None", "shop", None),
    ],
)
def test_the_strategy_decides_what_a_team_sees(kind: str, namespace: str, matchers: list[str] | None) -> None:
    """The namespace matcher of routes and inhibitions, for each strategy."""
    document = config(route={"receiver": "team"}, inhibitRules=[{"sourceMatch": [{"name": "a", "value": "b"}]}])
    document["metadata"]["namespace"] = namespace
    whole = made(document, values=strategy(kind))
    assert whole["route"]["routes"][0].get("matchers") == matchers
    assert whole["inhibit_rules"][-1] == {
        "source_matchers": ['a="b"', *(matchers or [])],
        "target_matchers": matchers or [],
        "equal": [],
    }


def test_webhooks_are_the_objects_own() -> None:
    """What is said of each is passed on, and no more; a receiver without any stays silent."""
    webhooks = [{"url": "http://a"}, {"url": "http://b", "sendResolved": False, "maxAlerts": 3}]
    receivers = [{"name": "team", "webhookConfigs": webhooks}, {"name": "quiet"}]
    assert made(config(receivers=receivers))["receivers"] == [
        {"name": "null"},
        {
            "name": _TEAM,
            "webhook_configs": [{"url": "http://a"}, {"url": "http://b", "send_resolved": False, "max_alerts": 3}],
        },
        {"name": "shop/x/quiet"},
    ]


@pytest.mark.parametrize(("kind", "given"), [("Bearer", {}), ("Other", {"type": "Other"})])
def test_credentials_come_out_of_their_secret(kind: str, given: dict[str, object]) -> None:
    """Of the object's own namespace; a bearer token unless it is said to be something else."""
    document = told_by(credentials={"name": "s", "key": "token"}, **given)
    (webhook,) = made(document)["receivers"][1]["webhook_configs"]
    assert webhook["http_config"] == {"authorization": {"type": kind, "credentials": "secret"}}
    assert [*secrets_of(read(document))] == [("shop", "s")]
    assert [*secrets_of(read(config()))] == []


@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        ({"name": "other", "key": "token"}, "names key token of Secret shop/other, which is not there"),
        ({"name": "s", "key": "other"}, "which is not there"),
        ({"name": "s", "key": "text"}, "which is no text"),
        ({"name": "s", "key": "bytes"}, "which is no text"),
    ],
    ids=["no Secret", "no key", "no base64", "no UTF-8"],
)
def test_credentials_that_cannot_be_had_are_told(credentials: object, words: str) -> None:
    """The operator takes no such object."""
    with pytest.raises(ShapeError, match=words):
        made(told_by(credentials=credentials))


def test_a_config_without_route_adds_its_inhibitions_only() -> None:
    """As in the operator: no route, no receivers, no intervals."""
    whole = made(config(route=None, inhibitRules=[{"equal": ["a"]}]))
    assert len(whole["receivers"]) == 1
    assert len(whole["route"]["routes"]) == 1
    assert len(whole["inhibit_rules"]) == 5


def test_the_charts_own_configuration_is_kept() -> None:
    """Receivers, matchers of either style and intervals of the values stay."""
    whole = made(
        values=base(
            route={"routes": [{"match": {"a": "b"}, "receiver": "pager", "continue": True}]},
            receivers=[{"name": "null"}, {"name": "pager", "pagerduty_configs": [{"routing_key": "x"}]}],
            time_intervals=[{"name": "t", "time_intervals": []}],
            inhibit_rules=[],
        )
    )
    assert whole["route"]["routes"] == [{"receiver": "pager", "match": {"a": "b"}, "continue": True}]
    assert whole["receivers"][1] == {"name": "pager", "pagerduty_configs": [{"routing_key": "x"}]}
    assert whole["time_intervals"] == [{"name": "t", "time_intervals": []}]
    assert whole["inhibit_rules"] == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"receivers": [{"name": "team"}]}, "'null', which no receiver is called"),
        ({"route": {"receiver": ""}}, "the root route must have a receiver"),
        ({"route": {"matchers": ["a=b"]}}, "is not permitted on the root route"),
        ({"route": {"groupBy": []}}, "is not known here"),
        ({"rout": {}}, "is not known here"),
    ],
)
def test_values_that_alertmanager_refuses_are_refused(fields: dict[str, object], words: str) -> None:
    """The chart would install it and Alertmanager would not start."""
    with pytest.raises(ShapeError, match=words):
        made(values=base(**fields))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"receivers": [{"name": "team"}, {"name": "team"}]}, "each only once"),
        ({"receivers": [{"slackConfigs": []}]}, "must have names"),
        ({"route": {"groupBy": ["a"]}}, "the top route must have a receiver"),
        ({"route": {"receiver": "other"}}, "'other', which no receiver is called"),
        ({"route": {"receiver": "team", "groupBy": ["a", "a"]}}, "has a label twice"),
        ({"route": {"receiver": "team", "groupBy": ["...", "a"]}}, "has a label twice"),
        ({"route": {"receiver": "team", "groupWait": "soon"}}, "no duration"),
        ({"route": {"receiver": "team", "matchers": [{"value": "a"}]}}, "name is missing"),
        ({"route": {"receiver": "team", "matchers": [{"name": "a", "matchType": "~"}]}}, "must be one of"),
        ({"route": {"receiver": "team", "routes": [{"muteTimeIntervals": ["x"]}]}}, "no time interval is called"),
        ({"muteTimeIntervals": [{"timeIntervals": []}]}, "name is missing"),
        (
            {"muteTimeIntervals": [{"name": "a", "timeIntervals": [{"daysOfMonth": [{"start": "1"}]}]}]},
            "must be a day of the month",
        ),
        ({"inhibitRules": [{"source": []}]}, "is not known here"),
        ({"routes": {}}, "is not known here"),
        ({"receivers": [{"name": "team", "slackConfigs": [{}]}]}, "slackConfigs .* tells webhooks only"),
        ({"receivers": [{"name": "team", "webhookConfigs": [{"urlSecret": {}}]}]}, "urlSecret is not known here"),
    ],
)
def test_objects_that_the_operator_refuses_are_refused(fields: dict[str, object], words: str) -> None:
    """Each with the path of what is wrong."""
    document = config(**fields)
    with pytest.raises(ShapeError, match=words):
        part(read(document), chart(), {})


def test_a_minimal_object_is_accepted() -> None:
    """An AlertmanagerConfig without anything adds nothing."""
    assert made(custom("AlertmanagerConfig", {})) == made()
