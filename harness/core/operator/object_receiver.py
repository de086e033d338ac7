"""Receivers of AlertmanagerConfig objects: webhooks, with a bearer token out of a Secret if they name one.

Every destination of a subject is a webhook by the time its object is applied (`receiver`). Others are refused here:
what somebody applies beside it would otherwise page people.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping

from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Custom, Field, ShapeError, Yaml
from harness.core.operator.route import qualified

#: (namespace, name) of a Secret -> its `data`, as the Kubernetes API gives it
Secrets = Mapping[tuple[str, str], Field]

_WEBHOOK = {"url": "url", "sendResolved": "send_resolved", "maxAlerts": "max_alerts"}


def object_receiver(source: Field, owner: Custom, secrets: Secrets) -> Manifest:
    """One receiver, its name qualified by namespace and name of the object.

    Raises:
        ShapeError: another integration than a webhook, a field that is not translated, or a Secret that is not there.
    """
    for key in source.names():
        if key not in ("name", "webhookConfigs"):
            raise ShapeError(source.at(key).path, "is not translated by the embedded stack: it tells webhooks only")
    name = qualified(owner, source.at("name").text())
    webhooks: list[Yaml] = [_webhook(one, owner, secrets) for one in source.at("webhookConfigs").items()]
    return {"name": name, "webhook_configs": webhooks} if webhooks else {"name": name}


def secrets_of(config: Custom) -> Iterator[tuple[str, str]]:
    """Namespace and name of each Secret that an AlertmanagerConfig's receivers name.

    Raises:
        ShapeError: its receivers are malformed.
    """
    for source in config.spec.at("receivers").items():
        for one in source.at("webhookConfigs").items():
            if name := _credentials(one).at("name").text():
                yield config.namespace, name


def _webhook(source: Field, owner: Custom, secrets: Secrets) -> Manifest:
    source.only((*_WEBHOOK, "httpConfig"))
    http, authorization = source.at("httpConfig"), source.at("httpConfig", "authorization")
    http.only(("authorization",))
    authorization.only(("type", "credentials"))
    webhook: Manifest = {name: source.at(key).yaml() for key, name in _WEBHOOK.items() if source.at(key).present}
    if authorization.present:
        token = _secret(_credentials(source), owner, secrets)
        kind = authorization.at("type").text("Bearer")
        webhook["http_config"] = {"authorization": {"type": kind, "credentials": token}}
    return webhook


def _credentials(webhook: Field) -> Field:
    return webhook.at("httpConfig", "authorization", "credentials")


def _secret(source: Field, owner: Custom, secrets: Secrets) -> str:
    name, key = source.at("name").text(), source.at("key").text()
    found, title = secrets.get((owner.namespace, name)), f"key {key} of Secret {owner.namespace}/{name}"
    if found is None or not found.at(key).present:
        raise ShapeError(source.path, f"names {title}, which is not there")
    try:
        return base64.b64decode(found.at(key).text(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ShapeError(source.path, f"names {title}, which is no text") from error
