"""A kept forward comes back on its own, remembers each drop, and gives up after a bounded number in a bounded time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.stacks.cluster.forward import Forward
from harness.stacks.cluster.kept_forward import KeptForward, Patience
from harness.stacks.cluster.outages import Drop
from harness.tests.stacks.cluster.fake_kubectl import RUN, Clock, FakeKubectl, ask, fake_kubectl, left_over
from harness.waiting import AwaitedGoneError, NotYet, wait_until

_LOST = 'port-forward to svc/prometheus exited with status 1: "error: lost connection to pod"'


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeKubectl]:
    """A kubectl that works until it is told otherwise."""
    with fake_kubectl(tmp_path) as kubectl:
        yield kubectl


@pytest.fixture
def forward(fake: FakeKubectl) -> Iterator[Forward]:
    """One that is up."""
    one = Forward(fake.spec(), run_id=RUN)
    one.start()
    yield one
    one.close()


@pytest.fixture
def clock() -> Clock:
    """Both of the clocks."""
    return Clock()


def _kept(forward: Forward, clock: Clock, patience: Patience | None = None) -> KeptForward:
    """One without a thread: the test looks."""
    return KeptForward(forward, patience=patience, now=clock, clock=clock)


def _drop(forward: Forward) -> None:
    ask(forward.address, "drop")
    wait_until("end", lambda: forward.ended() or NotYet("it runs"), timeout_s=60)


def test_one_that_is_up_is_left_alone(fake: FakeKubectl, forward: Forward, clock: Clock) -> None:
    """However often anybody looks."""
    kept = _kept(forward, clock)
    assert [kept.tend(), kept.tend()] == [True, True]
    assert (kept.drops, kept.ended(), len(fake.calls())) == ((), None, 1)


def test_a_drop_is_remembered_and_over_at_the_first_look(forward: Forward, clock: Clock) -> None:
    """On the port that was handed out."""
    kept, url = _kept(forward, clock), forward.url()
    _drop(forward)
    assert kept.tend()
    assert kept.drops == (Drop(at_s=1000.0, why=_LOST, back_s=1000.0),)
    assert (kept.url(), ask(kept.address), kept.ended()) == (url, "svc/prometheus", None)


def test_between_two_starts_there_is_a_pause_but_the_drop_is_seen_at_once(
    fake: FakeKubectl, forward: Forward, clock: Clock
) -> None:
    """A server that refuses each connection must not cost a core."""
    kept = _kept(forward, clock, Patience(pause_s=1.0))
    _drop(forward)
    kept.tend()
    _drop(forward)
    clock.now_s = 1000.5
    kept.tend()
    assert [(drop.at_s, drop.back_s) for drop in kept.drops] == [(1000.0, 1000.0), (1000.5, None)]
    assert len(fake.calls()) == 2
    clock.now_s = 1001.0
    kept.tend()
    assert [(drop.at_s, drop.back_s) for drop in kept.drops] == [(1000.0, 1000.0), (1000.5, 1001.0)]


def test_it_gives_up_after_so_many_restarts(fake: FakeKubectl, forward: Forward, clock: Clock) -> None:
    """It says how it had ended, how often it was tried, and what kubectl said at last; the drop has no end."""
    kept = _kept(forward, clock, Patience(restarts=2, pause_s=0.0))
    _drop(forward)
    fake.dies("error: pod is not running")
    assert (kept.tend(), kept.ended()) == (True, None)
    assert not kept.tend()
    told = str(kept.ended())
    assert told.startswith(f"{_LOST}; 2 restart(s) in 0 s failed, the last one: ")
    assert '"error: pod is not running"' in told
    assert kept.drops == (Drop(at_s=1000.0, why=_LOST),)


def test_it_gives_up_after_so_long(fake: FakeKubectl, forward: Forward, clock: Clock) -> None:
    """Also when single restarts take their time."""
    kept = _kept(forward, clock, Patience(within_s=30.0, pause_s=0.0))
    _drop(forward)
    fake.dies("error: no")
    assert kept.tend()
    clock.now_s = 1030.0
    assert not kept.tend()
    assert "2 restart(s) in 30 s failed" in str(kept.ended())


def test_each_drop_has_the_whole_patience(fake: FakeKubectl, forward: Forward, clock: Clock) -> None:
    """What failed before the last success does not count."""
    kept = _kept(forward, clock, Patience(restarts=2, within_s=30.0, pause_s=0.0))
    for _ in range(2):
        _drop(forward)
        fake.dies("error: no")
        assert kept.tend()
        fake.heal()
        assert kept.tend()
        clock.now_s += 29.0
    assert (kept.ended(), len(kept.drops)) == (None, 2)


def test_it_does_all_that_by_itself(fake: FakeKubectl) -> None:
    """Nobody looks; and when it is closed nothing is left, nor comes back."""
    kept = KeptForward(Forward(fake.spec(), run_id=RUN), patience=Patience(restarts=1, pause_s=0.0))
    kept.start()
    ask(kept.address, "drop")
    wait_until("back", lambda: None if kept.drops and kept.drops[0].back_s else NotYet(f"{kept.drops}"), timeout_s=60)
    assert ask(kept.address) == "svc/prometheus"
    fake.dies("error: no")
    ask(kept.address, "drop")
    wait_until("given up", lambda: kept.ended() or NotYet("it is kept up"), timeout_s=60)
    kept.close()
    kept.close()
    assert left_over() == []


def test_closing_is_no_drop(fake: FakeKubectl) -> None:
    """The thread ends first."""
    kept = KeptForward(Forward(fake.spec(), run_id=RUN))
    kept.start()
    kept.close()
    assert not kept._tending._thread.is_alive()
    assert (kept.drops, kept.ended(), left_over(), len(fake.calls())) == ((), None, [], 1)


def test_what_cannot_be_started_is_not_kept(fake: FakeKubectl) -> None:
    """The first start is the caller's to deal with; closing has nothing to do."""
    fake.dies("error: no")
    kept = KeptForward(Forward(fake.spec(), run_id=RUN))
    with pytest.raises(AwaitedGoneError, match=kept.name):
        kept.start()
    kept.close()
    assert len(fake.calls()) == 1
