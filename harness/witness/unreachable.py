"""Witness of a replica that cannot be scraped: its endpoint leads nowhere, while another's is answered."""

import time

from harness.core.reading import Reading
from harness.witness.pods import ControllerPods, PodPage


class Unreachable:
    """Holds while one ready replica answers at its endpoint and another does not. The value is those that do not."""

    def __init__(self, pods: ControllerPods) -> None:
        """Args: whom to ask."""
        self.name = "ready replicas that do not answer"
        self._pods = pods

    def observe(self) -> Reading:
        """Raises CouldNotTellError when the API server does not say which pods there are."""
        start_s = time.time()
        answers = [answer for answer in self._pods.pages() if answer.pod.ready and not answer.pod.ending]
        silent = [answer for answer in answers if answer.page is None]
        return Reading(
            at_s=(start_s + time.time()) / 2,
            value=float(len(silent)),
            holds=0 < len(silent) < len(answers),
            note="; ".join(map(_said, answers)) or "no replica is ready",
        )

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()


def _said(answer: PodPage) -> str:
    return f"{answer.pod.name} {'answers' if answer.page else f'does not answer: {answer.error}'}"
