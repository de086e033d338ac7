"""A notification: what one webhook call of Alertmanager says, as deliveries.

The payload: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from harness.core.alertmanager.delivery import Delivery
from harness.core.errors import MisuseError
from harness.core.system_words import reason_of

#: the version of the payload that Alertmanager has sent since 2016
_VERSION = "4"
#: Alertmanager writes Go's zero time, year 1, as the end of an alert that still fires
_FIRST_REAL_YEAR = 1970


class BadNotificationError(MisuseError):
    """A body that is no webhook notification of Alertmanager."""


def deliveries_of(
    payload: object, *, receiver: str, received_at_s: float, destination: str = "", ends_told: bool = True
) -> tuple[Delivery, ...]:
    """Reads the alerts out of one webhook call.

    Args:
        payload: the decoded JSON.
        receiver: the name to file them under when the payload, against the protocol, states none.
        received_at_s: Unix time in seconds.
        destination: in the place of which one it was taken.
        ends_told: whether that one is told of ends.

    Raises:
        BadNotificationError: the payload does not have the protocol's shape; no part of it is taken.
    """
    if not isinstance(payload, dict) or payload.get("version") != _VERSION:
        raise BadNotificationError(
            "body is no notification of Alertmanager",
            why=f"it is no object with the version {_VERSION!r}",
            fix="send the webhook payload of version 4",
        )
    try:
        return tuple(
            Delivery(
                receiver=_text(payload.get("receiver") or receiver),
                status=_status(alert["status"]),
                labels=_texts(alert["labels"]),
                annotations=_texts(alert["annotations"]),
                starts_at_s=_instant_s(alert["startsAt"]),
                ends_at_s=_end_s(alert["endsAt"]),
                received_at_s=received_at_s,
                group_key=_text(payload["groupKey"]),
                fingerprint=_text(alert["fingerprint"]),
                group_labels=_texts(payload.get("groupLabels") or {}),
                truncated=_count(payload.get("truncatedAlerts") or 0),
                destination=destination,
                ends_told=ends_told,
            )
            for alert in payload["alerts"]
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadNotificationError(
            "body is no notification of Alertmanager",
            why=reason_of(error),
            fix="send the webhook payload of version 4",
        ) from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _texts(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no mapping")
    return {_text(name): _text(text) for name, text in value.items()}


def _count(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r} is no count")
    return value


def _status(value: object) -> Literal["firing", "resolved"]:
    if value == "firing":
        return "firing"
    if value == "resolved":
        return "resolved"
    raise ValueError(f"status {value!r} is neither firing nor resolved")


def _instant_s(value: object) -> float:
    return datetime.fromisoformat(_text(value)).timestamp()


def _end_s(value: object) -> float | None:
    end = datetime.fromisoformat(_text(value))
    return end.timestamp() if end.year >= _FIRST_REAL_YEAR else None
