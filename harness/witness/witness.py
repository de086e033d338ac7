"""What a witness is: something that looks at the place itself and says whether the documented condition holds."""

from typing import Protocol

from harness.core.contract.model import Threshold
from harness.core.reading import Reading


class Witness(Protocol):
    """Looks once each time it is asked. Used from one thread."""

    @property
    def name(self) -> str:
        """What is watched, in words for a report: `waiting items of queue configmap`."""
        ...

    def observe(self) -> Reading:
        """Looks now.

        Raises:
            HarnessError: the look failed; nothing is known about this instant.
        """
        ...

    def close(self) -> None:
        """Gives connections back."""
        ...


def condition_holds(threshold: Threshold, value: float) -> bool:
    """Whether the documented condition is true for this value: strictly on the threshold's side; never for NaN."""
    return value > threshold.value if threshold.side == ">" else value < threshold.value
