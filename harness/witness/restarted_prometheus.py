"""Witness of a restart of Prometheus: another process answers than before."""

import time

from harness.clients.prometheus import PrometheusReader
from harness.core.reading import Reading


class RestartedPrometheus:
    """Holds once the process that answers began later than the first one seen. The value is 1 then, else 0."""

    def __init__(self, prometheus: PrometheusReader) -> None:
        """Args: whom to ask; over a connection of the witness's own, which is used from its thread."""
        self.name = "restarts of Prometheus"
        self._prometheus = prometheus
        self._first = ""

    def observe(self) -> Reading:
        """Raises CouldNotTellError while Prometheus does not answer."""
        started = self._prometheus.started()
        self._first = self._first or started
        holds = started != self._first
        return Reading(at_s=time.time(), value=float(holds), holds=holds, note=f"Prometheus began at {started}")

    def close(self) -> None:
        """Gives the connection back."""
        self._prometheus.close()
