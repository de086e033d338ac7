"""Telling Alertmanager of alerts, in the place of Prometheus: what it does with them does not depend on who told it.

https://github.com/prometheus/alertmanager/blob/v0.31.1/api/v2/openapi.yaml, `postAlerts`
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import requests

from harness.clients.endpoint import TIMEOUT_S, Endpoint

_PATH = "/api/v2/alerts"


class AlertPoster:
    """Posts alerts to one Alertmanager; to be closed by whoever made it."""

    def __init__(self, url: str) -> None:
        self._endpoint = Endpoint("Alertmanager", url, timeout_s=TIMEOUT_S)

    def post(
        self,
        alerts: Sequence[Mapping[str, str]],
        *,
        annotations: Mapping[str, str],
        starts_at_s: float,
        ends_at_s: float,
    ) -> None:
        """Tells of alerts, all in one call.

        Args:
            alerts: the labels of each, `alertname` among them.
            annotations: of all of them.
            starts_at_s: Unix time in seconds since when they fire.
            ends_at_s: until when, unless it is told again; one in the past resolves them.

        Raises:
            UnreachableError: no answer.
            UnexpectedAnswerError: Alertmanager refused them.
        """
        body = [
            {
                "labels": dict(labels),
                "annotations": dict(annotations),
                "startsAt": _text(starts_at_s),
                "endsAt": _text(ends_at_s),
            }
            for labels in alerts
        ]
        try:
            answer = self._endpoint.session.post(self._endpoint.url + _PATH, json=body, timeout=TIMEOUT_S)
        except requests.RequestException as error:
            raise self._endpoint.unreachable(error) from error
        if answer.status_code != requests.codes.ok:
            raise self._endpoint.unexpected(_PATH, f"status {answer.status_code}: {answer.text.strip()[:200]}")

    def close(self) -> None:
        """Gives the connection back."""
        self._endpoint.close()


def _text(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()
