"""JSON at the edge: typed reading of the API server's objects, and the type of what is sent back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

from harness.core.errors import CouldNotTellError

#: a JSON value that is sent
Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"


class ShapeError(CouldNotTellError):
    """A JSON document is not of the expected shape."""

    def __init__(self, why: str) -> None:
        super().__init__("a document has an unexpected shape", why=why, fix="check what wrote it")


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON object. What is absent reads as the empty value, as in the API's Go types."""

    #: the object as `json` parsed it; nothing outside this module looks into it
    content: Mapping[str, object]

    @classmethod
    def parse(cls, text: bytes | str) -> Self:
        """Parses a JSON object.

        Raises:
            ShapeError: it is no JSON or no object.
        """
        try:
            content = json.loads(text)
        except ValueError as error:
            raise ShapeError(f"no JSON: {error}") from error
        if not isinstance(content, dict):
            raise ShapeError("no JSON object")
        return cls(content)

    def keys(self) -> tuple[str, ...]:
        """The keys, in order."""
        return tuple(self.content)

    def has(self, key: str) -> bool:
        """Whether the key is there, with another value than null."""
        return self.content.get(key) is not None

    def at(self, *path: str) -> "Document":
        """The object at the end of a path; an empty one where the path ends early."""
        value: object = self.content
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return Document(value) if isinstance(value, Mapping) else Document({})

    def items(self, key: str) -> "tuple[Document, ...]":
        """The objects of a list."""
        return tuple(Document(value) for value in self._list(key) if isinstance(value, Mapping))

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of a list."""
        return tuple(value for value in self._list(key) if isinstance(value, str))

    def text(self, key: str) -> str:
        """A text; a number as the text that JSON would write."""
        value = self.content.get(key)
        return "" if value is None else str(value)

    def require(self, key: str) -> str:
        """A text that must be there.

        Raises:
            ShapeError: it is not.
        """
        value = self.content.get(key)
        if not isinstance(value, str) or not value:
            raise ShapeError(f"{key!r} must be a text")
        return value

    def integer(self, key: str, default: int = 0) -> int:
        """A whole number.

        Raises:
            ShapeError: it is something else.
        """
        value = self.content.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ShapeError(f"{key!r} must be a whole number, not {value!r}")
        return value

    def truth(self, key: str) -> bool:
        """True only for JSON's true."""
        return self.content.get(key) is True

    def table(self, key: str) -> tuple[tuple[str, str], ...]:
        """An object of texts (labels, quantities), sorted by key."""
        inner = self.at(key)
        return tuple((name, inner.text(name)) for name in sorted(inner.keys()))

    def _list(self, key: str) -> Sequence[object]:
        value = self.content.get(key)
        return value if isinstance(value, list) else ()
