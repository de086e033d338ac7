"""The crash-loop back-off, on an injected clock."""

from harness.stacks.embedded.node.backoff import BackOff


def _pauses(*, runs_s: float, restarts: int) -> list[float]:
    """The pauses before the restarts of a container that always runs for `runs_s`."""
    back_off, now_s, pauses = BackOff(), 0.0, []
    for _ in range(restarts):
        now_s += runs_s
        ended_s = now_s
        pauses.append(back_off.wait_s(ended_s=ended_s, now_s=now_s))
        now_s += pauses[-1]
        back_off = back_off.restarted(ended_s=ended_s, now_s=now_s)
    return pauses


def test_the_first_restart_is_immediate_and_pauses_double_up_to_five_minutes() -> None:
    """The kubelet's row: 0, 10, 20, 40, 80, 160, 300, 300."""
    assert _pauses(runs_s=1.0, restarts=8) == [0, 10, 20, 40, 80, 160, 300, 300]


def test_ten_healthy_minutes_are_forgiven() -> None:
    """A container that ran for more than 10 minutes restarts at once, however often."""
    assert _pauses(runs_s=601.0, restarts=4) == [0, 0, 0, 0]


def test_the_pause_counts_from_the_end() -> None:
    """Time that has passed since the end is not waited for again."""
    back_off = BackOff().restarted(ended_s=0.0, now_s=0.0)
    assert back_off.wait_s(ended_s=5.0, now_s=11.0) == 4.0
    assert back_off.wait_s(ended_s=5.0, now_s=99.0) == 0.0
