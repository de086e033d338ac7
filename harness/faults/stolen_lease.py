"""Stolen lease: an intruder takes the Lease of the leader election and keeps renewing it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import ClassVar

from harness.clients.kubernetes import ApiRequest, Json, labels_of
from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_LABEL
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear
from harness.polling import PollingThread

_INTRUDER = "kubemirror-harness-intruder"
#: client-go's defaults: a lease of 15 s, renewed every 2 s
_LEASE_S = 15
_RENEW_S = 2.0
#: a renewal in flight is answered within the door's own timeout; then the thread has ended
_ANSWERED_S = 45.0


@dataclass(slots=True, kw_only=True)
class StolenLease:
    """The leader fails to renew, gives up and ends; no replica can lead while the intruder renews.

    If the harness dies, the lease simply runs out after 15 s.
    """

    name: ClassVar[str] = "stolen-lease"
    wear: ClassVar[Wear] = Wear.ENDS
    lingers_s: ClassVar[float] = 0.0

    _renewal: PollingThread | None = field(default=None, init=False)

    def inject(self, cluster: Cluster) -> None:
        """Takes the lease and goes on renewing it in a thread.

        Raises:
            CouldNotTellError: the subject has no lease, or it could not be taken.
        """
        _take(cluster)
        if self._renewal is None:
            # a beat that fails is made up for by the next; a lease that is lost meanwhile shows in the witness
            self._renewal = PollingThread(
                partial(_take, cluster), name="stolen-lease", interval_s=_RENEW_S, at_once=False, patience_s=_ANSWERED_S
            )
            self._renewal.start()

    def undo(self, cluster: Cluster) -> None:
        """Stops renewing and gives the lease up as client-go does, so that a replica may take it at once."""
        if self._renewal is not None:
            self._renewal.stop()
            self._renewal = None
        release(cluster)


def release(cluster: Cluster) -> None:
    """Gives the lease up if an intruder of this run holds it; does nothing otherwise.

    The form of a released lease: ReleaseOnCancel of https://pkg.go.dev/k8s.io/client-go/tools/leaderelection

    Raises:
        CouldNotTellError: the API server refused.
    """
    path = cluster.paths.lease
    found = path and cluster.api.find(path)
    if not path or not found:
        return
    body: Json = {"metadata": {"labels": {RUN_LABEL: None}}}
    if found["spec"].get("holderIdentity") == _identity(cluster):
        body["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
        body["spec"] = {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": _now()}
    elif labels_of(found).get(RUN_LABEL) != cluster.run:
        return
    answer = cluster.api.send(ApiRequest(method="PATCH", path=path, body=body))
    if not answer.accepted and answer.status not in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
        raise CouldNotTellError(
            "the stolen lease could not be given back",
            why=str(answer.body.get("message", answer.status)),
            fix=f"wait: nobody renews it, so it runs out after {_LEASE_S} s",
        )


def _take(cluster: Cluster) -> None:
    path = cluster.paths.lease
    if path is None:
        raise CouldNotTellError(
            "there is no lease to steal", why="the subject names none", fix="name it in the subject, or skip this fault"
        )
    now = _now()
    spec = {"holderIdentity": _identity(cluster), "leaseDurationSeconds": _LEASE_S, "renewTime": now}
    metadata: Json = {"labels": cluster.labels}
    # no resourceVersion: the intruder wins every race, the leader's own update then fails with a conflict
    answer = cluster.api.send(ApiRequest(method="PATCH", path=path, body={"metadata": metadata, "spec": spec}))
    if answer.status == HTTPStatus.NOT_FOUND:
        collection, _, name = path.rpartition("/")
        spec["acquireTime"] = now
        answer = cluster.api.send(
            ApiRequest(method="POST", path=collection, body={"metadata": {**metadata, "name": name}, "spec": spec})
        )
    if not answer.accepted:
        raise CouldNotTellError(
            "the lease could not be taken",
            why=str(answer.body.get("message", answer.status)),
            fix="check that you may write Leases in the controller's namespace",
        )


def _identity(cluster: Cluster) -> str:
    return f"{_INTRUDER}-{cluster.run}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
