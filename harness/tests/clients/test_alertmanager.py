"""Alertmanager is read as loaded; an answer of another shape is "could not tell"."""

import json

import pytest

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.endpoint import UnexpectedAnswerError
from harness.tests.clients.speaking_server import speaking

ANSWERS = {
    "/api/v2/status": (
        200,
        json.dumps({"config": {"original": "route: {}"}, "uptime": "x", "versionInfo": {"version": "0.31.1"}}),
    ),
    "/api/v2/receivers": (200, json.dumps([{"name": "team"}, {"name": "null"}])),
    "/api/v2/alerts": (
        200,
        json.dumps([{"fingerprint": "f", "labels": {"alertname": "A"}, "updatedAt": "2026-11-23T07:00:00.250Z"}]),
    ),
}


def test_configuration_receivers_and_alerts_are_read() -> None:
    """Those alerts that are routed to the receivers asked for; the expression is not read as a query's text."""
    with speaking(ANSWERS) as server, AlertmanagerReader(server.url) as reader:
        assert reader.config() == "route: {}"
        assert reader.version() == "0.31.1"
        assert reader.receivers() == ("team", "null")
        (held,) = reader.alerts(receivers="shop/x/.*|a&b")
        assert (held.fingerprint, held.title, held.updated_at) == ("f", "A", "2026-11-23T07:00:00.250Z")
    assert server.asked[-1] == ("/api/v2/alerts", {"receiver": ["shop/x/.*|a&b"]})


def test_silences_are_read_as_matchers_are_written() -> None:
    """An expired one, too; one from before Alertmanager knew `isEqual` is of equality."""
    matchers = [
        {"name": "namespace", "value": 'sh"op', "isRegex": False},
        {"name": "pod", "value": "a|b", "isRegex": True, "isEqual": False},
    ]
    times = {"startsAt": "2026-11-23T07:00:00.250Z", "endsAt": "2026-11-23T08:00:00Z"}
    made = {"id": "1", "status": {"state": "expired"}, "createdBy": "al", "comment": "", "matchers": matchers, **times}
    answers = {"/api/v2/silences": (200, json.dumps([made]))}
    with speaking(answers) as server, AlertmanagerReader(server.url) as reader:
        (found,) = reader.silences()
    assert str(found) == r'a silence of al, {namespace="sh\"op", pod!~"a|b"}'
    assert found.end_s - found.start_s == 3599.75


def test_an_answer_of_another_shape_is_could_not_tell() -> None:
    """Whatever was asked."""
    with (
        speaking(dict.fromkeys([*ANSWERS, "/api/v2/silences"], (200, "3"))) as server,
        AlertmanagerReader(server.url) as reader,
    ):
        for ask in (reader.config, reader.receivers, reader.silences, lambda: reader.alerts(receivers=".*")):
            with pytest.raises(UnexpectedAnswerError):
                ask()
