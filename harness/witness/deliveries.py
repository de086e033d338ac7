"""Witness of the notification: what the receiver has been told about one alert."""

import time
from collections.abc import Callable

from harness.clients.receiver import ReceiverClient, short_name
from harness.core.reading import Reading


class Deliveries:
    """Counts the deliveries of an alert to a receiver. Holds while the newest of them says firing."""

    def __init__(
        self,
        client: ReceiverClient,
        *,
        alert: str,
        receiver: str,
        since_s: float = 0.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args: whom to ask; the alert's name; the receiver's short name; Unix time in seconds to count from."""
        self.name = f"deliveries of {alert} to {receiver}"
        self._client = client
        self._alert = alert
        self._receiver = receiver
        self._since_s = since_s
        self._clock = clock

    def observe(self) -> Reading:
        """Raises CouldNotTellError when the receiver does not answer."""
        found = [
            delivery
            for delivery in self._client.deliveries(since_s=self._since_s)
            if delivery.labels.get("alertname") == self._alert and short_name(delivery.receiver) == self._receiver
        ]
        newest = found[-1].status if found else "nothing"
        return Reading(
            at_s=self._clock(),
            value=float(len(found)),
            holds=newest == "firing",
            note=f"{len(found)} deliveries, newest: {newest}",
        )

    def close(self) -> None:
        """Gives the connection back."""
        self._client.close()
