"""Witness of leadership: how many replicas that answer say that they lead, and who holds the Lease."""

import time

from harness.clients.kubernetes import KubeApi
from harness.core.contract.model import Threshold
from harness.core.contract.subject import Subject
from harness.core.controller_paths import ControllerPaths
from harness.core.reading import Reading
from harness.witness.pods import ControllerPods
from harness.witness.witness import condition_holds


class Leaders:
    """Reads `leader_election_master_status` from the pods' own pages, and the Lease for the note.

    While no replica answers, nobody can say that it leads or does not: that is not this condition but a missing
    controller, so it does not hold then and has no number.
    """

    def __init__(self, api: KubeApi, subject: Subject, pods: ControllerPods, threshold: Threshold) -> None:
        self.name = "replicas that answer and lead"
        self._api = api
        self._lease = ControllerPaths.of(subject).lease
        self._pods = pods
        self._threshold = threshold

    def observe(self) -> Reading:
        """Raises CouldNotTellError when the API server does not answer."""
        answers = self._pods.pages()
        lease = self._lease and self._api.find(self._lease)
        holder = (lease["spec"].get("holderIdentity") or "nobody") if lease else "nobody (no Lease)"
        pages = [answer.page for answer in answers if answer.page is not None]
        if not pages:
            return Reading(
                at_s=time.time(), value=None, holds=False, note=f"no replica answers; {holder} holds the Lease"
            )
        value = sum(sample.value for page in pages for sample in page.samples("leader_election_master_status"))
        return Reading(
            at_s=max(page.at_s for page in pages),
            value=value,
            holds=condition_holds(self._threshold, value),
            note=f"{value:g} of {len(pages)} answering replicas lead; {holder} holds the Lease",
        )

    def close(self) -> None:
        """Gives connections back."""
        self._pods.close()
