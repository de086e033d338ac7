"""What the watches have seen, and who must reconcile because of it.

Fed by events, so that no reconcile lists anything. Every change method returns the sources that are affected; the
caller puts them on the queue. An event that shows nothing new, such as the echo of an own write, affects nobody.

A repeated or late event is recognised by its resourceVersion: those of one resource are comparable numbers
(https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions).
"""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from controller.kinds import Kind
from controller.mirror import Key, Mirror, Namespace, Source


class Namespaces:
    """The namespaces that exist."""

    def __init__(self) -> None:
        self._uids: dict[str, str] = {}
        self._active: set[str] = set()

    @property
    def active(self) -> AbstractSet[str]:
        """Those that objects can be created in. A live view."""
        return self._active

    def seen(self, namespace: Namespace) -> bool:
        """A namespace exists. Tells whether it can be a target now and could not before."""
        self._uids[namespace.name] = namespace.uid
        if namespace.terminating:
            self._active.discard(namespace.name)
            return False
        new = namespace.name not in self._active
        self._active.add(namespace.name)
        return new

    def gone(self, name: str, uid: str) -> None:
        """The namespace with this uid does not exist any more; another of the same name may."""
        if self._uids.get(name) == uid:
            del self._uids[name]
            self._active.discard(name)

    def versions(self) -> dict[str, str]:
        """Name to uid, as of now: what an audit compares with a list."""
        return dict(self._uids)


class KindCache:
    """Sources and mirrors of one kind."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._sources: dict[Key, Source] = {}
        self._mirrors: dict[Key, Mirror] = {}
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
        if old is None or _newer(old.resource_version, version):
            return set()
        del self._sources[key]
        self._by_name[key.name].discard(key)
        return {key} | self._rivals(key.name)

    def mirror_seen(self, new: Mirror) -> set[Key]:
        """An object carries the mirror label, by a watch or as the answer to an own write."""
        old = self._mirrors.get(new.key)
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
        if old is None or _newer(old.resource_version, version):
            return set()
        del self._mirrors[key]
        self._unlink(old)
        wanting = {
            rival
            for rival in self._rivals(key.name)
            if self._sources[rival].targets.match(key.namespace, own=rival.namespace)
        }
        return wanting | ({old.source} if old.source is not None and old.source not in self._sources else set())

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
