"""Waiting for a scrape ends where the objects, the pods or enough time say that it is in vain."""

from dataclasses import replace

import pytest

from harness.clients.prometheus import PrometheusReader
from harness.core.judge.preflight import Installed
from harness.core.operator.selector import LabelSelector
from harness.stacks.scrape_watch import ScrapeWatch, scraped
from harness.tests.clients.speaking_server import data, speaking
from harness.tests.core.judge.preflight.world import INSTALLED, MONITORED, with_container
from harness.waiting import NotYet

#: as a stack knows it: Prometheus is not asked
_UP = replace(INSTALLED, targets=None)


class _World:
    """A clock and facts, both set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.facts = _UP
        self.looks = 0

    def read(self) -> Installed:
        self.looks += 1
        return self.facts

    def watch(self) -> ScrapeWatch:
        return ScrapeWatch(read=self.read, after_ready_s=10.0, clock=lambda: self.now_s)


def test_what_no_waiting_changes_ends_it_at_once() -> None:
    """A selector that fits nothing, a container that crashes."""
    world = _World()
    for facts in (
        replace(_UP, monitor=replace(MONITORED, selector=LabelSelector(labels={"app": "x"}))),
        replace(with_container(exits=2, exit_code=1, running_s=None), targets=None),
    ):
        world.facts = facts
        assert world.watch().in_vain()


def test_a_controller_that_is_ready_has_a_while_to_be_scraped() -> None:
    """From when it was ready, and anew where it ceases to be."""
    world = _World()
    watch = world.watch()
    world.facts = replace(with_container(running_s=1.0), targets=None)
    assert not watch.in_vain()
    for now_s, facts, vain in (
        (20.0, _UP, False),
        (29.0, _UP, False),
        (29.5, replace(with_container(running_s=1.0), targets=None), False),
        (30.0, _UP, False),
        (39.9, _UP, False),
        (41.0, _UP, True),
        (41.1, with_container(running_s=1.0), True),
    ):
        world.now_s, world.facts = now_s, facts
        assert watch.in_vain() is vain


def test_the_api_is_asked_twice_a_second_at_most() -> None:
    """Each look is a dozen requests."""
    world = _World()
    watch = world.watch()
    for now_s in (0.0, 0.1, 0.4, 0.5, 0.9):
        world.now_s = now_s
        watch.in_vain()
    assert world.looks == 2


@pytest.mark.parametrize(
    ("values", "seen"),
    [((), "0 of 0"), ((0,), "0 of 1"), ((1, 0), "1 of 2"), ((1, 1), None)],
    ids=["none", "down", "one-down", "all-up"],
)
def test_every_target_has_to_be_up(values: tuple[int, ...], seen: str | None) -> None:
    """And there has to be one; a Prometheus that does not answer is waited for, with its words."""
    found = data({"result": [{"metric": {}, "value": [0, str(value)]} for value in values]})
    with speaking({"/api/v1/query": found}) as server, PrometheusReader(server.url) as prometheus:
        answer = scraped(prometheus, "metrics")
        assert answer == (seen and NotYet(f"{seen} targets of job metrics are up"))
        assert server.asked == [("/api/v1/query", {"query": ['up{job="metrics"}']})]
        server.answers = {}
        silent = scraped(prometheus, "metrics")
        assert isinstance(silent, NotYet)
        assert "404" in silent.mismatch
