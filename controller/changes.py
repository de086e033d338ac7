"""What the watches report, and how it reaches the caches and the queues.

The watches run in a thread of their own, so that a flood of events delays neither a lease nor a scrape. Objects are
parsed there; what crosses over are these values, in order, and the event loop takes them in small portions.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from controller.caches import Caches
from controller.kinds import Kind
from controller.mirror import Key, Mirror, Namespace, Source

#: changes applied before the event loop may do something else
_PORTION: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSeen:
    """An object carries the enabled label."""

    kind: Kind
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceGone:
    """It does not any more, as of this resourceVersion."""

    kind: Kind
    key: Key
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorSeen:
    """An object carries the mirror label."""

    kind: Kind
    mirror: Mirror


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorGone:
    """It does not any more, as of this resourceVersion."""

    kind: Kind
    key: Key
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceSeen:
    """A namespace exists."""

    namespace: Namespace


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceGone:
    """It does not any more, as of this resourceVersion."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Relisted:
    """A watch did not continue but listed anew: what was deleted in between was not reported."""


Change: TypeAlias = SourceSeen | SourceGone | MirrorSeen | MirrorGone | NamespaceSeen | NamespaceGone | Relisted


def apply(caches: Caches, change: Change) -> Iterable[tuple[Kind, Key]]:
    """Brings the caches up to date; gives the sources that must reconcile."""
    affected: set[Key]
    match change:
        case SourceSeen(kind=kind, source=source):
            affected = caches.kinds[kind].source_seen(source)
        case SourceGone(kind=kind, key=key, version=version):
            affected = caches.kinds[kind].source_gone(key, version)
        case MirrorSeen(kind=kind, mirror=mirror):
            affected = caches.kinds[kind].mirror_seen(mirror)
        case MirrorGone(kind=kind, key=key, version=version):
            affected = caches.kinds[kind].mirror_gone(key, version)
        case NamespaceSeen(namespace=namespace):
            return caches.targeting(namespace.name) if caches.namespaces.seen(namespace) else ()
        case NamespaceGone(name=name, version=version):
            caches.namespaces.gone(name, version)
            return ()
        case Relisted():
            return ()
    return ((kind, key) for key in affected)


class Inbox:
    """Takes changes from any thread, and applies them on the event loop in the order in which they came."""

    def __init__(
        self,
        caches: Caches,
        *,
        loop: asyncio.AbstractEventLoop,
        enqueue: Callable[[Kind, Key], None],
        relisted: Callable[[], None],
    ) -> None:
        """Args: `enqueue` gets the affected sources, `relisted` is told of a new list; both on the loop."""
        self._caches = caches
        self._loop = loop
        self._enqueue = enqueue
        self._relisted = relisted
        self._changes: deque[Change] = deque()

    def put(self, change: Change) -> None:
        """May be called in any thread. Dropped once the loop is closed."""
        self._changes.append(change)
        # only the first of a batch wakes the loop; a wake-up too many is harmless, one too few would not be
        if len(self._changes) == 1:
            try:
                self._loop.call_soon_threadsafe(self.drain)
            except RuntimeError:
                self._changes.clear()

    def drain(self) -> None:
        """Applies a portion, and comes back for the rest."""
        for _ in range(_PORTION):
            try:
                change = self._changes.popleft()
            except IndexError:
                return
            if isinstance(change, Relisted):
                self._relisted()
            for kind, key in apply(self._caches, change):
                self._enqueue(kind, key)
        if self._changes:
            self._loop.call_soon(self.drain)
