"""Alertmanager, asked and told: configuration as loaded, alerts and silences it holds; alerts in Prometheus's place.

https://github.com/prometheus/alertmanager/blob/v0.31.1/api/v2/openapi.yaml
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import Field, TypeAdapter

from harness.clients.endpoint import TIMEOUT_S, Answer, Endpoint, EndpointReader
from harness.core.alertmanager.matching import Matching
from harness.core.alertmanager.silence import Silence

#: by whether it is equal, and whether that is a regular expression
_OPERATORS = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}


class _Receiver(Answer):
    name: str


class _Alert(Answer):
    fingerprint: str
    labels: dict[str, str]
    updated_at: str = Field(alias="updatedAt")


class _Matcher(Answer):
    name: str
    value: str
    is_regex: bool = Field(alias="isRegex")
    is_equal: bool = Field(default=True, alias="isEqual")

    def __str__(self) -> str:
        return f"{self.name}{_OPERATORS[self.is_equal, self.is_regex]}{json.dumps(self.value, ensure_ascii=False)}"


class _Silence(Answer):
    matchers: tuple[_Matcher, ...]
    starts_at: datetime = Field(alias="startsAt")
    ends_at: datetime = Field(alias="endsAt")
    created_by: str = Field(default="", alias="createdBy")


class _Config(Answer):
    original: str


class _Version(Answer):
    version: str


class _Status(Answer):
    config: _Config


class _About(Answer):
    version: _Version = Field(alias="versionInfo")


_STATUS = TypeAdapter(_Status)
_ABOUT = TypeAdapter(_About)
_RECEIVERS = TypeAdapter(tuple[_Receiver, ...])
_ALERTS = TypeAdapter(tuple[_Alert, ...])
_SILENCES = TypeAdapter(tuple[_Silence, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlert:
    """An alert that Alertmanager takes for active, silenced and inhibited ones included."""

    fingerprint: str
    #: alertname, for people
    title: str
    #: when it was last sent, as Alertmanager writes it
    updated_at: str


class AlertmanagerReader(EndpointReader):
    """A running Alertmanager. Every method asks at most `timeout_s`; a CouldNotTellError when it cannot tell."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(Endpoint("Alertmanager", url, timeout_s=timeout_s))

    def config(self) -> str:
        """The configuration as loaded, YAML text; Alertmanager masks the secrets in it."""
        return self._endpoint.read("/api/v2/status", _STATUS).config.original

    def version(self) -> str:
        """Its version, `0.31.1`."""
        return self._endpoint.read("/api/v2/status", _ABOUT).version.version

    def receivers(self) -> tuple[str, ...]:
        """The names of all receivers that are configured."""
        return tuple(one.name for one in self._endpoint.read("/api/v2/receivers", _RECEIVERS))

    def alerts(self, *, receivers: str) -> tuple[HeldAlert, ...]:
        """The alerts that it routes to receivers whose names a regular expression matches as a whole."""
        return tuple(
            HeldAlert(fingerprint=one.fingerprint, title=one.labels.get("alertname", ""), updated_at=one.updated_at)
            for one in self._endpoint.read("/api/v2/alerts", _ALERTS, receiver=receivers)
        )

    def silences(self) -> tuple[Silence, ...]:
        """Those that somebody made, expired ones included for as long as it keeps them (five days by default)."""
        return tuple(
            Silence(
                matching=Matching(matchers=tuple(map(str, one.matchers))),
                start_s=one.starts_at.timestamp(),
                end_s=one.ends_at.timestamp(),
                by=one.created_by,
            )
            for one in self._endpoint.read("/api/v2/silences", _SILENCES)
        )


class AlertPoster(EndpointReader):
    """Tells one Alertmanager of alerts: what it does with them does not depend on who told it."""

    def __init__(self, url: str) -> None:
        super().__init__(Endpoint("Alertmanager", url))

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
        self._endpoint.post("/api/v2/alerts", body)


def _text(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat()
