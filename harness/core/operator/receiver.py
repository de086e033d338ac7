"""Receivers: names and routing stay, every destination becomes the stack's own webhook.

So a Slack channel and a pager are proved up to the point where Alertmanager hands the notification over, and no secret
is needed. `send_resolved` is always true, or the end of an alert could not be seen.
"""

import string

from harness.core.operator.place import Place
from harness.core.operator.reading import Field, ShapeError, Yaml

_UNQUOTED = frozenset((string.ascii_letters + string.digits + "-._~").encode())


def receiver(source: Field, name: str, place: Place) -> Yaml:
    """One receiver: one webhook for each of its integrations, none for a receiver without.

    Args:
        source: `{name, slack_configs: […], …}`, in Alertmanager's own spelling or the custom resource's.
        name: what it is called in the result.
        place: where notifications go.

    Raises:
        ShapeError: a key that is no list of integrations.
    """
    count = 0
    for key in source.names():
        if key == "name":
            continue
        if not key.lower().endswith("configs"):
            raise ShapeError(f"{source.path}.{key}", "is no list of integrations (such as slack_configs)")
        count += len(tuple(source.at(key).items()))
    return {"name": name, "webhook_configs": [_webhook(name, place)] * count} if count else {"name": name}


def receiver_url(base: str, name: str) -> str:
    """Where the notifications of one receiver go; `/` in its name is quoted, so that it stays one path segment."""
    quoted = "".join(chr(byte) if byte in _UNQUOTED else f"%{byte:02X}" for byte in name.encode())
    return f"{base}{quoted}"


def _webhook(name: str, place: Place) -> Yaml:
    fields: dict[str, Yaml] = {"url": receiver_url(place.receiver_url, name), "send_resolved": True}
    if place.receiver_token:
        fields["http_config"] = {"authorization": {"type": "Bearer", "credentials": place.receiver_token}}
    return fields
