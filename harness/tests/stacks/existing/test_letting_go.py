"""Letting go: what was deleted is waited for until nobody acts on it, and whoever does not let go is told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import pytest

from harness.core.errors import CouldNotTellError
from harness.core.operator.reading import Custom
from harness.stacks.existing import letting_go as module
from harness.stacks.existing.discovery import FoundAlertmanager, FoundPrometheus, GivenUrl
from harness.stacks.existing.examination import Found
from harness.stacks.existing.guard import Tenancy
from harness.stacks.existing.letting_go import in_alertmanager, in_prometheus, let_go, wait_until_gone
from harness.stacks.existing.running import NoAnswerError
from harness.stacks.existing.way import AnyFound, Near
from harness.tests.core.operator import sample
from harness.tests.observe.speaking_server import Answer, data, speaking
from harness.tests.stacks.existing.test_monitoring import ALERTMANAGER, PROMETHEUS
from harness.tests.stacks.existing.whole_cluster import Told
from harness.waiting import WaitTimeoutError

OBJECTS = tuple(map(Custom.read, (sample.rule(), sample.monitor(), sample.config())))
UID = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
DIRECTORY = "/etc/prometheus/rules/prometheus-k8s-rulefiles-0"
RULES, CONFIG, STATUS = "/api/v1/rules", "/api/v1/status/config", "/api/v2/status"


def servers(*, file: str = "", job: str = "", receiver: str = "") -> dict[str, Answer]:
    """A Prometheus and an Alertmanager that have loaded this."""
    original = f"route:\n  receiver: {receiver}\nreceivers:\n- name: {receiver}\n".replace("\n", "\\n")
    return {
        RULES: data({"groups": [{"name": "g", "file": file}, {"name": "h", "file": f"{DIRECTORY}/other.yaml"}]}),
        CONFIG: data({"yaml": f"global: {{}}\nscrape_configs:\n- job_name: {job}\n"}),
        STATUS: (200, f'{{"config": {{"original": "{original}"}}}}'),
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
    with pytest.raises(NoAnswerError):
        loaded({**servers(), **wrong})


def test_it_is_looked_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also over a restart, in which it does not answer."""
    monkeypatch.setattr(module, "_LOOK_S", 0.0)
    looks = iter([("PrometheusRule shop/x",), None, ()])

    def look() -> tuple[str, ...]:
        found = next(looks)
        if found is None:
            raise NoAnswerError("-", why="-", fix="-")
        return found

    wait_until_gone("Prometheus", look)
    assert next(looks, "all taken") == "all taken"


def test_what_stays_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not waited for without end."""
    monkeypatch.setattr(module, "_TIMEOUT_S", 0.0)
    with pytest.raises(WaitTimeoutError, match="Prometheus without what was deleted") as error:
        wait_until_gone("Prometheus", lambda: ("PrometheusRule shop/x",))
    assert "it has PrometheusRule shop/x" in error.value.why


AFound = TypeVar("AFound", FoundPrometheus, FoundAlertmanager)


def twice(one: AFound) -> AFound:
    """The same with two replicas."""
    return replace(one, at=replace(one.at, replicas=2))


def gone(answers: Mapping[str, Answer], *, refused: str = "") -> list[str]:
    """What is said on the way out; there is no way to `refused`."""
    told, found = Told(), GivenUrl(url="")
    both = Found(tenancy=Tenancy.OWN, prometheus=found, alertmanager=found, objects=OBJECTS)
    with speaking(answers) as server:

        @contextmanager
        def reach(_near: Near, what: str, _found: AnyFound) -> Iterator[str]:
            if what == refused:
                raise CouldNotTellError("no way", why="pods is forbidden", fix="-")
            yield server.url

        let_go(cast("Near", Path()), both, told, reach=reach)
    return told.lines


def test_the_way_out_goes_on_whoever_does_not_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told what may come of it; the other one is asked all the same."""
    monkeypatch.setattr(module, "_TIMEOUT_S", 0.0)
    assert gone(servers()) == []
    (line,) = gone(servers(receiver="shop/x/team"), refused="prometheus")[:1]
    assert line.startswith("no way: pods is forbidden; until then it may tell somebody")
    assert "AlertmanagerConfig shop/x" in gone(servers(receiver="shop/x/team"), refused="prometheus")[1]


def test_every_replica_has_to_let_go() -> None:
    """Each takes up by itself what is deleted, and may tell; one that is not reached keeps nobody from the next."""
    asked: list[str] = []
    both = Found(tenancy=Tenancy.OWN, prometheus=twice(PROMETHEUS), alertmanager=twice(ALERTMANAGER), objects=OBJECTS)
    told = Told()
    with speaking(servers()) as server:

        @contextmanager
        def reach(_near: Near, _what: str, found: AnyFound) -> Iterator[str]:
            assert not isinstance(found, GivenUrl)
            asked.append(found.at.pod)
            if found.at.pod == "prometheus-k8s-0":
                raise CouldNotTellError("no way", why="-", fix="-")
            yield server.url

        let_go(cast("Near", Path()), both, told, reach=reach)
    assert asked == [f"{what}-k8s-{number}" for what in ("prometheus", "alertmanager") for number in (0, 1)]
    assert len(told.lines) == 1
