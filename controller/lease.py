"""The Lease that says which replica leads, read and written as client-go's LeaseLock does.

Source: https://pkg.go.dev/k8s.io/client-go/tools/leaderelection/resourcelock#LeaseLock
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from controller.errors import ApiError
from controller.jsonobject import JsonObject, child, number, text
from controller.kubeclient import KubeClient


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRecord:
    """What the Lease says."""

    #: who leads; empty: nobody, the lease was released
    holder: str
    #: a lease that was not renewed for this long is free
    duration_s: int
    #: when this holder began to lead
    acquired: datetime | None
    #: when it last said so; other replicas compare it, but never with their own clock
    renewed: datetime | None
    #: how often the holder changed
    transitions: int


class LeaseStore(Protocol):
    """One Lease, with optimistic concurrency: a write after somebody else's write fails."""

    async def read(self) -> LeaseRecord | None:
        """The record, or None if there is no such Lease."""

    async def create(self, record: LeaseRecord) -> None:
        """Writes the first record. Fails if there is one by now."""

    async def update(self, record: LeaseRecord) -> None:
        """Replaces the record that was read or written last. Fails if somebody else wrote since."""


class KubeLease:
    """The Lease object in the API server."""

    def __init__(self, client: KubeClient, *, namespace: str, name: str) -> None:
        self._client = client
        self._path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases"
        self._namespace = namespace
        self._name = name
        self._seen: JsonObject = {}

    async def read(self) -> LeaseRecord | None:
        """Reads the Lease, and remembers its version for the next update."""
        try:
            self._seen = await self._client.request("GET", f"{self._path}/{self._name}")
        except ApiError as error:
            if error.is_not_found:
                return None
            raise
        return _from_spec(child(self._seen, "spec"))

    async def create(self, record: LeaseRecord) -> None:
        """Creates the Lease."""
        self._seen = await self._client.request(
            "POST",
            self._path,
            body={
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": self._name, "namespace": self._namespace},
                "spec": _to_spec(record),
            },
        )

    async def update(self, record: LeaseRecord) -> None:
        """Replaces the spec of the Lease as it was seen last, labels and annotations left as they are."""
        self._seen = await self._client.request(
            "PUT", f"{self._path}/{self._name}", body={**self._seen, "spec": _to_spec(record)}
        )


def _from_spec(spec: JsonObject) -> LeaseRecord:
    return LeaseRecord(
        holder=text(spec, "holderIdentity"),
        duration_s=number(spec, "leaseDurationSeconds"),
        acquired=_time(text(spec, "acquireTime")),
        renewed=_time(text(spec, "renewTime")),
        transitions=number(spec, "leaseTransitions"),
    )


def _to_spec(record: LeaseRecord) -> dict[str, object]:
    return {
        "holderIdentity": record.holder,
        "leaseDurationSeconds": record.duration_s,
        "acquireTime": _micro_time(record.acquired),
        "renewTime": _micro_time(record.renewed),
        "leaseTransitions": record.transitions,
    }


def _time(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written).astimezone(UTC) if written else None
    except ValueError:
        return None


def _micro_time(time: datetime | None) -> str | None:
    """Kubernetes's MicroTime: always six digits."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if time else None
