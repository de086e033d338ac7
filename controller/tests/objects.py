"""API objects for tests."""

from controller import names
from controller.jsonobject import JsonObject


def source_body(
    name: str = "s",
    namespace: str = "home",
    *,
    targets: str = "*",
    data: dict[str, str] | None = None,
    version: int = 1,
    sync: str = "true",
    **more: object,
) -> JsonObject:
    """A Secret or ConfigMap that is a source."""
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{namespace}-{name}",
            "resourceVersion": str(version),
            "labels": {names.ENABLED: "true"},
            "annotations": {names.SYNC: sync, names.TARGET_NAMESPACES: targets},
        },
        "data": {"k": "dg=="} if data is None else data,
        **more,
    }


def foreign_body(name: str = "s", namespace: str = "a", **more: object) -> JsonObject:
    """An object that nobody mirrored."""
    return {"metadata": {"name": name, "namespace": namespace}, "data": {"own": "eA=="}, **more}
