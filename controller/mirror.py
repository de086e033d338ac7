"""What a source asks for and what a mirror is: pure, from an API object to a decision and back.

Decisions:
- Type and data are copied, labels and annotations are not: copied labels would make Helm or Argo CD believe that they
  own the mirror.
- `immutable` is not copied: a source that was deleted and made again could otherwise never reach its mirrors.
- No finalizer on sources: mirrors of a source that vanished while nobody watched are found when the caches fill.
- Service account tokens are not mirrored: the API server refuses or deletes them elsewhere.
"""

import hashlib
import json
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, NamedTuple

from controller import names, targets
from controller.jsonobject import JsonObject, child, text, texts
from controller.kinds import Kind

_NOT_MIRRORED: Final = frozenset({"kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"})
_DEFAULT_TYPE: Final = "Opaque"


class Key(NamedTuple):
    """Namespace and name: what identifies an object of a kind, and what the workqueue holds."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is mirrored. Never shown: it may be secret."""

    #: `type` of a Secret; empty for a ConfigMap
    type: str = field(repr=False)
    data: dict[str, str] = field(repr=False)
    binary_data: dict[str, str] = field(repr=False)

    def digest(self) -> str:
        """SHA-256 over type and data, hexadecimal, independent of the order of keys."""
        canonical = json.dumps([self.type, self.data, self.binary_data], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An object that carries the enabled label."""

    key: Key
    uid: str
    resource_version: str
    content: Content
    digest: str
    #: where its mirrors belong; nowhere if it is not to be synced
    targets: targets.Targets


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A copy as it is in the cluster; its content is not kept, only its digest."""

    key: Key
    uid: str
    resource_version: str
    #: what its annotations call its source; None if they name none that could be
    source: Key | None
    type: str
    #: digest of what it holds
    digest: str
    #: its labels and its content-hash annotation are as this controller writes them
    intact: bool

    def equals(self, source: Source) -> bool:
        """Nothing need be written."""
        return self.intact and self.digest == source.digest and self.source == source.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """A namespace that may be a target."""

    name: str
    #: resourceVersion
    version: str
    #: being deleted: nothing can be created in it
    terminating: bool


class Ownership(Enum):
    """Whose an object is that stands where a mirror belongs."""

    #: this source's mirror, also when somebody took its labels or its annotations off, but not both
    OURS = auto()
    #: a mirror of another source
    ANOTHER_SOURCES = auto()
    #: made by somebody else: never touched
    FOREIGN = auto()


def key_of(body: JsonObject) -> Key:
    """The object's namespace and name."""
    metadata = child(body, "metadata")
    return Key(text(metadata, "namespace"), text(metadata, "name"))


def namespace_from(body: JsonObject) -> Namespace:
    """Reads a Namespace."""
    metadata = child(body, "metadata")
    return Namespace(
        name=text(metadata, "name"),
        version=text(metadata, "resourceVersion"),
        terminating=bool(text(metadata, "deletionTimestamp")) or text(child(body, "status"), "phase") == "Terminating",
    )


def source_from(body: JsonObject, kind: Kind) -> Source:
    """Reads an object with the enabled label. One that is being deleted has no targets."""
    metadata = child(body, "metadata")
    annotations = child(metadata, "annotations")
    content = _content(body, kind)
    wanted = (
        text(child(metadata, "labels"), names.ENABLED) == names.TRUE
        and text(annotations, names.SYNC) == names.TRUE
        and not text(metadata, "deletionTimestamp")
        and content.type not in _NOT_MIRRORED
    )
    return Source(
        key=key_of(body),
        uid=text(metadata, "uid"),
        resource_version=text(metadata, "resourceVersion"),
        content=content,
        digest=content.digest(),
        targets=targets.parse(text(annotations, names.TARGET_NAMESPACES)) if wanted else targets.NOWHERE,
    )


def mirror_from(body: JsonObject, kind: Kind) -> Mirror:
    """Reads an object that carries the mirror label, or that stands where a mirror belongs."""
    metadata = child(body, "metadata")
    annotations = child(metadata, "annotations")
    key = key_of(body)
    content = _content(body, kind)
    digest = content.digest()
    claimed = Key(text(annotations, names.SOURCE_NAMESPACE), text(annotations, names.SOURCE_NAME))
    return Mirror(
        key=key,
        uid=text(metadata, "uid"),
        resource_version=text(metadata, "resourceVersion"),
        source=claimed if claimed.namespace not in {"", key.namespace} and claimed.name == key.name else None,
        type=content.type,
        digest=digest,
        intact=_labelled(metadata) and text(annotations, names.CONTENT_HASH) == digest,
    )


def ownership(body: JsonObject, kind: Kind, source: Key) -> Ownership:
    """Judges an object that stands where a mirror of `source` belongs."""
    mirror = mirror_from(body, kind)
    metadata = child(body, "metadata")
    if text(child(metadata, "labels"), names.ENABLED) == names.TRUE:
        return Ownership.FOREIGN
    if mirror.source == source and (_labelled(metadata) or text(child(metadata, "annotations"), names.CONTENT_HASH)):
        return Ownership.OURS
    if _labelled(metadata):
        return Ownership.OURS if mirror.source is None else Ownership.ANOTHER_SOURCES
    return Ownership.FOREIGN


def desired(source: Source, kind: Kind, namespace: str, *, resource_version: str = "") -> JsonObject:
    """The mirror of `source` in `namespace`, ready to be written.

    Args:
        source: what to copy.
        kind: its kind.
        namespace: where to.
        resource_version: of the mirror that is to be replaced; empty to create one.
    """
    metadata: dict[str, object] = {
        "name": source.key.name,
        "namespace": namespace,
        "labels": {names.MIRROR: names.TRUE, names.MANAGED_BY: names.MANAGER},
        "annotations": {
            names.SOURCE_NAMESPACE: source.key.namespace,
            names.SOURCE_NAME: source.key.name,
            names.CONTENT_HASH: source.digest,
        },
    }
    if resource_version:
        metadata["resourceVersion"] = resource_version
    body: dict[str, object] = {
        "apiVersion": "v1",
        "kind": kind.api_name,
        "metadata": metadata,
        "data": source.content.data,
    }
    if kind is Kind.SECRET:
        body["type"] = source.content.type
    if source.content.binary_data:
        body["binaryData"] = source.content.binary_data
    return body


def _content(body: JsonObject, kind: Kind) -> Content:
    return Content(
        type=(text(body, "type") or _DEFAULT_TYPE) if kind is Kind.SECRET else "",
        data=texts(body, "data"),
        binary_data=texts(body, "binaryData"),
    )


def _labelled(metadata: JsonObject) -> bool:
    labels = child(metadata, "labels")
    return text(labels, names.MIRROR) == names.TRUE and text(labels, names.MANAGED_BY) == names.MANAGER
