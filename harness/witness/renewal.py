"""Witness of a renewal: the controller's containers ended and others came in their place, by whatever means."""

import time

from harness.core.reading import Reading
from harness.witness.pods import ControllerPods, PodPage


class Renewal:
    """Holds from the first sign of a pod or a start that was not there at the first look, until all of them answer.

    A container that was started again in its pod counts as another one.
    """

    def __init__(self, pods: ControllerPods) -> None:
        """Args: whom to watch."""
        self.name = "controller containers that were there before"
        self._pods = pods
        self._first: frozenset[tuple[str, int]] | None = None
        self._over = False

    def observe(self) -> Reading:
        """Raises CouldNotTellError when the API server does not say which pods there are."""
        start_s = time.time()
        answers = self._pods.pages()
        at_s = (start_s + time.time()) / 2
        now = frozenset(map(_identity, answers))
        self._first = now if self._first is None else self._first
        old = now & self._first
        renewed = now != self._first
        settled = renewed and not old and bool(now) and all(answer.page is not None for answer in answers)
        note = "; ".join(map(_said, answers)) or "there is no pod"
        # `holds` must have been seen at least once, however quick the renewal was
        holds = renewed and (not settled or not self._over)
        self._over = settled
        return Reading(at_s=at_s, value=float(len(old)), holds=holds, note=note)

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()


def _identity(answer: PodPage) -> tuple[str, int]:
    return answer.pod.name, answer.pod.restarts


def _said(answer: PodPage) -> str:
    starts = f", {answer.pod.restarts} restarts" if answer.pod.restarts else ""
    return f"{answer.pod.name} {'answers' if answer.page else 'does not answer'}{starts}"
