"""What the watches have seen, and who must reconcile because of it.

Fed by events, so that no reconcile lists anything. Every change method returns the sources that are affected; the
caller puts them on the queue. An event that shows nothing new, such as the echo of an own write, affects nobody.

A repeated or late event is recognised by its resourceVersion: those of one resource are comparable numbers
(https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
"""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from controller.kinds import Kind
from controller.mirror import Key, Mirror, Namespace, Source

#: deletions that are remembered per kind; late news is late by milliseconds
_TOMBSTONES: Final = 1_000


class Namespaces:
    """The namespaces that exist."""

    def __init__(self) -> None:
        self._versions: dict[str, str] = {}
        self._active: set[str] = set()

    @property
    def active(self) -> AbstractSet[str]:
        """Those that objects can be created in. A live view."""
        return self._active

    def seen(self, namespace: Namespace) -> bool:
        """A namespace exists. Tells whether it can be a target now and could not before."""
        known = self._versions.get(namespace.name)
        if known is not None and not _newer(namespace.version, known):
            return False
        self._versions[namespace.name] = namespace.version
        if namespace.terminating:
            self._active.discard(namespace.name)
            return False
        new = namespace.name not in self._active
        self._active.add(namespace.name)
        return new

    def gone(self, name: str, version: str) -> None:
        """The namespace does not exist any more, unless it was made again since."""
        known = self._versions.get(name)
        if known is not None and not _newer(known, version):
            del self._versions[name]
            self._active.discard(name)

    def versions(self) -> dict[str, str]:
        """Name to resourceVersion, as of now: what an audit compares with a list."""
        return dict(self._versions)


class _Tombstones:
    """What was seen to go last, so that late news of its life does not bring it back.

    The answer to an own write can arrive after the watch has told that somebody deleted what was written.
    """

    def __init__(self) -> None:
        self._versions: dict[Key, str] = {}

    def add(self, key: Key, version: str) -> None:
        self._versions.pop(key, None)
        self._versions[key] = version
        if len(self._versions) > _TOMBSTONES:
            del self._versions[next(iter(self._versions))]

    def cover(self, key: Key, version: str) -> bool:
        buried = self._versions.get(key)
        return buried is not None and not _newer(version, buried)


class KindCache:
    """Sources and mirrors of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._sources: dict[Key, Source] = {}
        self._mirrors: dict[Key, Mirror] = {}
        self._gone_sources = _Tombstones()
        self._gone_mirrors = _Tombstones()
        self._by_name: defaultdict[str, set[Key]] = defaultdict(set)
        self._mirrors_of: defaultdict[Key, dict[str, Mirror]] = defaultdict(dict)

    def source(self, key: Key) -> Source | None:
        """The source, or None if there is no object of this name that carries the enabled label."""
        return self._sources.get(key)

    def mirror(self, key: Key) -> Mirror | None:
        """The mirror at this place."""
        return self._mirrors.get(key)

    def mirrors_of(self, source: Key) -> dict[str, Mirror]:
        """The mirrors that name this source, by namespace; a copy."""
        return dict(self._mirrors_of.get(source, {}))

    def source_keys(self) -> set[Key]:
        """Every source that exists or that a mirror names: whoever reconciles these leaves no orphan."""
        return set(self._sources) | set(self._mirrors_of)

    def targeting(self, namespace: str) -> set[Key]:
        """The sources that name this namespace."""
        return {key for key, source in self._sources.items() if source.targets.match(namespace, own=key.namespace)}

    def source_seen(self, new: Source) -> set[Key]:
        """An object carries the enabled label."""
        old = self._sources.get(new.key)
        if self._gone_sources.cover(new.key, new.resource_version):
            return set()
        if old is not None and not _newer(new.resource_version, old.resource_version):
            return set()
        self._sources[new.key] = new
        self._by_name[new.key.name].add(new.key)
        return {new.key}

    def source_gone(self, key: Key, version: str) -> set[Key]:
        """The object was deleted, or does not carry the label any more. Rivals of the same name get their turn.

        Late news about an object that was made again since, by its resourceVersion, affects nobody.
        """
        old = self._sources.get(key)
        if old is not None and _newer(old.resource_version, version):
            return set()
        self._gone_sources.add(key, version)
        if old is None:
            return set()
        del self._sources[key]
        self._by_name[key.name].discard(key)
        return {key} | self._rivals(key.name)

    def mirror_seen(self, new: Mirror) -> set[Key]:
        """An object carries the mirror label, by a watch or as the answer to an own write."""
        old = self._mirrors.get(new.key)
        if self._gone_mirrors.cover(new.key, new.resource_version):
            return set()
        if old is not None:
            if not _newer(new.resource_version, old.resource_version):
                return set()
            self._unlink(old)
        self._mirrors[new.key] = new
        affected = {old.source} if old is not None and old.source != new.source else set()
        if new.source is not None:
            self._mirrors_of[new.source][new.key.namespace] = new
        source = self._sources.get(new.source) if new.source else None
        if source is None or not new.equals(source):
            affected.add(new.source)
        return {key for key in affected if key is not None}

    def mirror_gone(self, key: Key, version: str) -> set[Key]:
        """The mirror was deleted, or does not carry the label any more; whoever wants the place gets its turn."""
        old = self._mirrors.get(key)
        if old is not None:
            if _newer(old.resource_version, version):
                return set()
            del self._mirrors[key]
            self._unlink(old)
        self._gone_mirrors.add(key, version)
        return {
            rival
            for rival in self._rivals(key.name)
            if self._sources[rival].targets.match(key.namespace, own=rival.namespace)
        }

    def forget_mirror(self, key: Key) -> None:
        """An own deletion succeeded: the watch will tell what is known already."""
        old = self._mirrors.pop(key, None)
        if old is not None:
            self._unlink(old)

    def source_versions(self) -> dict[Key, str]:
        """Place to resourceVersion, as of now: what an audit compares with a list."""
        return {key: source.resource_version for key, source in self._sources.items()}

    def mirror_versions(self) -> dict[Key, str]:
        """Place to resourceVersion, as of now: what an audit compares with a list."""
        return {key: mirror.resource_version for key, mirror in self._mirrors.items()}

    def _unlink(self, mirror: Mirror) -> None:
        if mirror.source is None:
            return
        siblings = self._mirrors_of[mirror.source]
        siblings.pop(mirror.key.namespace, None)
        if not siblings:
            del self._mirrors_of[mirror.source]

    def _rivals(self, name: str) -> set[Key]:
        rivals = self._by_name.get(name)
        if not rivals:
            self._by_name.pop(name, None)
            return set()
        return set(rivals)


class Caches:
    """Everything that is known of the cluster."""

    def __init__(self) -> None:
        self.namespaces = Namespaces()
        self.kinds = {kind: KindCache(kind) for kind in Kind}

    def targeting(self, namespace: str) -> Iterable[tuple[Kind, Key]]:
        """All sources that name this namespace."""
        for kind, cache in self.kinds.items():
            for key in cache.targeting(namespace):
                yield kind, key


def _newer(version: str, than: str) -> bool:
    if version.isdecimal() and than.isdecimal():
        return int(version) > int(than)
    return version != than
