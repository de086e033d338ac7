"""Alertmanager is read as loaded; an answer of another shape is "could not tell"."""

import json

import pytest

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.endpoint import UnexpectedAnswerError
from harness.tests.clients.speaking_server import speaking

ANSWERS = {
    "/api/v2/status": (200, json.dumps({"config": {"original": "route: {}"}, "uptime": "x"})),
    "/api/v2/receivers": (200, json.dumps([{"name": "team"}, {"name": "null"}])),
    "/api/v2/alerts": (
        200,
        json.dumps(
            [{"labels": {"alertname": "A"}, "receivers": [{"name": "team"}], "startsAt": "2026-11-23T07:00:00.250Z"}]
        ),
    ),
    "/-/ready": (200, "OK"),
}


def test_configuration_receivers_and_alerts_are_read() -> None:
    """Each alert with the receivers its routes lead to."""
    with speaking(ANSWERS) as server, AlertmanagerReader(server.url) as reader:
        assert reader.config() == "route: {}"
        assert reader.receivers() == ("team", "null")
        (held,) = reader.alerts()
        assert (held.labels, held.receivers, held.starts_at_s) == ({"alertname": "A"}, ("team",), 1795417200.25)
        assert reader.alive()


def test_an_answer_of_another_shape_is_could_not_tell() -> None:
    """Whatever was asked."""
    with speaking(dict.fromkeys(ANSWERS, (200, "3"))) as server, AlertmanagerReader(server.url) as reader:
        for ask in (reader.config, reader.receivers, reader.alerts):
            with pytest.raises(UnexpectedAnswerError):
                ask()


def test_a_server_that_is_not_ready_is_not_alive() -> None:
    """Asking never raises."""
    with speaking({}) as server, AlertmanagerReader(server.url) as reader:
        assert not reader.alive()
