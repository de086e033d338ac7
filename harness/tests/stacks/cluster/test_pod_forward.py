"""The way to a pod is up while the pod is there, refuses when it is not, and never changes its local address."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.pod_forward import PodForward
from harness.tests.stacks.cluster.fake_kubectl import RUN, Clock, FakeKubectl, ask, fake_kubectl, left_over, refuses
from harness.waiting import NotYet, wait_until

_FIRST, _SECOND = ("kubemirror", "controller-1"), ("kubemirror", "controller-2")


class Pods:
    """Who has the address, as the API server tells it."""

    def __init__(self) -> None:
        self.pod: tuple[str, str] | None = _FIRST
        self.answers = True
        self.asked: list[str] = []

    def find(self, pod_ip: str) -> tuple[str, str] | None:
        self.asked.append(pod_ip)
        if not self.answers:
            raise CouldNotTellError("no answer", why="the API server is down", fix="-")
        return self.pod


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeKubectl]:
    """A kubectl that works until it is told otherwise."""
    with fake_kubectl(tmp_path) as kubectl:
        yield kubectl


@pytest.fixture
def pods() -> Pods:
    """The first pod has the address."""
    return Pods()


@pytest.fixture
def clock() -> Clock:
    """For the pauses."""
    return Clock()


@pytest.fixture
def way(fake: FakeKubectl, pods: Pods, clock: Clock, tmp_path: Path) -> Iterator[PodForward]:
    """One without a thread: the test looks."""
    one = PodForward("10.0.0.7", 8080, find=pods.find, kubectl=fake.kubectl, logs=tmp_path, run_id=RUN, clock=clock)
    yield one
    one.close()


def _end(way: PodForward, word: str) -> None:
    """One connection that makes the forward end; returns when it has."""
    ask(way.address, word)
    assert way._forward is not None
    ended: Callable[[], str | None] = way._forward.ended
    wait_until("end", lambda: ended() or NotYet("it runs"), timeout_s=60)


def test_it_leads_to_the_pod_that_has_the_address(
    fake: FakeKubectl, way: PodForward, pods: Pods, tmp_path: Path
) -> None:
    """Refused before, and started once however often anybody looks."""
    assert refuses(way.address)
    assert [way.tend(), way.tend()] == [True, True]
    assert ask(way.address) == "pod/controller-1"
    assert (pods.asked, len(fake.calls()), way.drops) == (["10.0.0.7"], 1, ())
    args = fake.calls()[0][0]
    assert args[args.index("--namespace") + 1] == "kubemirror"
    assert args[-1].endswith(":8080")
    assert (tmp_path / "port-forward-kubemirror-controller-1-8080.log").exists()


def test_a_forward_that_died_comes_back_after_a_pause(fake: FakeKubectl, way: PodForward, clock: Clock) -> None:
    """To the same address; that it was the pod itself that refused is said."""
    way.tend()
    address = way.address
    _end(way, "refuse")
    way.tend()
    assert refuses(address)
    assert len(fake.calls()) == 1
    clock.now_s += 0.5
    way.tend()
    assert (way.address, ask(address)) == (address, "pod/controller-1")
    (drop,) = way.drops
    assert "because the pod refused a connection" in drop.why
    assert drop.back_s is not None


def test_a_forward_that_lasted_comes_back_at_once(way: PodForward, clock: Clock) -> None:
    """The pause is between two starts, and the pod is asked for again whenever its forward ended."""
    way.tend()
    clock.now_s += 0.5
    _end(way, "drop")
    way.tend()
    assert ask(way.address) == "pod/controller-1"


def test_a_pod_that_is_gone_is_refused_and_no_drop(way: PodForward, pods: Pods) -> None:
    """Its forward ended with it."""
    way.tend()
    pods.pod = None
    _end(way, "drop")
    assert way.tend()
    assert (refuses(way.address), way.drops, left_over()) == (True, (), [])


def test_a_forward_that_did_not_notice_that_its_pod_is_gone_is_ended(way: PodForward, pods: Pods, clock: Clock) -> None:
    """Nobody connects, so kubectl would run for as long as the run does."""
    way.tend()
    pods.pod = None
    clock.now_s += 5.0
    assert way.tend()
    assert (refuses(way.address), way.drops, left_over()) == (True, (), [])


def test_after_a_while_without_a_pod_it_is_over(way: PodForward, pods: Pods, clock: Clock) -> None:
    """Not before: whoever asked just now still uses the address. A pod in between counts from the beginning."""
    looks = []
    for pod in [None] * 19 + [_FIRST] + [None] * 20:
        pods.pod = pod
        looks.append(way.tend())
        clock.now_s += 5.0
    assert looks == [True] * 39 + [False]
    assert way.over
    assert left_over() == []


def test_an_address_that_another_pod_got_leads_to_that_one(way: PodForward, pods: Pods, clock: Clock) -> None:
    """Never to the one before."""
    way.tend()
    pods.pod = _SECOND
    clock.now_s += 5.0
    way.tend()
    assert (ask(way.address), way.drops, len(left_over())) == ("pod/controller-2", (), 1)


def test_a_pod_that_is_not_reached_is_refused_until_it_is(fake: FakeKubectl, way: PodForward, clock: Clock) -> None:
    """The address that was handed out meanwhile is true then; kubectl's words are kept."""
    fake.dies("error: unable to forward port because pod is not running")
    assert way.tend()
    address = way.address
    assert refuses(address)
    (drop,) = way.drops
    assert drop.back_s is None
    assert "pod is not running" in drop.why
    fake.heal()
    clock.now_s += 0.5
    way.tend()
    assert (way.address, ask(address)) == (address, "pod/controller-1")
    assert way.drops[0].back_s is not None


def test_a_drop_is_over_when_its_pod_is_gone(fake: FakeKubectl, way: PodForward, pods: Pods, clock: Clock) -> None:
    """Nobody can reach it, and nobody should."""
    fake.dies("error: no")
    way.tend()
    pods.pod = None
    clock.now_s += 0.5
    way.tend()
    assert [drop.back_s is None for drop in way.drops] == [False]


def test_an_api_server_that_does_not_answer_ends_nothing(way: PodForward, pods: Pods, clock: Clock) -> None:
    """What is up stays up, and that is no drop."""
    way.tend()
    pods.answers = False
    clock.now_s += 5.0
    assert way.tend()
    assert (ask(way.address), way.drops, len(pods.asked)) == ("pod/controller-1", (), 2)


def test_a_forward_that_died_while_nobody_knows_of_its_pod_is_a_drop(way: PodForward, pods: Pods, clock: Clock) -> None:
    """It comes back when the API server does."""
    way.tend()
    pods.answers = False
    _end(way, "drop")
    assert way.tend()
    assert ["lost connection" in drop.why for drop in way.drops] == [True]
    pods.answers = True
    clock.now_s += 0.5
    way.tend()
    assert ask(way.address) == "pod/controller-1"


def test_after_its_end_nothing_is_started(way: PodForward, tmp_path: Path) -> None:
    """Also by a look that was late."""
    way.close()
    way.tend()
    assert list(tmp_path.glob("*.log")) == []
