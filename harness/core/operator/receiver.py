"""Receivers: names and routing stay, every destination becomes the stack's own webhook.

So a Slack channel and a pager are proved up to the point where Alertmanager hands the notification over, and no secret
is needed. Each stand-in is told what its destination would have been told (`core.operator.integration`): of the end of
an alert only where that one is, and its address says in whose place it stands.
"""

import string

from harness.core.operator.integration import Integration, integrations
from harness.core.operator.place import Place
from harness.core.operator.reading import Field, Yaml

_UNQUOTED = frozenset((string.ascii_letters + string.digits + "-._~").encode())

#: in the stand-in's address: the name of the destination, and whether that one is told of the end of an alert
DESTINATION, ENDS = "destination", "ends"


def receiver(source: Field, name: str, place: Place) -> Yaml:
    """One receiver: one webhook for each of its integrations, none for a receiver without.

    Args:
        source: `{name, slack_configs: […], …}`, in Alertmanager's own spelling or the custom resource's.
        name: what it is called in the result.
        place: where notifications go.

    Raises:
        ShapeError: a key that is no list of integrations that Alertmanager has, or a malformed field of one.
    """
    webhooks: list[Yaml] = [_webhook(one, name, place) for one in integrations(source)]
    return {"name": name, "webhook_configs": webhooks} if webhooks else {"name": name}


def receiver_url(base: str, name: str) -> str:
    """Where the notifications of one receiver go; `/` in its name is quoted, so that it stays one path segment."""
    quoted = "".join(chr(byte) if byte in _UNQUOTED else f"%{byte:02X}" for byte in name.encode())
    return f"{base}{quoted}"


def stand_in_url(base: str, name: str, one: Integration) -> str:
    """Where the notifications of one of its destinations go."""
    ends = "told" if one.ends_told else "untold"
    return f"{receiver_url(base, name)}?{DESTINATION}={one.name}&{ENDS}={ends}"


def _webhook(one: Integration, name: str, place: Place) -> Yaml:
    fields: dict[str, Yaml] = {
        "url": stand_in_url(place.receiver_url, name, one),
        "send_resolved": one.ends_told,
    }
    if one.max_alerts:
        fields["max_alerts"] = one.max_alerts
    if place.receiver_token:
        fields["http_config"] = {"authorization": {"type": "Bearer", "credentials": place.receiver_token}}
    return fields
