"""The wait for unloading: what was deleted is seen as long as somebody acts on it, and waited for until nobody does."""

import json
from collections.abc import Mapping

import pytest

from harness.clients.endpoint import UnexpectedAnswerError
from harness.core.operator.reading import Custom
from harness.stacks.cluster.waits import Waits
from harness.stacks.existing.wait_for_unload import alerts_of, in_alertmanager, in_prometheus, wait_until_gone
from harness.tests.clients.speaking_server import Answer, data, speaking
from harness.tests.core.operator import sample
from harness.waiting import WaitTimeoutError

OBJECTS = tuple(map(Custom.read, (sample.rule(), sample.monitor(), sample.config())))
UID = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
DIRECTORY = "/etc/prometheus/rules/prometheus-k8s-rulefiles-0"
RULES, CONFIG, STATUS, ALERTS = "/api/v1/rules", "/api/v1/status/config", "/api/v2/status", "/api/v2/alerts"


def group(file: str) -> dict[str, object]:
    """One of Prometheus's."""
    return {"name": "g", "file": file, "interval": 1, "rules": []}


def servers(*, file: str = "", job: str = "", receiver: str = "", alert: str = "") -> dict[str, Answer]:
    """A Prometheus and an Alertmanager that have loaded this, and have taken that alert."""
    original = f"route:\n  receiver: {receiver}\nreceivers:\n- name: {receiver}\n".replace("\n", "\\n")
    return {
        RULES: data({"groups": [group(file), group(f"{DIRECTORY}/other.yaml")]}),
        CONFIG: data({"yaml": f"global: {{}}\nscrape_configs:\n- job_name: {job}\n"}),
        STATUS: (200, f'{{"config": {{"original": "{original}"}}}}'),
        ALERTS: alerts(*([(alert, "t1")] if alert else [])),
    }


def loaded(answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """What both still have."""
    with speaking(answers) as server:
        return (*in_prometheus(server.url, OBJECTS), *in_alertmanager(server.url, OBJECTS))


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({"file": f"{DIRECTORY}/shop-x-{UID}.yaml"}, ("PrometheusRule shop/x",)),
        ({"job": "serviceMonitor/shop/x/0"}, ("ServiceMonitor shop/x",)),
        ({"receiver": "shop/x/team"}, ("AlertmanagerConfig shop/x",)),
        ({"file": f"{DIRECTORY}/shop-x-more-{UID}.yaml"}, ()),
        ({"file": f"{DIRECTORY}/my-shop-x-{UID}.yaml"}, ()),
        ({"job": "serviceMonitor/shop/x-more/0"}, ()),
        ({"job": "podMonitor/shop/x/0"}, ()),
        ({"receiver": "my-shop/x/team"}, ()),
        ({}, ()),
    ],
    ids=[
        *(
            "rule",
            "monitor",
            "route",
            "longer rule",
            "longer namespace",
            "longer monitor",
            "pods",
            "longer owner",
            "none",
        )
    ],
)
def test_what_is_loaded_is_known_by_the_operators_names(there: dict[str, str], told: tuple[str, ...]) -> None:
    """And what only begins or ends like it is another's."""
    assert loaded(servers(**there)) == told


@pytest.mark.parametrize(
    "wrong",
    [{RULES: (503, "")}, {RULES: data({"groups": {}})}, {CONFIG: data({"yaml": []})}, {STATUS: (200, '{"config": 1}')}],
    ids=["silent", "groups", "config", "status"],
)
def test_no_answer_is_not_nothing(wrong: dict[str, Answer]) -> None:
    """Who cannot be asked has not let go."""
    with pytest.raises(UnexpectedAnswerError):
        loaded({**servers(), **wrong})


def test_it_is_looked_until_nothing_is_left() -> None:
    """Also over a restart, in which it does not answer."""
    looks = iter([("PrometheusRule shop/x",), None, ()])

    def look() -> tuple[str, ...]:
        found = next(looks)
        if found is None:
            raise UnexpectedAnswerError("-", why="-", fix="-")
        return found

    wait_until_gone("Prometheus without the rules", look, Waits(unload_look_s=0.0))
    assert next(looks, "all taken") == "all taken"


def test_what_stays_is_named() -> None:
    """And not waited for without end."""
    with pytest.raises(WaitTimeoutError, match="Prometheus without the rules") as error:
        wait_until_gone("Prometheus without the rules", lambda: ("PrometheusRule shop/x",), Waits(unload_s=0.0))
    assert "it has PrometheusRule shop/x" in error.value.why


def alerts(*taken: tuple[str, str]) -> Answer:
    """Of an Alertmanager: name, which is its fingerprint too, and when it was sent last."""
    body = [{"fingerprint": name, "labels": {"alertname": name}, "updatedAt": at} for name, at in taken]
    return 200, json.dumps(body)


def test_alerts_are_left_until_they_end_or_are_sent_again() -> None:
    """One that is sent again has a rule that was not deleted; one that begins later is nothing of the run's."""
    answers: dict[str, Answer] = {ALERTS: (503, "")}
    with speaking(answers) as server:
        look = alerts_of(server.url, OBJECTS)
        with pytest.raises(UnexpectedAnswerError):
            look()
        answers[ALERTS] = alerts(("Down", "t1"), ("Others", "t1"), ("Ended", "t1"))
        assert look() == ("alert Down", "alert Others", "alert Ended")
        answers[ALERTS] = alerts(("Down", "t1"), ("Others", "t2"), ("New", "t2"))
        assert look() == ("alert Down",)
        answers[ALERTS] = alerts(("Others", "t2"))
        assert look() == ()
        assert {query["receiver"][0] for _, query in server.asked} == {"shop/x/.*"}


def test_without_a_route_no_alert_has_a_way() -> None:
    """Nobody is asked."""
    with speaking({}) as server:
        assert alerts_of(server.url, OBJECTS[:2])() == ()
        assert server.asked == []


def test_what_is_no_list_of_alerts_is_told() -> None:
    """It may be a proxy's page."""
    with speaking({ALERTS: (200, '{"error": "x"}')}) as server, pytest.raises(UnexpectedAnswerError):
        alerts_of(server.url, OBJECTS)()
