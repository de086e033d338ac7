"""Witness of memory: working set / limit of the controller's container."""

from harness.core.contract.model import Threshold
from harness.core.reading import Reading
from harness.witness.container_figures import FiguresOf
from harness.witness.witness import condition_holds


class MemoryUse:
    """The pod nearest to its limit. A container without a limit is never near it."""

    def __init__(self, figures: FiguresOf, threshold: Threshold) -> None:
        self.name = "working set / memory limit"
        self._figures = figures
        self._threshold = threshold

    def observe(self) -> Reading:
        """Raises HarnessError when the figures cannot be read."""
        found = self._figures()
        ratios = [(each.working_set_bytes / each.memory_limit_bytes, each) for each in found if each.memory_limit_bytes]
        if not ratios:
            at_s = max(each.at_s for each in found)
            return Reading(at_s=at_s, value=None, holds=False, note="no container has a memory limit")
        value, most = max(ratios, key=lambda pair: pair[0])
        return Reading(
            at_s=most.at_s,
            value=value,
            holds=condition_holds(self._threshold, value),
            note=f"{most.pod}: {most.working_set_bytes:.0f} of {most.memory_limit_bytes:.0f} bytes",
        )

    def close(self) -> None:
        """Nothing to give back: the figures are somebody else's."""
