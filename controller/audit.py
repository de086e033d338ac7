"""Lists compared with the caches: once fully to fill them, later the names only, to find what vanished unnoticed.

A deletion can be missed when a watch has to list anew. The audit never adds: what exists, the watch reports.
"""

from collections.abc import AsyncIterator

from controller.caches import Caches
from controller.changes import Change, MirrorGone, NamespaceGone, SourceGone
from controller.kubeclient import KubeClient
from controller.mirror import Key, key_of, mirror_from, namespace_from, source_from
from controller.names import MIRROR_SELECTOR, SOURCE_SELECTOR


async def fill(client: KubeClient, caches: Caches) -> None:
    """Fills empty caches, page by page. Afterwards every source and every mirror that existed at the call is known.

    Raises:
        ApiError, ApiUnreachableError: a list failed; the caches are filled in part, and a second call is safe.
    """
    async for page in client.pages("namespaces"):
        for body in page:
            caches.namespaces.seen(namespace_from(body))
    for kind, cache in caches.kinds.items():
        async for page in client.pages(kind.plural, selector=SOURCE_SELECTOR):
            for body in page:
                cache.source_seen(source_from(body, kind))
        async for page in client.pages(kind.plural, selector=MIRROR_SELECTOR):
            for body in page:
                cache.mirror_seen(mirror_from(body, kind))


async def vanished(client: KubeClient, caches: Caches) -> list[Change]:
    """What the caches know and the API server does not.

    Only entries that are the same before and after the list count: what was changed meanwhile exists.

    Raises:
        ApiError, ApiUnreachableError: a list failed; nothing is known.
    """
    changes: list[Change] = []
    known = caches.namespaces.versions()
    exist = {key.name async for key in _keys(client, "namespaces", "")}
    changes += [NamespaceGone(name=name, version=known[name]) for name in known.keys() - exist]
    for kind, cache in caches.kinds.items():
        before = cache.source_versions()
        listed = {key async for key in _keys(client, kind.plural, SOURCE_SELECTOR)}
        changes += [SourceGone(kind=kind, key=key, version=before[key]) for key in before.keys() - listed]
        before = cache.mirror_versions()
        listed = {key async for key in _keys(client, kind.plural, MIRROR_SELECTOR)}
        changes += [MirrorGone(kind=kind, key=key, version=before[key]) for key in before.keys() - listed]
    return changes


async def _keys(client: KubeClient, plural: str, selector: str) -> AsyncIterator[Key]:
    async for page in client.pages(plural, selector=selector, metadata_only=True):
        for body in page:
            yield key_of(body)
