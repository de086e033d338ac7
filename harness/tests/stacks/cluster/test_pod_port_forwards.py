"""Addresses of pods: up while the pod is there, refused when not, one for all threads, and none left at the end."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.pod_port_forwards import PodPortForward, PodPortForwards, ReservedPort
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
def forward(fake: FakeKubectl, pods: Pods, clock: Clock, tmp_path: Path) -> Iterator[PodPortForward]:
    """One without a thread: the test looks."""
    one = PodPortForward("10.0.0.7", 8080, find=pods.find, kubectl=fake.kubectl, logs=tmp_path, run_id=RUN, clock=clock)
    yield one
    one.close()


def _end(forward: PodPortForward, word: str) -> None:
    """One connection that makes the forward end; returns when it has."""
    ask(forward.address, word)
    assert forward._forward is not None
    ended: Callable[[], str | None] = forward._forward.ended
    wait_until("end", lambda: ended() or NotYet("it runs"), timeout_s=60)


def test_it_leads_to_the_pod_that_has_the_address(
    fake: FakeKubectl, forward: PodPortForward, pods: Pods, tmp_path: Path
) -> None:
    """Refused before, and started once however often anybody looks."""
    assert refuses(forward.address)
    assert [forward.look(), forward.look()] == [True, True]
    assert ask(forward.address) == "pod/controller-1"
    assert (pods.asked, len(fake.calls())) == (["10.0.0.7"], 1)
    args = fake.calls()[0][0]
    assert args[args.index("--namespace") + 1] == "kubemirror"
    assert args[-1].endswith(":8080")
    assert (tmp_path / "port-forward-kubemirror-controller-1-8080.log").exists()


def test_a_forward_that_died_comes_back_after_a_pause(fake: FakeKubectl, forward: PodPortForward, clock: Clock) -> None:
    """To the same address."""
    forward.look()
    address = forward.address
    _end(forward, "refuse")
    forward.look()
    assert refuses(address)
    assert len(fake.calls()) == 1
    clock.now_s += 0.5
    forward.look()
    assert (forward.address, ask(address)) == (address, "pod/controller-1")


def test_a_forward_that_lasted_comes_back_at_once(forward: PodPortForward, clock: Clock) -> None:
    """The pause is between two starts, and the pod is asked for again whenever its forward ended."""
    forward.look()
    clock.now_s += 0.5
    _end(forward, "drop")
    forward.look()
    assert ask(forward.address) == "pod/controller-1"


def test_a_pod_that_is_gone_is_refused(forward: PodPortForward, pods: Pods) -> None:
    """Its forward ended with it."""
    forward.look()
    pods.pod = None
    _end(forward, "drop")
    assert forward.look()
    assert (refuses(forward.address), left_over()) == (True, [])


def test_a_forward_that_did_not_notice_that_its_pod_is_gone_is_ended(
    forward: PodPortForward, pods: Pods, clock: Clock
) -> None:
    """Nobody connects, so kubectl would run for as long as the run does."""
    forward.look()
    pods.pod = None
    clock.now_s += 5.0
    assert forward.look()
    assert (refuses(forward.address), left_over()) == (True, [])


def test_after_a_while_without_a_pod_it_is_over(forward: PodPortForward, pods: Pods, clock: Clock) -> None:
    """Not before: whoever asked just now still uses the address. A pod in between counts from the beginning."""
    looks = []
    for pod in [None] * 19 + [_FIRST] + [None] * 20:
        pods.pod = pod
        looks.append(forward.look())
        clock.now_s += 5.0
    assert looks == [True] * 39 + [False]
    assert forward.over
    assert left_over() == []


def test_an_address_that_another_pod_got_leads_to_that_one(forward: PodPortForward, pods: Pods, clock: Clock) -> None:
    """Never to the one before."""
    forward.look()
    pods.pod = _SECOND
    clock.now_s += 5.0
    forward.look()
    assert (ask(forward.address), len(left_over())) == ("pod/controller-2", 1)


def test_a_pod_that_is_not_reached_is_refused_until_it_is(
    fake: FakeKubectl, forward: PodPortForward, clock: Clock, tmp_path: Path
) -> None:
    """The address that was handed out meanwhile is true then; kubectl's words are in its log."""
    fake.dies("error: unable to forward port because pod is not running")
    assert forward.look()
    address = forward.address
    assert refuses(address)
    assert "pod is not running" in (tmp_path / "port-forward-kubemirror-controller-1-8080.log").read_text()
    fake.heal()
    clock.now_s += 0.5
    forward.look()
    assert (forward.address, ask(address)) == (address, "pod/controller-1")


def test_an_api_server_that_does_not_answer_ends_nothing(forward: PodPortForward, pods: Pods, clock: Clock) -> None:
    """What is up stays up."""
    forward.look()
    pods.answers = False
    clock.now_s += 5.0
    assert forward.look()
    assert (ask(forward.address), len(pods.asked)) == ("pod/controller-1", 2)


def test_a_forward_that_died_while_nobody_knows_of_its_pod_is_refused(
    forward: PodPortForward, pods: Pods, clock: Clock
) -> None:
    """It comes back when the API server does."""
    forward.look()
    pods.answers = False
    _end(forward, "drop")
    assert forward.look()
    assert refuses(forward.address)
    pods.answers = True
    clock.now_s += 0.5
    forward.look()
    assert ask(forward.address) == "pod/controller-1"


def test_after_its_end_nothing_is_started(forward: PodPortForward, tmp_path: Path) -> None:
    """Also by a look that was late."""
    forward.close()
    forward.look()
    assert list(tmp_path.glob("*.log")) == []


@pytest.fixture
def addresses() -> dict[str, tuple[str, str]]:
    """Who has which address."""
    return {"10.0.0.7": ("kubemirror", "controller-1"), "10.0.0.8": ("kubemirror", "controller-2")}


Made = Callable[..., PodPortForwards]


@pytest.fixture
def made(fake: FakeKubectl, addresses: dict[str, tuple[str, str]], tmp_path: Path) -> Iterator[Made]:
    """Makes what leads to the addresses; what is left of them is ended."""
    with ExitStack() as all_of_them:

        def make(**limits: Any) -> PodPortForwards:
            found = PodPortForwards(addresses.get, kubectl=fake.kubectl, logs=tmp_path, run_id=RUN, **limits)
            return all_of_them.enter_context(closing(found))

        yield make


@pytest.fixture
def forwards(made: Made) -> PodPortForwards:
    """All that are asked for, however long they take."""
    return made(first_timeout_s=60.0)


def test_all_threads_share_one_forward_per_pod(fake: FakeKubectl, forwards: PodPortForwards) -> None:
    """It is up when the first of them gets its answer."""
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: forwards.address("10.0.0.7", 8080), range(16)))
    (address,) = found
    assert (ask(address), len(fake.calls())) == ("pod/controller-1", 1)


def test_each_pod_and_port_has_an_address_of_its_own(fake: FakeKubectl, forwards: PodPortForwards) -> None:
    """And keeps it."""
    asked = [("10.0.0.7", 8080), ("10.0.0.7", 8081), ("10.0.0.8", 8080)]
    found = [forwards.address(*one) for one in asked]
    assert [ask(address) for address in found] == ["pod/controller-1", "pod/controller-1", "pod/controller-2"]
    assert [forwards.address(*one) for one in asked] == found
    assert len(fake.calls()) == 3


def test_an_address_that_nobody_has_is_refused(fake: FakeKubectl, forwards: PodPortForwards) -> None:
    """At once, and without a kubectl."""
    assert refuses(forwards.address("10.0.0.9", 8080))
    assert fake.calls() == []


def test_a_forward_that_takes_long_keeps_nobody_waiting(fake: FakeKubectl, made: Made) -> None:
    """Whoever asks gets an address that refuses until it is up; others go on meanwhile."""
    fake.mute()
    assert refuses(made(first_timeout_s=0.0).address("10.0.0.7", 8080))


def test_one_that_is_over_is_forgotten(fake: FakeKubectl, made: Made, addresses: dict[str, tuple[str, str]]) -> None:
    """A pod that gets the address later is reached anew."""
    forwards = made(first_timeout_s=60.0, misses=1)
    fake.dies("error: no")
    forwards.address("10.0.0.7", 8080)
    pod = addresses.pop("10.0.0.7")
    one = forwards._forwards["10.0.0.7", 8080]
    wait_until("over", lambda: None if one.over else NotYet("it goes on"), timeout_s=60)
    fake.heal()
    addresses["10.0.0.7"] = pod
    assert ask(forwards.address("10.0.0.7", 8080)) == "pod/controller-1"
    assert forwards._forwards["10.0.0.7", 8080] is not one


def test_the_end_of_all_leaves_nothing(forwards: PodPortForwards) -> None:
    """Twice is no harm, and nothing is started afterwards."""
    found = [forwards.address(ip, 8080) for ip in ("10.0.0.7", "10.0.0.8")]
    assert len(left_over()) == 2
    forwards.close()
    forwards.close()
    assert left_over() == []
    assert all(map(refuses, found))
    with pytest.raises(CouldNotTellError, match=r"no way to pod 10\.0\.0\.7"):
        forwards.address("10.0.0.7", 8080)


def test_who_connects_is_refused_and_who_names_it_may_listen() -> None:
    """Also a second time, after connections."""
    port = ReservedPort()
    place = ("127.0.0.1", port.number)
    for _ in range(2):
        assert refuses(f"127.0.0.1:{port.number}")
        with socket.create_server(place), socket.create_connection(place, timeout=20):
            pass
    port.close()
    port.close()


def test_a_stranger_does_not_get_it_until_it_is_given_back() -> None:
    """One that does not share ports, as everybody is who asks for just any."""
    port = ReservedPort()
    with socket.socket() as stranger:
        with pytest.raises(OSError, match="in use"):
            stranger.bind(("127.0.0.1", port.number))
        port.close()
        stranger.bind(("127.0.0.1", port.number))
