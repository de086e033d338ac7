"""Witness of the controller being there: how many of its pods run and answer."""

import time

from harness.core.contract.model import Threshold
from harness.core.reading import Reading
from harness.witness.pods import ControllerPods, PodPage
from harness.witness.witness import condition_holds


class ServingPods:
    """Counts the pods that answer with a metrics page. No pod at all is 0, not an unknown."""

    def __init__(self, pods: ControllerPods, threshold: Threshold) -> None:
        self.name = "controller pods that run and answer"
        self._pods = pods
        self._threshold = threshold

    def observe(self) -> Reading:
        """Raises CouldNotTellError when the API server does not say which pods there are."""
        start_s = time.time()
        answers = self._pods.pages()
        at_s = (start_s + time.time()) / 2
        value = float(sum(answer.page is not None for answer in answers))
        return Reading(
            at_s=at_s,
            value=value,
            holds=condition_holds(self._threshold, value),
            note="; ".join(_said(answer) for answer in answers) or "there is no pod",
        )

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()


def _said(answer: PodPage) -> str:
    pod = answer.pod
    parts = [
        f"{pod.name}: {'answers' if answer.page else 'no answer'}",
        pod.waiting,
        f"{pod.restarts} restarts" if pod.restarts else "",
        "ending" if pod.ending else "",
    ]
    return ", ".join(part for part in parts if part)
