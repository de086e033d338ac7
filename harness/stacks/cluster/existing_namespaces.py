"""Existing namespaces: of what a subject is installed with, that which is there already and stays its owner's."""

import json
from collections.abc import Collection

_BETWEEN = "\n---\n"


def without_namespaces(manifests: str, names: Collection[str]) -> str:
    """The manifests without the Namespaces of these names: applying one would make its labels ours.

    Args:
        manifests: JSON documents, as `named.marked` writes them.
        names: those that were there before.
    """
    kept = [one for one in manifests.split(_BETWEEN) if not _is_namespace(one, names)]
    return _BETWEEN.join(kept)


def _is_namespace(document: str, names: Collection[str]) -> bool:
    one = json.loads(document)
    return (one["apiVersion"], one["kind"]) == ("v1", "Namespace") and one["metadata"]["name"] in names
