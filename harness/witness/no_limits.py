"""Witness of a container without limits: its memory is counted, and there is nothing to hold it against."""

from harness.core.reading import Reading
from harness.witness.container_figures import FiguresOf


class NoLimits:
    """Holds while there are containers and none of them has a memory limit or CFS periods."""

    def __init__(self, figures: FiguresOf) -> None:
        """Args: where from."""
        self.name = "containers with a limit"
        self._figures = figures

    def observe(self) -> Reading:
        """Raises HarnessError when the figures cannot be read."""
        found = self._figures()
        limited = [each for each in found if each.memory_limit_bytes or each.periods]
        note = "; ".join(
            f"{each.pod}: {each.working_set_bytes:.0f} bytes of {each.memory_limit_bytes or 'no limit'}"
            for each in found
        )
        return Reading(
            at_s=max((each.at_s for each in found), default=0.0),
            value=float(len(limited)),
            holds=bool(found) and not limited,
            note=note,
        )

    def close(self) -> None:
        """Nothing to give back: the figures are somebody else's."""
