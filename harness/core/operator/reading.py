"""Typed reading of objects and values, with the path of what is wrong; and the type of what is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError

#: a value of the written configuration
Yaml: TypeAlias = "str | int | float | bool | Sequence[Yaml] | Mapping[str, Yaml] | None"


class ShapeError(MisuseError):
    """A field is not what is accepted there."""

    def __init__(self, path: str, problem: str, *, why: str = "the operator would refuse it") -> None:
        super().__init__(f"{path} {problem}", why=why, fix=f"correct {path}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a document, present or not. What is absent reads as the empty value, as in Go."""

    #: as in messages: `spec.endpoints[0].port`
    path: str
    #: as the parser gave it; nothing outside this module looks into it
    content: object

    def at(self, *keys: str) -> "Field":
        """A field below this one.

        Raises:
            ShapeError: something on the way is no mapping.
        """
        found = self
        for key in keys:
            found = Field(f"{found.path}.{key}" if found.path else key, found._mapping().get(key))
        return found

    @property
    def present(self) -> bool:
        """Whether it has a value that is not null."""
        return self.content is not None

    @property
    def filled(self) -> bool:
        """Whether a Helm template takes it for true: neither null, false, 0 nor empty."""
        return bool(self.content)

    def names(self) -> tuple[str, ...]:
        """The keys of a mapping, in order.

        Raises:
            ShapeError: it is no mapping.
        """
        return tuple(map(str, self._mapping()))

    def items(self) -> Iterator["Field"]:
        """The elements of a list.

        Raises:
            ShapeError: it is no list.
        """
        if not self.present:
            return
        if not isinstance(self.content, Sequence) or isinstance(self.content, str):
            raise ShapeError(self.path, "must be a list")
        for index, element in enumerate(self.content):
            yield Field(f"{self.path}[{index}]", element)

    def text(self, default: str = "") -> str:
        """A text.

        Raises:
            ShapeError: it is something else.
        """
        if not self.present:
            return default
        if not isinstance(self.content, str):
            raise ShapeError(self.path, f"must be text, but is {self.content!r}")
        return self.content

    def texts(self) -> tuple[str, ...]:
        """A list of texts; errors as `items` and `text`."""
        return tuple(element.text() for element in self.items())

    def text_map(self) -> dict[str, str]:
        """A mapping of texts; errors as `names` and `text`."""
        return {key: self.at(key).text() for key in self.names()}

    def flag(self, *, default: bool = False) -> bool:
        """True or false.

        Raises:
            ShapeError: it is neither.
        """
        if not self.present:
            return default
        if not isinstance(self.content, bool):
            raise ShapeError(self.path, f"must be true or false, but is {self.content!r}")
        return self.content

    def integer(self) -> int | None:
        """A whole number of at least 0, None if absent.

        Raises:
            ShapeError: it is something else.
        """
        if not self.present:
            return None
        if not isinstance(self.content, int) or isinstance(self.content, bool) or self.content < 0:
            raise ShapeError(self.path, f"must be a whole number of at least 0, but is {self.content!r}")
        return self.content

    def duration(self) -> PromDuration | None:
        """A duration, None if absent or empty.

        Raises:
            ShapeError: the text is no duration.
        """
        text = self.text()
        if not text:
            return None
        try:
            return PromDuration.parse(text)
        except MisuseError as error:
            raise ShapeError(self.path, f"is {text!r}, which is no duration") from error

    def yaml(self) -> Yaml:
        """The field as it stands, to be written elsewhere.

        Raises:
            ShapeError: it holds something that YAML's plain types do not.
        """
        content = self.content
        if isinstance(content, Mapping):
            return {key: self.at(key).yaml() for key in self.names()}
        if content is None or isinstance(content, str | int | float):
            return content
        return [element.yaml() for element in self.items()]

    def only(self, known: Sequence[str]) -> None:
        """Checks that a mapping has no other keys than these.

        Raises:
            ShapeError: it has.
        """
        for key in self.names():
            if key not in known:
                raise ShapeError(f"{self.path}.{key}", f"is not known here (known: {', '.join(known)})")

    def _mapping(self) -> Mapping[str, object]:
        if not self.present:
            return {}
        if not isinstance(self.content, Mapping):
            raise ShapeError(self.path, "must be a mapping")
        return self.content


@dataclass(frozen=True, slots=True)
class Custom:
    """One custom resource: its identity and its spec."""

    kind: str
    namespace: str
    name: str
    uid: str
    labels: Mapping[str, str]
    spec: Field

    @classmethod
    def read(cls, document: object) -> "Custom":
        """Reads an object of the Kubernetes API.

        Raises:
            ShapeError: kind, name or namespace is missing, or metadata is malformed.
        """
        root = Field("", document)
        metadata = root.at("metadata")
        for required in (root.at("kind"), metadata.at("name"), metadata.at("namespace")):
            if not required.text():
                raise ShapeError(required.path, "is missing")
        return cls(
            kind=root.at("kind").text(),
            namespace=metadata.at("namespace").text(),
            name=metadata.at("name").text(),
            uid=metadata.at("uid").text(),
            labels=metadata.at("labels").text_map(),
            spec=root.at("spec"),
        )
