"""A notification: one call of Alertmanager at a receiver, put together again from the alerts it carried."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from harness.core.alertmanager.delivery import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What one call said about one group of alerts."""

    #: the receiver's name as its deliveries have it
    receiver: str
    group_key: str
    #: labels and values by which the group was made
    group_labels: Mapping[str, str]
    #: Unix time in seconds
    received_at_s: float
    #: of all alerts in it, in the order of the call
    deliveries: tuple[Delivery, ...]
    #: which of the receiver's destinations was told, and whether that one is told of ends
    destination: str = ""
    ends_told: bool = True

    @property
    def firing(self) -> frozenset[str]:
        """Fingerprints of the alerts that it calls firing."""
        return frozenset(one.fingerprint for one in self.deliveries if one.status == "firing")

    @property
    def resolved(self) -> frozenset[str]:
        """Fingerprints of the alerts that it calls resolved."""
        return frozenset(one.fingerprint for one in self.deliveries if one.status == "resolved")

    @property
    def began(self) -> frozenset[tuple[str, float]]:
        """Each firing in it, by its alert and its beginning: an alert that fires anew is news."""
        return frozenset((one.fingerprint, one.starts_at_s) for one in self.deliveries if one.status == "firing")

    @property
    def truncated(self) -> bool:
        """Whether it says that it left alerts out."""
        return any(one.truncated for one in self.deliveries)


def notifications(deliveries: Iterable[Delivery], receiver: str) -> tuple[Notification, ...]:
    """The notifications to one receiver, oldest first.

    Deliveries belong to one call if they have destination, group and instant of arrival in common: the receiver takes
    the instant once per call, and Alertmanager never has two calls about one group under way to one destination.
    """
    mine = sorted((one for one in deliveries if one.receiver == receiver), key=_call)
    return tuple(
        Notification(
            receiver=receiver,
            group_key=group_key,
            group_labels=calls[0].group_labels,
            received_at_s=received_at_s,
            deliveries=calls,
            destination=destination,
            ends_told=calls[0].ends_told,
        )
        for (received_at_s, group_key, destination), calls in (
            (key, tuple(found)) for key, found in groupby(mine, key=_call)
        )
    )


def _call(delivery: Delivery) -> tuple[float, str, str]:
    return (delivery.received_at_s, delivery.group_key, delivery.destination)
