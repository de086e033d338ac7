"""A cluster that lives on is given back as it was: after a run, a refusal, a Ctrl-C, a kill -9 while it fires.

`make live-existing` runs it where Docker does: one kind cluster for all, ten minutes and more, since nobody hurries
its kubelet. KIND_ARGS may name `--base-image`.
"""

import os
import signal
from collections.abc import Callable, Iterator

import pytest

from harness.core.errors import MisuseError
from harness.tests.live.byhand import SPEED, ByHand
from harness.tests.live.liverun import LiveRun
from harness.waiting import wait_until

pytestmark = pytest.mark.docker

Live = Callable[..., LiveRun]

#: a kubelet that nobody hurries looks every 60 to 90 s, and it is waited for five times before a scenario begins
_UP_S, _END_S = 900.0, 1500.0
_DEPTH, _LEADER = "scenarios/test_workqueue_depth_high.py", "scenarios/test_leader_election_lost.py"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ByHand]:
    """Made once."""
    made = ByHand(name=f"kmh-by-hand-{os.getpid()}", directory=tmp_path_factory.mktemp("by-hand"))
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def borrowed(cluster: ByHand) -> Iterator[ByHand]:
    """The subject's namespace is there, and its owner consents."""
    cluster.namespace(allowed=True)
    yield cluster
    cluster.without_namespace()


def _start(run: LiveRun, cluster: ByHand, *scenarios: str) -> LiveRun:
    context = ("--context", cluster.context, "--confirm-context", cluster.context)
    run.extra["KUBECONFIG"] = str(cluster.kubeconfig)
    speed = ("--speed", f"{SPEED:g}", "--narrate")
    first, *more = scenarios
    return run.start(first, *more, "--stack", "existing", *context, *speed)


def _end(run: LiveRun) -> int:
    assert run.process is not None
    return run.process.wait(_END_S)


def _until(run: LiveRun, words: str) -> None:
    wait_until(words, lambda: run.says(words), timeout_s=_UP_S, interval_s=0.2)


def _down(run: LiveRun, cluster: ByHand) -> str:
    context = ("--context", cluster.context, "--confirm-context", cluster.context)
    return run.harness("down", *context, timeout_s=_END_S)


def _as_before(cluster: ByHand, before: frozenset[str]) -> None:
    after = cluster.objects()
    print(f"{len(before)} objects before, {len(after)} after")  # noqa: T201 - shown with -rA
    assert sorted(after ^ before) == []


def _nobody_was_paged(cluster: ByHand) -> None:
    """And nobody will be: no alert is left that could be told to whom the root route leads."""
    assert cluster.alerts() == []
    assert cluster.paged() == []


def test_a_namespace_without_consent_is_refused(live: Live, cluster: ByHand) -> None:
    """Exit code 2, and nothing was changed."""
    cluster.namespace(allowed=False)
    try:
        before = cluster.objects()
        run = _start(live(), cluster, _LEADER)
        assert _end(run) == MisuseError.exit_code, run.log
        assert "kubemirror-harness/allowed=true" in run.log
        _as_before(cluster, before)
    finally:
        cluster.without_namespace()


def test_a_run_leaves_the_cluster_as_it_was(live: Live, borrowed: ByHand) -> None:
    """Two scenarios, verified; the cluster's own people were told nothing."""
    before = borrowed.objects()
    run = _start(live(), borrowed, _LEADER, _DEPTH)
    assert _end(run) == 0, run.log
    _as_before(borrowed, before)
    _nobody_was_paged(borrowed)
    assert run.leftovers() == []


def test_a_run_that_is_killed_while_an_alert_fires_pages_nobody(live: Live, borrowed: ByHand) -> None:
    """The rules go first, and the route stays until what they had fired has ended."""
    before = borrowed.objects()
    run = _start(live(), borrowed, _DEPTH)
    _until(run, "KubeMirrorWorkqueueDepthHigh: firing")
    assert run.process is not None
    run.process.kill()
    run.process.wait()
    assert "KubeMirrorWorkqueueDepthHigh" in borrowed.alerts()
    print(_down(run, borrowed))  # noqa: T201 - as above
    _as_before(borrowed, before)
    _nobody_was_paged(borrowed)
    assert "nothing to remove" in _down(run, borrowed)
    assert run.leftovers() == []


def test_an_interrupt_leaves_the_cluster_as_it_was(live: Live, borrowed: ByHand) -> None:
    """Ctrl-C while a fault is in effect."""
    before = borrowed.objects()
    run = _start(live(), borrowed, _DEPTH)
    _until(run, "KubeMirrorWorkqueueDepthHigh: pending")
    assert run.process is not None
    os.kill(run.process.pid, signal.SIGINT)
    assert _end(run) != 0, run.log
    _as_before(borrowed, before)
    _nobody_was_paged(borrowed)
    assert run.leftovers() == []


def test_the_cluster_has_what_is_compared(cluster: ByHand) -> None:
    """An object more, or a label, is a difference."""
    before = cluster.objects()
    cluster.kubectl("create", "configmap", "planted", "-n", "default")
    try:
        assert [one.split()[:3] for one in cluster.objects() ^ before] == [["configmaps", "default", "planted"]]
    finally:
        cluster.kubectl("delete", "configmap", "planted", "-n", "default")
    assert cluster.objects() == before
