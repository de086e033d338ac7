"""Witness of idleness: the controller answers and has nothing to do."""

from harness.core.reading import Reading
from harness.witness.page_window import PageWindow
from harness.witness.pods import ControllerPods


class Idleness:
    """Holds while no reconcile ended within the window and none waits. The value is the reconciles that did."""

    def __init__(self, pods: ControllerPods, *, window_s: float) -> None:
        """Args: whom to ask; the window in seconds of the clock."""
        self.name = "reconciles of an idle controller"
        self._pods = pods
        self._window = PageWindow(window_s)

    def observe(self) -> Reading:
        """Raises CouldNotTellError when no pod answers."""
        pages = self._pods.answered()
        self._window.add(pages)
        done = sum(rise for _, rise in self._window.rises("controller_runtime_reconcile_total", {}))
        waiting = sum(sample.value for page in pages for sample in page.samples("workqueue_depth"))
        return Reading(
            at_s=max(page.at_s for page in pages),
            value=done,
            holds=done == 0 and waiting == 0,
            note=f"{done:g} reconciles in {self._window.covered_s:.1f} s, {waiting:g} items wait",
        )

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()
