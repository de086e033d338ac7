"""The cleanup: each way in which monitoring outlives a run is waited for, and whoever does not let go is told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.existing import wait_for_unload
from harness.stacks.existing.cleanup import Cleanup
from harness.stacks.existing.connection import ALERTMANAGER, PROMETHEUS, ClusterAccess
from harness.stacks.existing.discovery import AnyFound, FoundAlertmanager, FoundPrometheus, GivenUrl
from harness.stacks.existing.removal import Monitoring
from harness.tests.clients.speaking_server import Answer, speaking
from harness.tests.stacks.existing import test_monitoring as sample
from harness.tests.stacks.existing.test_wait_for_unload import DIRECTORY, OBJECTS, UID, servers
from harness.tests.stacks.existing.whole_cluster import Told

AFound = TypeVar("AFound", FoundPrometheus, FoundAlertmanager)
RULE = f"{DIRECTORY}/shop-x-{UID}.yaml"


def twice(one: AFound) -> AFound:
    """The same with two replicas."""
    return replace(one, at=replace(one.at, replicas=2))


BOTH: Mapping[str, AnyFound] = {PROMETHEUS: twice(sample.PROMETHEUS), ALERTMANAGER: twice(sample.ALERTMANAGER)}
WITHOUT_RULES, WITHOUT_ALERTS = Cleanup.without_rules, Cleanup.without_alerts
WITHOUT_ANYTHING = Cleanup.without_anything


@pytest.fixture(autouse=True)
def _one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wait_for_unload, "_TIMEOUT_S", 0.0)


class Asked:
    """A cleanup at these servers, without a way to the pod `refused`: whom it asked, and what it told."""

    def __init__(
        self,
        say: Callable[[Cleanup], object],
        answers: Mapping[str, Answer],
        *,
        refused: str = "",
        where: Mapping[str, AnyFound] = BOTH,
    ) -> None:
        self.pods: list[str] = []
        told = Told()
        with speaking(answers) as server:

            @contextmanager
            def reach(_near: ClusterAccess, what: str, found: AnyFound) -> Iterator[str]:
                pod = what if isinstance(found, GivenUrl) else found.at.pod
                self.pods.append(pod)
                if pod == refused:
                    raise CouldNotTellError("no way", why="pods is forbidden", fix="-")
                yield server.url

            say(
                Cleanup(
                    enter=lambda: nullcontext(cast("ClusterAccess", Path())),
                    where=where,
                    objects=OBJECTS,
                    progress=told,
                    reach=reach,
                )
            )
        self.lines = told.lines


def test_it_is_what_the_removal_waits_for() -> None:
    """The type checker's view."""
    found: type[Monitoring] = Cleanup
    assert found


@pytest.mark.parametrize(
    ("say", "there", "consequence"),
    [
        (WITHOUT_RULES, {"file": RULE}, "they may still find the controller down"),
        (WITHOUT_ALERTS, {"alert": "Down"}, "the cluster's own receivers may be told of them"),
        (WITHOUT_ANYTHING, {"file": RULE}, "the next run has to wait for it"),
        (WITHOUT_ANYTHING, {"job": "serviceMonitor/shop/x/0"}, "the next run has to wait for it"),
        (WITHOUT_ANYTHING, {"receiver": "shop/x/team"}, "the next run has to wait for it"),
    ],
    ids=["rules", "alerts", "a rule at the end", "monitor", "route"],
)
def test_who_does_not_let_go_is_told_and_keeps_nobody(
    say: Callable[[Cleanup], object], there: dict[str, str], consequence: str
) -> None:
    """Each replica, with what is there and what may come of it."""
    assert Asked(say, servers()).lines == []
    lines = Asked(say, servers(**there)).lines
    assert len(lines) == 2
    assert all(line.endswith(f"; {consequence}") and ": last seen: it has " in line for line in lines)


@pytest.mark.parametrize(
    ("say", "there"),
    [
        (WITHOUT_RULES, {"job": "serviceMonitor/shop/x/0", "receiver": "shop/x/team", "alert": "Down"}),
        (WITHOUT_ALERTS, {"file": RULE, "job": "serviceMonitor/shop/x/0", "receiver": "shop/x/team"}),
    ],
    ids=["rules", "alerts"],
)
def test_what_goes_later_is_not_waited_for(say: Callable[[Cleanup], object], there: dict[str, str]) -> None:
    """Monitor and route are there until rules and alerts are not."""
    assert Asked(say, servers(**there)).lines == []


@pytest.mark.parametrize(
    ("say", "who"),
    [
        (WITHOUT_RULES, ["prometheus"]),
        (WITHOUT_ALERTS, ["alertmanager"]),
        (WITHOUT_ANYTHING, [PROMETHEUS, ALERTMANAGER]),
    ],
    ids=["rules", "alerts", "anything"],
)
def test_every_replica_has_to_let_go(say: Callable[[Cleanup], object], who: list[str]) -> None:
    """Each takes up by itself what is deleted, and may tell; one that is not reached keeps nobody from the next."""
    pods = [f"{what}-k8s-{number}" for what in who for number in (0, 1)]
    found = Asked(say, servers(), refused=pods[0])
    assert found.pods == pods
    assert [line.split(";")[0] for line in found.lines] == ["no way: pods is forbidden"]


@pytest.mark.parametrize("say", [WITHOUT_RULES, WITHOUT_ALERTS, WITHOUT_ANYTHING])
def test_who_was_not_found_is_not_asked(say: Callable[[Cleanup], object]) -> None:
    """That was told when it was looked for."""
    found = Asked(say, {}, where={})
    assert (found.pods, found.lines) == ([], [])


def test_one_given_by_url_is_one() -> None:
    """Whoever answers there."""
    assert Asked(WITHOUT_RULES, servers(), where={PROMETHEUS: GivenUrl(url="")}).pods == [PROMETHEUS]


def test_a_door_that_does_not_open_is_told() -> None:
    """The removal goes on."""
    told = Told()

    def closed() -> nullcontext[ClusterAccess]:
        raise CouldNotTellError("no room", why="disk full", fix="-")

    Cleanup(enter=closed, where=BOTH, objects=OBJECTS, progress=told).without_rules()
    assert told.lines == ["no room: disk full; they may still find the controller down"]


def test_whoever_waits_for_the_rules_alone_is_not_put_off() -> None:
    """Quiet from then on is a claim."""
    assert Asked(Cleanup.wait_for_rules, servers()).lines == []
    with pytest.raises(CouldNotTellError, match="Prometheus without the rules"):
        Asked(Cleanup.wait_for_rules, servers(file=RULE))
    with pytest.raises(CouldNotTellError, match="no way"):
        Asked(Cleanup.wait_for_rules, servers(), refused="prometheus-k8s-1")
