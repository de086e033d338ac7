"""Witness of slow reconciles: a quantile of their durations over a window, of one controller."""

from harness.core.contract.model import Threshold
from harness.core.judge.recorded import histogram_quantile
from harness.core.reading import Reading
from harness.witness.page_window import PageWindow
from harness.witness.pods import ControllerPods
from harness.witness.witness import condition_holds

_BUCKETS = "controller_runtime_reconcile_time_seconds_bucket"


class ReconcileLatency:
    """Reads the histogram's buckets from the pods' own pages. Nothing finished is nothing slow."""

    def __init__(
        self,
        pods: ControllerPods,
        threshold: Threshold,
        *,
        window_s: float,
        quantile: float,
        controller: str | None = None,
    ) -> None:
        """Args: whom to ask; the promise; the window in seconds; 0 to 1; which controller, None for all."""
        self.name = f"p{quantile * 100:g} of reconcile durations, {controller or 'all controllers'}"
        self._pods = pods
        self._threshold = threshold
        self._window = PageWindow(window_s)
        self._labels = {} if controller is None else {"controller": controller}
        self._quantile = quantile

    def observe(self) -> Reading:
        """Raises CouldNotTellError when no pod answers."""
        pages = self._pods.answered()
        self._window.add(pages)
        at_s = max(page.at_s for page in pages)
        buckets: dict[float, float] = {}
        for sample, rise in self._window.rises(_BUCKETS, self._labels):
            bound = float(sample.labels["le"])
            buckets[bound] = buckets.get(bound, 0.0) + rise
        finished = buckets.get(float("inf"), 0.0)
        note = f"{finished:g} reconciles finished in {self._window.covered_s:.1f} s"
        if not finished:
            return Reading(at_s=at_s, value=None, holds=False, note=note)
        value = histogram_quantile(self._quantile, buckets.items())
        return Reading(at_s=at_s, value=value, holds=condition_holds(self._threshold, value), note=note)

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()
