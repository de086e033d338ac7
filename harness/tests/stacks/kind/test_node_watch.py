"""A node that ended, went or was started again is told with how; one that nobody can look at is not called dead."""

import pytest

from harness.stacks.command import CommandFailedError
from harness.stacks.kind.docker import Docker, NoDockerError
from harness.stacks.kind.node_watch import NodeWatch
from harness.tests.stacks.cluster.fake_kubectl import Clock
from harness.tests.stacks.kind.conftest import Machine

_NODES = {"n1": {"cluster": "mine"}, "n2": {"cluster": "mine"}, "theirs": {"cluster": "kind"}}


@pytest.fixture
def clock() -> Clock:
    """Stands still until a test says otherwise."""
    return Clock()


@pytest.fixture
def watch(machine: Machine, clock: Clock) -> NodeWatch:
    """Of a cluster of two nodes, beside somebody else's."""
    machine.set(containers=_NODES)
    return NodeWatch("mine", Docker(), clock=clock)


def test_nodes_that_run_have_not_ended(machine: Machine, watch: NodeWatch, clock: Clock) -> None:
    """However often it is asked; somebody else's node is not looked at, and a paused one is there."""
    machine.set(states={"theirs": ["exited", 1, "t1"], "n1": ["paused", 0, "2026-01-01T00:00:00Z"]})
    for _ in range(3):
        clock.now_s += 100
        assert watch.ended() is None


@pytest.mark.parametrize(
    ("state", "told"),
    [
        pytest.param(["exited", 137, "t0"], "exited with status 137", id="exited"),
        pytest.param(["dead", 1, "t0"], "exited with status 1", id="dead"),
        pytest.param(["running", 0, "t1"], "was started again", id="again"),
    ],
)
def test_a_node_that_ended_is_told_for_good(
    machine: Machine, watch: NodeWatch, clock: Clock, state: list[object], told: str
) -> None:
    """Whichever it is: what was on it is gone, even where somebody starts it again."""
    machine.set(states={"n2": state})
    clock.now_s += 5
    assert watch.ended() == f"the node's container n2 {told}"
    machine.set(states={})
    clock.now_s += 100
    assert watch.ended() == f"the node's container n2 {told}"


def test_a_node_that_was_removed_is_told(machine: Machine, watch: NodeWatch, clock: Clock) -> None:
    """By somebody's `kind delete cluster`, for example."""
    machine.set(containers={name: labels for name, labels in _NODES.items() if name != "n1"})
    clock.now_s += 5
    assert watch.ended() == "the node's container n1 was removed"


def test_docker_is_asked_seldom(machine: Machine, watch: NodeWatch, clock: Clock) -> None:
    """Every 5 s at most, whoever waits in a loop."""
    machine.set(states={"n1": ["exited", 137, "t0"]})
    before = len(machine.calls)
    clock.now_s += 4.9
    for _ in range(3):
        assert watch.ended() is None
    assert len(machine.calls) == before
    clock.now_s += 0.1
    for _ in range(3):
        assert watch.ended() is not None
    assert len(machine.calls) == before + 1


def test_a_docker_that_does_not_tell_is_left_alone_for_a_while(
    machine: Machine, watch: NodeWatch, clock: Clock
) -> None:
    """A question without an answer takes seconds, and says nothing about the node."""
    machine.set(down=True)
    clock.now_s += 5
    assert watch.ended() is None
    before = len(machine.calls)
    machine.set(down=False, states={"n1": ["exited", 137, "t0"]})
    clock.now_s += 59
    assert watch.ended() is None
    assert len(machine.calls) == before
    clock.now_s += 1
    assert watch.ended() == "the node's container n1 exited with status 137"


def test_a_look_that_was_refused_once_is_taken_again(
    machine: Machine, watch: NodeWatch, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All nodes are there: it was no answer about them."""

    def refuse(_docker: Docker, _containers: object) -> None:
        raise CommandFailedError("planted", why="-", fix="-")

    with monkeypatch.context() as context:
        context.setattr(Docker, "states", refuse)
        clock.now_s += 5
        assert watch.ended() is None
    machine.set(states={"n1": ["exited", 137, "t0"]})
    clock.now_s += 5
    assert watch.ended() == "the node's container n1 exited with status 137"


def test_a_watch_begins_with_an_answer(machine: Machine) -> None:
    """Otherwise it would not know what to compare with."""
    machine.set(down=True)
    with pytest.raises(NoDockerError):
        NodeWatch("mine", Docker())
