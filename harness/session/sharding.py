"""Sharding: how scenarios are put in order, and kept together, so that a session takes little time.

A stack has one speed, and another one takes seconds to come up: scenarios of one speed follow one another. Where
several workers share the work, those of a lower speed than asked for and the same alerts stay with one of them, the
longest begin first.
"""

from collections.abc import Mapping

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

from harness.core.contract.run_name import run_name, slower_run_in
from harness.core.rules.speed import Speed
from harness.core.scenario import Aim, ScenarioPlan
from harness.session.parametrization import Parameters, stated

#: what a scenario takes beside the waiting that its alerts document: seconds of the clock
_BESIDES_S = 8.0


def expected_s(plan: ScenarioPlan, speed: Speed) -> float:
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


def speed_of(item: pytest.Item, parameters: Parameters, asked: Speed, limits: Mapping[str, Speed]) -> Speed:
    """The speed a scenario runs at: the one asked for, or less where the scenario or one of its alerts says so.

    Args:
        item: the scenario, with its marker.
        parameters: the alerts it is run with.
        asked: by the command line.
        limits: alert -> the highest speed at which it works; one that is not there works at any.

    Raises:
        MisuseError: its marker has no speed.
    """
    mark = item.get_closest_marker("speed_at_most")
    marked = [] if mark is None else [Speed.parse(stated(mark, item.nodeid))]
    return min([asked, *marked, *(limits[alert] for alert in parameters if alert in limits)])


def shown_id(item: pytest.Item, parameters: Parameters, asked: Speed, limits: Mapping[str, Speed]) -> str:
    """What tells a scenario's run from its others: the alerts, and the speed where it is not the one asked for.

    Takes and raises what `speed_of` does.
    """
    speed = speed_of(item, parameters, asked, limits)
    return run_name(parameters, str(speed) if speed < asked else "")


class BySpeed(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives scenarios to workers one by one, those of a lower speed and the same alerts to one worker together.

    A lower speed takes a stack of its own, and all that is slow in one place would be what everybody waits for: an
    alert that takes minutes at it is a share, and those silences are another that are seen at it.

    xdist's own groups need what pytest no longer has: a node id that can be changed.
    """

    def __init__(self, config: pytest.Config, log: object) -> None:
        """Args: as xdist gives them."""
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the order is the scenarios' own

    def remove_node(self, node: WorkerController) -> str | None:
        """Takes a worker out that has ended; what it had not begun is for the others.

        xdist's own would run the scenario again that the worker crashed in, and hand out those that are over, as
        nothing: a worker then waits for ever.

        Returns:
            The node id of the scenario that it crashed in; None if it had nothing left.
        """
        units = self.assigned_work.pop(node)
        left = [nodeid for unit in units.values() for nodeid, done in unit.items() if not done]
        for scope, unit in units.items():
            rest = {nodeid: False for nodeid, done in unit.items() if not done and nodeid != left[0]}
            if rest:
                self.workqueue[scope] = rest
        for other in self.assigned_work if left else ():
            self._reschedule(other)
        return left[0] if left else None

    def _reschedule(self, node: WorkerController) -> None:
        """A worker that took a crashed one's place begins its last scenario only once it knows that none follows."""
        super()._reschedule(node)
        if not self.workqueue and not node.shutting_down:
            node.shutdown()

    def _split_scope(self, nodeid: str) -> str:
        return slower_run_in(nodeid) or nodeid
