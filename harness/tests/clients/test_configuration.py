"""Reading a setting: rules as loaded, the series they read, the routes; what cannot be read is told."""

import json

import pytest

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.configuration import read_setting
from harness.clients.prometheus import PrometheusReader
from harness.core.configuration_snapshot import ConfigSnapshot
from harness.tests.clients.speaking_server import SpeakingServer, data, speaking

_QUERY = "/api/v1/query"
_CONFIG = """
route: {receiver: team, routes: [{matchers: ['a=b'], receiver: team}]}
receivers: [{name: team, webhook_configs: [{url: <secret>}]}]
inhibit_rules: [{source_matchers: ['a=b'], target_matchers: ['c=d']}]
"""


def _rule(name: str, query: str, kind: str = "alerting", **more: object) -> dict[str, object]:
    return {"name": name, "query": query, "health": "ok", "type": kind, **more}


def _groups(*rules: dict[str, object], interval: float = 1.0) -> dict[str, object]:
    ours = {"name": "mirror", "file": "/one/path", "interval": interval, "rules": list(rules)}
    chart = {"name": "others", "file": "/x", "interval": 1, "rules": [_rule("Watchdog", "vector(1)")]}
    return {"groups": [ours, chart]}


_RULES = (
    _rule("level:depth", "sum(depth)", "recording"),
    _rule("Deep", "level:depth  > 5", duration=10, labels={"severity": "warning"}, annotations={"summary": "s"}),
    _rule("harness:evaluated", "vector(1)", "recording", labels={"rule_group": "mirror"}),
)


def _read(groups: object, *, series: object = ()) -> ConfigSnapshot:
    answers = {
        "/api/v1/rules": data(groups),
        _QUERY: data({"resultType": "vector", "result": list(series)}),  # type: ignore[call-overload]  # a list
        "/api/v2/status": (200, json.dumps({"config": {"original": _CONFIG}})),
    }
    with speaking(answers) as server:
        return _ask(server)


def _ask(server: SpeakingServer) -> ConfigSnapshot:
    with PrometheusReader(server.url) as prometheus, AlertmanagerReader(server.url) as alertmanager:
        return read_setting(
            prometheus, alertmanager, namespace="ns", documented={"Deep"}, speed=30, evaluation_s=1, since_s=90.4
        )


def test_a_setting_is_read() -> None:
    """The subject's own groups without the heartbeat; what they read and do not record, and `up`; routes."""
    labels = {"__name__": "depth", "job": "mirror", "pod": "p"}
    found = _read(_groups(*_RULES), series=[{"metric": labels, "value": [1, "2"]}])
    assert found.unread == ""
    assert found.series == ('depth{job="mirror", pod}', 'up{job="mirror", pod}')
    assert found.rules == (
        "mirror, every 1s, 1 of 2: level:depth = sum(depth)",
        'mirror, every 1s, 2 of 2: Deep = level:depth > 5 for 10s with {"severity": "warning"} says {"summary": "s"}',
    )
    assert [route[:4] for route in found.routes] == ["root", "0: {"]
    assert found.inhibitions == ('{a="b"} mutes {c="d"}',)


@pytest.mark.parametrize(
    ("rules", "interval"),
    [
        (_RULES[1:], 1.0),
        ((_RULES[1], _RULES[0]), 1.0),
        ((_RULES[0], {**_RULES[1], "duration": 11}), 1.0),
        ((_RULES[0], {**_RULES[1], "query": "level:depth > 6"}), 1.0),
        ((_RULES[0], {**_RULES[1], "labels": {}}), 1.0),
        ((_RULES[0], {**_RULES[1], "annotations": {}}), 1.0),
        ((_RULES[0], {**_RULES[1], "keepFiringFor": 1}), 1.0),
        (_RULES, 2.0),
    ],
    ids=["a rule", "order", "for", "expression", "labels", "annotations", "keep firing", "interval"],
)
def test_rules_that_do_something_else_show(rules: tuple[dict[str, object], ...], interval: float) -> None:
    """Each part that decides is in the lines."""
    assert _read(_groups(*rules, interval=interval)).rules != _read(_groups(*_RULES)).rules


def test_the_same_expression_in_other_words_is_the_same() -> None:
    """Blanks and line ends are the operator's or the writer's."""
    other = {**_RULES[1], "query": "level:depth\n> 5"}
    assert _read(_groups(_RULES[0], other)).rules == _read(_groups(*_RULES)).rules


def test_series_of_a_pod_that_is_new_or_gone_are_seen() -> None:
    """Their figures are renewed seldom: it is asked for all that there were in the stack's life."""
    answers = {
        "/api/v1/rules": data(_groups(*_RULES)),
        _QUERY: data({"resultType": "vector", "result": []}),
        "/api/v2/status": (200, json.dumps({"config": {"original": _CONFIG}})),
    }
    with speaking(answers) as server:
        _ask(server)
        queries = [query["query"][0] for path, query in server.asked if path == _QUERY]
    assert queries[0] == 'last_over_time({__name__="depth", namespace="ns"}[1m30s])'


def test_what_does_not_answer_is_told() -> None:
    """A setting that is not known is no reason to fail, and equal to no other."""
    with speaking({}) as server:
        found = _ask(server)
    assert "/api/v1/rules" in found.unread
    assert found.rules == ()
