"""Witness of CPU throttling: the share of CFS periods in which the controller's container was held back."""

from collections import deque

from harness.core.contract.model import Threshold
from harness.core.reading import Reading
from harness.witness.container_figures import ContainerFigures, FiguresOf
from harness.witness.witness import condition_holds


class Throttling:
    """The most throttled pod over a window. Without a CPU limit there are no periods, and nothing is held back."""

    def __init__(self, figures: FiguresOf, threshold: Threshold, *, window_s: float) -> None:
        """Args: where from; the promise; the window in seconds of the clock."""
        self.name = "share of CFS periods throttled"
        self._figures = figures
        self._threshold = threshold
        self._window_s = window_s
        self._kept: dict[str, deque[ContainerFigures]] = {}

    def observe(self) -> Reading:
        """Raises HarnessError when the figures cannot be read."""
        found = self._figures()
        self._kept = {each.pod: self._window(each) for each in found}
        at_s = max(each.at_s for each in found)
        shares = []
        for pod, kept in self._kept.items():
            periods = kept[-1].periods - kept[0].periods
            throttled = kept[-1].throttled_periods - kept[0].throttled_periods
            if periods > 0:
                shares.append((throttled / periods, f"{pod}: {throttled:g} of {periods:g} periods throttled"))
        if not shares:
            return Reading(at_s=at_s, value=None, holds=False, note="no CFS period yet")
        value, note = max(shares)
        return Reading(at_s=at_s, value=value, holds=condition_holds(self._threshold, value), note=note)

    def close(self) -> None:
        """Nothing to give back: the figures are somebody else's."""

    def _window(self, newest: ContainerFigures) -> deque[ContainerFigures]:
        kept = self._kept.get(newest.pod, deque())
        if kept and newest.periods < kept[-1].periods:  # the container was started again
            kept.clear()
        kept.append(newest)
        while len(kept) > 1 and kept[1].at_s <= newest.at_s - self._window_s:
            kept.popleft()
        return kept
