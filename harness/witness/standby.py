"""Witness of a healthy standby: several replicas answer and exactly one of them leads."""

import time

from harness.core.reading import Reading
from harness.witness.pods import ControllerPods


class Standby:
    """Holds while at least two replicas answer and one leads. The value is the number of those that stand by."""

    def __init__(self, pods: ControllerPods) -> None:
        """Args: whom to ask."""
        self.name = "replicas that stand by"
        self._pods = pods

    def observe(self) -> Reading:
        """Raises CouldNotTellError when the API server does not say which pods there are."""
        start_s = time.time()
        pages = [answer.page for answer in self._pods.pages() if answer.page is not None]
        at_s = (start_s + time.time()) / 2
        leading = sum(sample.value for page in pages for sample in page.samples("leader_election_master_status"))
        return Reading(
            at_s=at_s,
            value=len(pages) - leading,
            holds=len(pages) > 1 and leading == 1,
            note=f"{leading:g} of {len(pages)} answering replicas lead",
        )

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()
