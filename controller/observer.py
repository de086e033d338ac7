"""The two kopf operators that only look: their handlers turn raw events into changes, their settings forbid writes.

Kept apart from `watches`, because importing kopf takes most of the start-up and only the leader needs it.
"""

import itertools
from collections.abc import Callable
from typing import Final

import kopf
from kopf._core.engines.peering import Identity  # kopf exports it nowhere

from controller import names
from controller.changes import (
    Change,
    MirrorGone,
    MirrorSeen,
    NamespaceGone,
    NamespaceSeen,
    Relisted,
    SourceGone,
    SourceSeen,
)
from controller.jsonobject import JsonObject, child, text
from controller.kinds import Kind
from controller.kubeclient import PAGE_SIZE
from controller.kubeconfig import Connection
from controller.mirror import key_of, mirror_from, namespace_from, source_from

#: pause before a failed list or watch is tried again, seconds. For ever: without an API server the lease goes as well
_RETRY_S: Final = 1.0
#: kopf keeps a task per object for this long after its last event, seconds; its default of 5 holds thousands in a flood
_IDLE_S: Final = 0.5

Put = Callable[[Change], None]
Operator = tuple[kopf.OperatorRegistry, kopf.OperatorSettings]

#: Peers would know each other by it, and there are none. Without one kopf asks for the name of the user, and in a
#: container the user is a number without a name.
IDENTITY: Final = Identity("kubemirror")


class _NoDiffs(kopf.DiffBaseStorage):
    """Keeps kopf from copying every object, Secrets included, to compute changes that nobody asks for."""

    def build(self, *, body: kopf.Body, extra_fields: object = None) -> kopf.BodyEssence:  # noqa: ARG002 - kopf's signature
        """No part of the object matters."""
        return kopf.BodyEssence()

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:  # noqa: ARG002 - kopf's signature
        """Nothing was stored."""
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Nothing is stored."""


def sources(connection: Connection, put: Put) -> Operator:
    """Observes namespaces, and the objects that carry the enabled label."""
    registry, settings = _operator(connection, names.SOURCE_SELECTOR)
    for kind in Kind:
        _observe(registry, kind.plural, _source_change(kind), put)
    _observe(registry, "namespaces", _namespace_change, put)
    return registry, settings


def mirrors(connection: Connection, put: Put) -> Operator:
    """Observes the objects that carry the mirror label."""
    registry, settings = _operator(connection, names.MIRROR_SELECTOR)
    for kind in Kind:
        _observe(registry, kind.plural, _mirror_change(kind), put)
    return registry, settings


def _operator(connection: Connection, selector: str) -> Operator:
    registry = kopf.OperatorRegistry()
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.scanning.disabled = True
    settings.process.ultimate_exiting_timeout = None
    settings.networking.error_backoffs = itertools.repeat(_RETRY_S)
    settings.queueing.idle_timeout = _IDLE_S
    settings.persistence.diffbase_storage = _NoDiffs()
    settings.watching.chunk_size = PAGE_SIZE
    for kind in Kind:
        settings.watching.label_selectors["", "v1", kind.plural] = selector

    @kopf.on.login(registry=registry)
    async def login(**_: object) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(
            server=connection.server,
            ca_data=connection.ca_pem.strip() or None,
            insecure=connection.insecure or None,
            certificate_data=connection.certificate_pem.strip() or None,
            private_key_data=connection.key_pem.strip() or None,
            token=connection.current_token() or None,
            username=connection.username or None,
            password=connection.password or None,
        )

    return registry, settings


def _observe(
    registry: kopf.OperatorRegistry, plural: str, translate: Callable[[JsonObject, bool], Change], put: Put
) -> None:
    @kopf.on.event("", "v1", plural, registry=registry, id=f"observe-{plural}")
    async def observe(event: kopf.RawEvent, **_: object) -> None:
        if event["type"] is None:
            put(Relisted())
        put(translate(event["object"], event["type"] == "DELETED"))


def _source_change(kind: Kind) -> Callable[[JsonObject, bool], Change]:
    def change(body: JsonObject, gone: bool) -> Change:
        if gone:
            return SourceGone(kind=kind, key=key_of(body), version=_version(body))
        return SourceSeen(kind=kind, source=source_from(body, kind))

    return change


def _mirror_change(kind: Kind) -> Callable[[JsonObject, bool], Change]:
    def change(body: JsonObject, gone: bool) -> Change:
        if gone:
            return MirrorGone(kind=kind, key=key_of(body), version=_version(body))
        return MirrorSeen(kind=kind, mirror=mirror_from(body, kind))

    return change


def _namespace_change(body: JsonObject, gone: bool) -> Change:
    namespace = namespace_from(body)
    if gone:
        return NamespaceGone(name=namespace.name, version=namespace.version)
    return NamespaceSeen(namespace=namespace)


def _version(body: JsonObject) -> str:
    return text(child(body, "metadata"), "resourceVersion")
