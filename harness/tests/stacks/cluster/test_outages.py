"""Drops have a beginning and an end, and are told once."""

from harness.stacks.cluster.outages import Drop, Drops
from harness.tests.stacks.cluster.fake_kubectl import Clock


def test_a_drop_begins_and_ends_once() -> None:
    """What is said again meanwhile changes neither its instants nor its reason."""
    clock = Clock()
    drops = Drops(clock)
    drops.end()
    assert (drops.seen, drops.down) == ((), False)
    drops.begin("first")
    clock.now_s = 1001.0
    drops.begin("not any more")
    assert (drops.seen, drops.down) == ((Drop(at_s=1000.0, why="first"),), True)
    drops.end()
    clock.now_s = 1002.0
    drops.end()
    drops.begin("second")
    assert drops.seen == (Drop(at_s=1000.0, why="first", back_s=1001.0), Drop(at_s=1002.0, why="second"))
