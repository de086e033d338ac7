"""Lists compared with the caches: once fully to fill them, later the names only, to find what vanished unnoticed.

A deletion can be missed when a watch has to list anew. The audit never adds: what exists, the watch reports.
"""

from controller.caches import Caches
from controller.changes import Change, MirrorGone, NamespaceGone, SourceGone
from controller.jsonobject import child, text
from controller.kinds import Kind
from controller.kubeclient import KubeClient
from controller.mirror import Key, Namespace, key_of, mirror_from, namespace_from, source_from
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
    uids = caches.namespaces.versions()
    exist = {
        text(child(body, "metadata"), "uid")
        async for page in client.pages("namespaces", metadata_only=True)
        for body in page
    }
    changes += [
        NamespaceGone(namespace=Namespace(name=name, uid=uid, terminating=True))
        for name, uid in uids.items()
        if uid not in exist
    ]
    for kind, cache in caches.kinds.items():
        before = cache.source_versions()
        listed = await _keys(client, kind, SOURCE_SELECTOR)
        changes += [SourceGone(kind=kind, key=key, version=before[key]) for key in before.keys() - listed]
        before = cache.mirror_versions()
        listed = await _keys(client, kind, MIRROR_SELECTOR)
        changes += [MirrorGone(kind=kind, key=key, version=before[key]) for key in before.keys() - listed]
    return changes


async def _keys(client: KubeClient, kind: Kind, selector: str) -> set[Key]:
    return {
        key_of(body) async for page in client.pages(kind.plural, selector=selector, metadata_only=True) for body in page
    }
