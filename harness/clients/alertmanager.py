"""Reading Alertmanager: the configuration it has loaded and where the alerts it holds are routed."""

from dataclasses import dataclass
from datetime import UTC

from pydantic import ValidationError

from harness.clients.answers import ALERTS, RECEIVERS, AlertmanagerStatus
from harness.clients.endpoint import TIMEOUT_S, Endpoint, EndpointReader, UnexpectedAnswerError, UnreachableError


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlert:
    """One alert that Alertmanager holds now."""

    labels: dict[str, str]
    #: where its routes lead, in their order
    receivers: tuple[str, ...]
    #: Unix time in seconds
    starts_at_s: float


class AlertmanagerReader(EndpointReader):
    """A running Alertmanager. Every method asks at most `timeout_s`; a CouldNotTellError when it cannot tell."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(Endpoint("Alertmanager", url, timeout_s=timeout_s))

    def config(self) -> str:
        """The configuration as loaded, YAML text; Alertmanager masks the secrets in it."""
        path = "/api/v2/status"
        try:
            return AlertmanagerStatus.model_validate(self._endpoint.get_json(path)).config.original
        except ValidationError as error:
            raise self._endpoint.unexpected(path, str(error)) from error

    def receivers(self) -> tuple[str, ...]:
        """The names of all receivers that are configured."""
        path = "/api/v2/receivers"
        try:
            return tuple(one.name for one in RECEIVERS.validate_python(self._endpoint.get_json(path)))
        except ValidationError as error:
            raise self._endpoint.unexpected(path, str(error)) from error

    def alerts(self) -> tuple[HeldAlert, ...]:
        """The alerts it holds now, silenced and inhibited ones included, each with the receivers of its routes."""
        path = "/api/v2/alerts"
        try:
            found = ALERTS.validate_python(self._endpoint.get_json(path))
        except ValidationError as error:
            raise self._endpoint.unexpected(path, str(error)) from error
        return tuple(
            HeldAlert(
                labels=one.labels,
                receivers=tuple(receiver.name for receiver in one.receivers),
                starts_at_s=one.starts_at.astimezone(UTC).timestamp(),
            )
            for one in found
        )

    def alive(self) -> bool:
        """Whether it answers and is ready. Never raises."""
        try:
            self._endpoint.get("/-/ready")
        except (UnreachableError, UnexpectedAnswerError):
            return False
        return True
