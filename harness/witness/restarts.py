"""Witness of a crash loop: how often the controller's container has been started again."""

import time

from harness.core.reading import Reading
from harness.witness.pods import ControllerPods


class Restarts:
    """The highest restart count of the pods that are there. Holds from `at_least` on."""

    def __init__(self, pods: ControllerPods, *, at_least: int = 2) -> None:
        """Args: whom to watch; from how many restarts on it is a loop, not one crash."""
        self.name = "restarts of the controller's container"
        self._pods = pods
        self._at_least = at_least

    def observe(self) -> Reading:
        """Raises CouldNotTellError when the API server does not say."""
        start_s = time.time()
        states = self._pods.states()
        at_s = (start_s + time.time()) / 2
        if not states:
            return Reading(at_s=at_s, value=None, holds=False, note="there is no pod")
        most = max(states, key=lambda state: state.restarts)
        return Reading(
            at_s=at_s,
            value=float(most.restarts),
            holds=most.restarts >= self._at_least,
            note=f"{most.name}: {most.restarts} restarts{', ' if most.waiting else ''}{most.waiting}",
        )

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()
