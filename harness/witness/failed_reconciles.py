"""Witness of failing reconciles: failed / all over a window, of one controller or of all together."""

from harness.core.contract.model import Threshold
from harness.core.reading import Reading
from harness.witness.page_window import PageWindow
from harness.witness.pods import ControllerPods
from harness.witness.witness import condition_holds


class FailedReconciles:
    """Reads controller-runtime's counters from the pods' own pages. No reconciles is no failure."""

    def __init__(
        self, pods: ControllerPods, threshold: Threshold, *, window_s: float, controller: str | None = None
    ) -> None:
        """Args: whom to ask; the promise; the window in seconds of the clock; which controller, None for all."""
        self.name = f"share of failed reconciles, {controller or 'all controllers'}"
        self._pods = pods
        self._threshold = threshold
        self._window = PageWindow(window_s)
        self._labels = {} if controller is None else {"controller": controller}

    def observe(self) -> Reading:
        """Raises CouldNotTellError when no pod answers."""
        pages = self._pods.answered()
        self._window.add(pages)
        at_s = max(page.at_s for page in pages)
        failed = sum(rise for _, rise in self._window.rises("controller_runtime_reconcile_errors_total", self._labels))
        total = sum(rise for _, rise in self._window.rises("controller_runtime_reconcile_total", self._labels))
        note = f"{failed:g} of {total:g} reconciles failed in {self._window.covered_s:.1f} s"
        if not total:
            return Reading(at_s=at_s, value=None, holds=False, note=note)
        value = failed / total
        return Reading(at_s=at_s, value=value, holds=condition_holds(self._threshold, value), note=note)

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()
