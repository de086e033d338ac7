"""JSON from the API server, read field by field: a missing or mistyped field is empty, never an exception.

This is the edge: past it there are dataclasses only.
"""

from collections.abc import Mapping
from typing import TypeAlias

JsonObject: TypeAlias = Mapping[str, object]


def child(parent: JsonObject, key: str) -> JsonObject:
    """The object under `key`; empty if there is none."""
    value = parent.get(key)
    return value if isinstance(value, Mapping) else {}


def children(parent: JsonObject, key: str) -> list[JsonObject]:
    """The objects in the list under `key`."""
    value = parent.get(key)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def text(parent: JsonObject, key: str) -> str:
    """The string under `key`; empty if there is none."""
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def number(parent: JsonObject, key: str) -> int:
    """The whole number under `key`; 0 if there is none."""
    value = parent.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def texts(parent: JsonObject, key: str) -> dict[str, str]:
    """The string-to-string map under `key`, such as labels or data; a copy."""
    return {name: value for name, value in child(parent, key).items() if isinstance(value, str)}
