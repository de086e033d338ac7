"""The unloading: each way in which monitoring outlives a run is waited for, and whoever keeps something is told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

import pytest

from harness.clients.kubernetes import ApiAnswer, ApiRequest
from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_LABEL
from harness.stacks.cluster.remove_rules import out_of_force
from harness.stacks.cluster.waits import Waits
from harness.stacks.existing.connection import ALERTMANAGER, PROMETHEUS, ClusterAccess
from harness.stacks.existing.discovery import AnyFound, FoundAlertmanager, FoundPrometheus, GivenUrl
from harness.stacks.existing.removal import WaitForUnload, remove_rules
from harness.stacks.existing.wait_for_unload import MonitoringUnload
from harness.tests.clients.speaking_server import Answer, speaking
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing import test_monitoring as sample
from harness.tests.stacks.existing.test_wait_for_unload import DIRECTORY, OBJECTS, UID, servers
from harness.tests.stacks.existing.whole_cluster import Told, WholeCluster

AFound = TypeVar("AFound", FoundPrometheus, FoundAlertmanager)
RULE = f"{DIRECTORY}/shop-x-{UID}.yaml"


def twice(one: AFound) -> AFound:
    """The same with two replicas."""
    return replace(one, at=replace(one.at, replicas=2))


BOTH: Mapping[str, AnyFound] = {PROMETHEUS: twice(sample.PROMETHEUS), ALERTMANAGER: twice(sample.ALERTMANAGER)}
WITHOUT_RULES, WITHOUT_ALERTS = MonitoringUnload.without_rules, MonitoringUnload.without_alerts
WITHOUT_ANYTHING = MonitoringUnload.without_anything


class Asked:
    """A cleanup at these servers, without a way to the pod `refused`: whom it asked, and what it told."""

    def __init__(
        self,
        say: Callable[[MonitoringUnload], object],
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
                MonitoringUnload(
                    enter=lambda: nullcontext(cast("ClusterAccess", Path())),
                    where=where,
                    objects=OBJECTS,
                    progress=told,
                    reach=reach,
                    waits=Waits(unload_s=0.0),
                )
            )
        self.lines = told.lines


def test_it_is_what_the_removal_waits_for() -> None:
    """The type checker's view."""
    found: type[WaitForUnload] = MonitoringUnload
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
    say: Callable[[MonitoringUnload], object], there: dict[str, str], consequence: str
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
def test_what_goes_later_is_not_waited_for(say: Callable[[MonitoringUnload], object], there: dict[str, str]) -> None:
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
def test_every_replica_has_to_let_go(say: Callable[[MonitoringUnload], object], who: list[str]) -> None:
    """Each takes up by itself what is deleted, and may tell; one that is not reached keeps nobody from the next."""
    pods = [f"{what}-k8s-{number}" for what in who for number in (0, 1)]
    found = Asked(say, servers(), refused=pods[0])
    assert found.pods == pods
    assert [line.split(";")[0] for line in found.lines] == ["no way: pods is forbidden"]


@pytest.mark.parametrize("say", [WITHOUT_RULES, WITHOUT_ALERTS, WITHOUT_ANYTHING])
def test_who_was_not_found_is_not_asked(say: Callable[[MonitoringUnload], object]) -> None:
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

    MonitoringUnload(enter=closed, where=BOTH, objects=OBJECTS, progress=told).without_rules()
    assert told.lines == ["no room: disk full; they may still find the controller down"]


def test_whoever_waits_for_the_rules_alone_is_not_put_off() -> None:
    """Quiet from then on is a claim."""
    assert Asked(MonitoringUnload.wait_for_rules, servers()).lines == []
    with pytest.raises(CouldNotTellError, match="Prometheus without the rules"):
        Asked(MonitoringUnload.wait_for_rules, servers(file=RULE))
    with pytest.raises(CouldNotTellError, match="no way"):
        Asked(MonitoringUnload.wait_for_rules, servers(), refused="prometheus-k8s-1")


RULE_OBJECT = "/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules/x"
_Interfere = Callable[[ApiRequest], ApiAnswer | None]


def rules_removed(file: str = "", interfere: _Interfere = lambda _: None) -> tuple[bool, list[str], list[str]]:
    """What it says, what it did to the cluster, and what it told; Prometheus has loaded that file."""
    api, told = WholeCluster(), Told()
    for path in (RULE_OBJECT, RULE_OBJECT.replace("prometheusrules", "servicemonitors")):
        api.labelled(path, {RUN_LABEL: "mine"})
    api.labelled(f"{RULE_OBJECT}-theirs", {RUN_LABEL: "other"})
    api.interfere = interfere
    with speaking(servers(file=file, job="serviceMonitor/shop/x/0")) as server:

        @contextmanager
        def reach(_near: ClusterAccess, _what: str, _found: AnyFound) -> Iterator[str]:
            assert RULE_OBJECT not in api.objects
            yield server.url

        unload = MonitoringUnload(
            enter=lambda: nullcontext(cast("ClusterAccess", Path())),
            where={PROMETHEUS: sample.PROMETHEUS},
            objects=OBJECTS,
            progress=told,
            reach=reach,
            waits=Waits(unload_s=0.1, unload_look_s=0.01),
        )
        done = out_of_force(partial(remove_rules, api.api, "mine"), unload.wait_for_rules, told)
        return done, api.changes, told.lines


def test_the_rules_go_alone_and_are_waited_for() -> None:
    """The run's; the monitor stays, so that nothing is found missing meanwhile."""
    assert rules_removed() == (True, [f"DELETE {RULE_OBJECT}"], [])


def test_rules_that_stay_in_force_are_told() -> None:
    """Nobody then takes the tear-down for quiet."""
    done, changes, (line,) = rules_removed(f"{DIRECTORY}/shop-x-{UID}.yaml")
    assert not done
    assert changes == [f"DELETE {RULE_OBJECT}"]
    assert "it has PrometheusRule shop/x; what fires from now on is not seen" in line


def test_rules_that_may_not_be_deleted_are_told() -> None:
    """They stay in force."""
    done, _, (line,) = rules_removed(interfere=lambda one: answer(403) if one.method == "DELETE" else None)
    assert not done
    assert "prometheusrules.monitoring.coreos.com shop/x: fake 403; what fires from now on is not seen" in line
