"""Sharding: how scenarios are put in order, and kept together, so that a session takes little time.

A stack has one speed, and another one takes seconds to come up: scenarios of one speed follow one another. Where
several workers share the work, those of a lower speed than asked for stay with one of them, the longest begin first.
"""

import pytest

from harness.core.speed import Speed
from harness.scene.casting import stated
from harness.scene.record import Aim, Plan

#: what xdist puts between a node id and its group
_SEPARATOR = "@speed-"
#: what a scenario takes beside the waiting that its alerts document: seconds of the clock
_BESIDES_S = 8.0


def expected_s(plan: Plan, speed: Speed) -> float:
    """About how many seconds of the clock a scenario takes; only the order of two of them matters."""
    paging = [target.promise for target in plan.targets if target.aim is Aim.PAGES]
    documented_s = max(
        (
            promise.hold.seconds + 2 * (promise.threshold.window.seconds if promise.threshold.window else 0.0)
            for promise in paging
        ),
        default=0.0,
    )
    return _BESIDES_S + documented_s / speed.factor


def speed_of(item: pytest.Item, asked: Speed) -> Speed:
    """The speed a scenario runs at: the one asked for, or less where the scenario says so.

    Raises:
        MisuseError: its marker has no speed.
    """
    mark = item.get_closest_marker("speed_at_most")
    return asked if mark is None else min(asked, Speed.parse(stated(mark, item.nodeid)))


def keep_together(item: pytest.Item, asked: Speed) -> None:
    """Marks a scenario of a lower speed for xdist's `--dist loadgroup`.

    Raises:
        MisuseError: its marker has no speed.
    """
    speed = speed_of(item, asked)
    if speed < asked:
        item.add_marker(pytest.mark.xdist_group(f"{_SEPARATOR.removeprefix('@')}{speed}"))


def plain(nodeid: str) -> str:
    """A node id as pytest takes it, without the group that xdist puts behind it."""
    return nodeid.rpartition(_SEPARATOR)[0] or nodeid
