"""Receivers: names and routing stay, every destination becomes a webhook of the harness's own receiver.

So a Slack channel and a pager are proved up to the point where Alertmanager hands the notification over, and no secret
is needed. Each stand-in is told what its destination would have been told (`core.operator.integration`): of the end of
an alert only where that one is, and its address says in whose place it stands.
"""

import string
from dataclasses import dataclass

from harness.core.operator.integration import Integration, integrations
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field, Yaml
from harness.core.operator.stand_in import DESTINATION, SEND_RESOLVED

_UNQUOTED = frozenset((string.ascii_letters + string.digits + "-._~").encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """One entry of a Secret, in the namespace of the object that refers to it."""

    name: str
    key: str


#: where the token of the notifications is, beside the subject's AlertmanagerConfig
TOKEN = SecretKey(name="kubemirror-harness-receiver", key="token")


def receiver(source: Field, *, url: str, token: str) -> Manifest:
    """One receiver of Alertmanager's configuration: a webhook for each of its integrations, none where it has none.

    Args:
        source: `{name, slack_configs: […], …}`.
        url: ends with a slash; the receiver's name is appended to it.
        token: bearer token of the notifications; empty for none.

    Raises:
        ShapeError: a key that is no list of integrations that Alertmanager has, or a malformed field of one.
    """
    name, webhooks = source.at("name").text(), list[Yaml]()
    http: Manifest = {"http_config": {"authorization": {"type": "Bearer", "credentials": token}}} if token else {}
    for one in integrations(source):
        limit: Manifest = {"max_alerts": one.max_alerts} if one.max_alerts else {}
        webhooks.append({"url": _url(url, name, one), "send_resolved": one.ends_told, **limit, **http})
    return {"name": name, "webhook_configs": webhooks} if webhooks else {"name": name}


def object_receiver(source: Field, qualified: str, *, url: str) -> Manifest:
    """The same of an AlertmanagerConfig: the Secret with the token is named, and the token stands in no object.

    Args:
        source: `{name, slackConfigs: […], …}`.
        qualified: what the operator calls it.
        url: as of `receiver`.

    Raises:
        ShapeError: as `receiver`.
    """
    name, webhooks = source.at("name").text(), list[Yaml]()
    for one in integrations(source):
        limit: Manifest = {"maxAlerts": one.max_alerts} if one.max_alerts else {}
        told: Manifest = {"url": _url(url, qualified, one), "sendResolved": one.ends_told, **limit}
        webhooks.append({**told, "httpConfig": bearer(TOKEN)})
    return {"name": name, "webhookConfigs": webhooks} if webhooks else {"name": name}


def bearer(token: SecretKey) -> Manifest:
    """`httpConfig` of a webhook of an AlertmanagerConfig."""
    return {"authorization": {"type": "Bearer", "credentials": {"name": token.name, "key": token.key}}}


def _url(base: str, name: str, one: Integration) -> str:
    """Where the notifications of one destination go; `/` in the receiver's name is quoted: it stays one segment."""
    quoted = "".join(chr(byte) if byte in _UNQUOTED else f"%{byte:02X}" for byte in name.encode())
    return f"{base}{quoted}?{DESTINATION}={one.name}&{SEND_RESOLVED}={'true' if one.ends_told else 'false'}"
