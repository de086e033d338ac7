"""The forwards into a cluster: by name, told when they were down, and ended together."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from harness.clients.kubernetes import ApiRequest, Json, KubeApi
from harness.core.errors import CouldNotTellError
from harness.stacks.base import Outage
from harness.stacks.cluster.port_forward import KeptPortForward
from harness.stacks.cluster.port_forwards import PortForwards, pod_with
from harness.tests.stacks.cluster.fake_kubectl import RUN, FakeKubectl, ask, fake_kubectl, left_over, refuses


class Pods:
    """An API server that knows pods by their address."""

    def __init__(self, *pods: Json) -> None:
        self._pods = pods
        self.asked: list[ApiRequest] = []

    def ask(self, request: ApiRequest) -> Json:
        """All of them, whatever the address."""
        self.asked.append(request)
        return {"items": list(self._pods)}


def pod(name: str, phase: str | None) -> Json:
    """One in this phase."""
    return {"metadata": {"namespace": "ns", "name": name}, "status": {} if phase is None else {"phase": phase}}


@pytest.fixture
def kubectl(tmp_path: Path) -> Iterator[FakeKubectl]:
    """One that forwards to nobody."""
    with fake_kubectl(tmp_path) as made:
        yield made


def made(kubectl: FakeKubectl, logs: Path, keep: type[KeptPortForward] = KeptPortForward) -> PortForwards:
    """None opened yet."""
    api = cast("KubeApi", Pods(pod("p", "Running")))
    return PortForwards(api, kubectl=kubectl.kubectl, logs=logs, run_id=RUN, keep=keep)


@pytest.fixture
def forwards(kubectl: FakeKubectl, tmp_path: Path) -> Iterator[PortForwards]:
    """None opened yet; closed at the end."""
    with closing(made(kubectl, tmp_path)) as found:
        yield found


def test_each_leads_to_its_target(forwards: PortForwards, kubectl: FakeKubectl, tmp_path: Path) -> None:
    """Under its own name, with a log of its own; pods by their address."""
    forwards.open("prometheus", namespace="monitoring", target="pod/p-0", port=9090)
    forwards.open("receiver", namespace="ns", target="svc/receiver", port=9094)
    assert ask(forwards.url("prometheus").removeprefix("http://")) == "pod/p-0"
    assert ask(forwards.url("receiver").removeprefix("http://")) == "svc/receiver"
    assert ask(forwards.pod_address("10.0.0.1", 8080)) == "pod/p"
    assert {path.name for path in tmp_path.glob("*.log")} >= {
        "port-forward-prometheus.log",
        "port-forward-receiver.log",
    }
    words = kubectl.calls()[0][0]
    assert words[words.index("--namespace") + 1] == "monitoring"
    assert forwards.ended() is None


def test_what_is_behind_a_prefix_or_a_url_is_reached_there(forwards: PortForwards) -> None:
    """A URL takes no port-forward, and has none that could be down."""
    forwards.open("alertmanager", namespace="ns", target="svc/a", port=1, prefix="/am")
    forwards.add_url("prometheus", "https://prometheus.example/prom")
    assert forwards.url("alertmanager").startswith("http://127.0.0.1:")
    assert forwards.url("alertmanager").endswith("/am")
    assert forwards.url("prometheus") == "https://prometheus.example/prom"
    assert (forwards.ended(), forwards.outages()) == (None, ())


def test_one_that_was_not_opened_leads_nowhere(forwards: PortForwards) -> None:
    """That is told, and not guessed."""
    with pytest.raises(CouldNotTellError, match="there is no way to prometheus"):
        forwards.url("prometheus")


def test_one_that_does_not_come_up_is_told(forwards: PortForwards, kubectl: FakeKubectl) -> None:
    """With kubectl's last words; nothing is left running."""
    kubectl.dies("error: services not found")
    with pytest.raises(CouldNotTellError) as caught:
        forwards.open("receiver", namespace="ns", target="svc/receiver", port=9094)
    assert "services not found" in caught.value.why
    forwards.close()
    assert left_over() == []


def test_what_was_down_is_told_in_its_order(kubectl: FakeKubectl, tmp_path: Path) -> None:
    """Of all forwards with a name, by the instants."""
    first, second, third = (
        Outage(what="port-forward to svc/b", start_s=1.0, end_s=2.0, why="first"),
        Outage(what="port-forward to svc/a", start_s=3.0, end_s=4.0, why="second"),
        Outage(what="port-forward to svc/b", start_s=5.0, end_s=None, why="third"),
    )
    planted = {first.what: (first, third), second.what: (second,)}

    class Kept(KeptPortForward):
        @property
        def outages(self) -> tuple[Outage, ...]:
            return planted[self.name]

    with closing(made(kubectl, tmp_path, Kept)) as forwards:
        assert forwards.outages() == ()
        for name in ("b", "a"):
            forwards.open(name, namespace="ns", target=f"svc/{name}", port=1)
        assert forwards.outages() == (first, second, third)


def test_one_that_is_given_up_has_ended(kubectl: FakeKubectl, tmp_path: Path) -> None:
    """It names itself."""

    class Kept(KeptPortForward):
        def ended(self) -> str | None:
            return f"{self.name} exited" if self.name == "port-forward to svc/b" else None

    with closing(made(kubectl, tmp_path, Kept)) as forwards:
        for name in ("a", "b"):
            forwards.open(name, namespace="ns", target=f"svc/{name}", port=1)
        assert forwards.ended() == "port-forward to svc/b exited"


def test_all_are_closed_together(forwards: PortForwards) -> None:
    """No process is left, and nobody listens; twice does no harm."""
    forwards.open("receiver", namespace="ns", target="svc/receiver", port=9094)
    addresses = [forwards.url("receiver").removeprefix("http://"), forwards.pod_address("10.0.0.1", 8080)]
    for _ in range(2):
        forwards.close()
    assert left_over() == []
    assert all(map(refuses, addresses))


@pytest.mark.parametrize(
    ("pods", "found"),
    [
        ((), None),
        ((pod("over", "Succeeded"), pod("failed", "Failed")), None),
        ((pod("over", "Succeeded"), pod("now", "Running")), ("ns", "now")),
        ((pod("new", None),), ("ns", "new")),
    ],
    ids=["none", "over", "another", "new"],
)
def test_the_pod_that_has_an_address_still_runs(pods: tuple[Json, ...], found: tuple[str, str] | None) -> None:
    """One that is over keeps its address in its status, which may be another's by now."""
    api = Pods(*pods)
    assert pod_with(cast("KubeApi", api), "10.0.0.1") == found
    assert dict(api.asked[0].query) == {"fieldSelector": "status.podIP=10.0.0.1"}
