"""Addresses of pods: one forward per pod however many threads ask, none that waits for long, none left at the end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.cluster import pod_forward, pod_forwards
from harness.stacks.cluster.pod_forwards import PodForwards
from harness.tests.stacks.cluster.fake_kubectl import RUN, FakeKubectl, ask, fake_kubectl, left_over, refuses
from harness.waiting import NotYet, wait_until


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeKubectl]:
    """A kubectl that works until it is told otherwise."""
    with fake_kubectl(tmp_path) as kubectl:
        yield kubectl


@pytest.fixture
def pods() -> dict[str, tuple[str, str]]:
    """Who has which address."""
    return {"10.0.0.7": ("kubemirror", "controller-1"), "10.0.0.8": ("kubemirror", "controller-2")}


@pytest.fixture
def forwards(
    fake: FakeKubectl, pods: dict[str, tuple[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PodForwards]:
    """All that are asked for, however long they take; what is left of them is ended."""
    monkeypatch.setattr(pod_forwards, "_FIRST_TIMEOUT_S", 60.0)
    all_of_them = PodForwards(pods.get, kubectl=fake.kubectl, logs=tmp_path, run_id=RUN)
    yield all_of_them
    all_of_them.close()


def test_all_threads_share_one_forward_per_pod(fake: FakeKubectl, forwards: PodForwards) -> None:
    """It is up when the first of them gets its answer."""
    with ThreadPoolExecutor(8) as threads:
        addresses = set(threads.map(lambda _: forwards.address("10.0.0.7", 8080), range(16)))
    (address,) = addresses
    assert (ask(address), len(fake.calls())) == ("pod/controller-1", 1)


def test_each_pod_and_port_has_an_address_of_its_own(fake: FakeKubectl, forwards: PodForwards) -> None:
    """And keeps it."""
    asked = [("10.0.0.7", 8080), ("10.0.0.7", 8081), ("10.0.0.8", 8080)]
    addresses = [forwards.address(*one) for one in asked]
    assert [ask(address) for address in addresses] == ["pod/controller-1", "pod/controller-1", "pod/controller-2"]
    assert [forwards.address(*one) for one in asked] == addresses
    assert len(fake.calls()) == 3


def test_an_address_that_nobody_has_is_refused(fake: FakeKubectl, forwards: PodForwards) -> None:
    """At once, and without a kubectl."""
    assert refuses(forwards.address("10.0.0.9", 8080))
    assert fake.calls() == []


def test_a_forward_that_takes_long_keeps_nobody_waiting(
    fake: FakeKubectl, forwards: PodForwards, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks gets an address that refuses until it is up; others go on meanwhile."""
    monkeypatch.setattr(pod_forwards, "_FIRST_TIMEOUT_S", 0.0)
    fake.mute()
    assert refuses(forwards.address("10.0.0.7", 8080))
    assert forwards.drops == ()


def test_a_way_that_is_over_is_forgotten_but_not_its_drops(
    fake: FakeKubectl,
    forwards: PodForwards,
    pods: dict[str, tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pod that gets the address later is reached anew."""
    monkeypatch.setattr(pod_forward, "_MISSES", 1)
    fake.dies("error: no")
    forwards.address("10.0.0.7", 8080)
    pod = pods.pop("10.0.0.7")
    way = forwards._ways["10.0.0.7", 8080]
    wait_until("over", lambda: None if way.over else NotYet("it goes on"), timeout_s=60)
    fake.heal()
    pods["10.0.0.7"] = pod
    assert ask(forwards.address("10.0.0.7", 8080)) == "pod/controller-1"
    assert forwards._ways["10.0.0.7", 8080] is not way
    (drop,) = forwards.drops
    assert "error: no" in drop.why


def test_the_end_of_all_leaves_nothing(forwards: PodForwards) -> None:
    """Twice is no harm, and nothing is started afterwards."""
    addresses = [forwards.address(ip, 8080) for ip in ("10.0.0.7", "10.0.0.8")]
    assert len(left_over()) == 2
    forwards.close()
    forwards.close()
    assert left_over() == []
    assert all(map(refuses, addresses))
    with pytest.raises(CouldNotTellError, match=r"no way to pod 10\.0\.0\.7"):
        forwards.address("10.0.0.7", 8080)
