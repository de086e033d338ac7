"""What the API server takes of a custom resource: a schema in a few words, and what is wrong with a document by it.

As a structural schema says it: unknown keys are refused (`strict decoding error: unknown field`), a key that is null is
none (`PruneNonNullableNullsWithoutDefaults`), and a value is of its type and no other, whatever YAML made of it.
https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from harness.core.files.located import Document, Plain, meant
from harness.core.files.mistakes import Mistake, Path, suggestion

_REFUSED = "the API server refuses it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """A value of one type."""

    #: as people call it: `text`
    name: str
    types: tuple[type, ...]
    #: what a text has to be; empty for any
    pattern: str = ""
    #: how such a text is written
    example: str = ""

    @property
    def is_text(self) -> bool:
        """Whether text is taken."""
        return str in self.types


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of one kind of items."""

    item: "Schema"


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping with keys of somebody's own."""

    value: "Schema"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A mapping with these keys and no others."""

    fields: Mapping[str, "Schema"]
    required: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Anything:
    """What the API server does not look into."""


#: what may stand at a place
Schema: TypeAlias = Scalar | ListOf | MapOf | Shape | Anything

_NO_MORE: Mapping[str, Schema] = MappingProxyType({})

TEXT = Scalar(name="text", types=(str,))
FILLED = Scalar(name="text", types=(str,), pattern="(?s).+", example="a text that is not empty")
FLAG = Scalar(name="true or false", types=(bool,))
WHOLE = Scalar(name="a whole number", types=(int,))
TEXT_OR_WHOLE = Scalar(name="text or a whole number", types=(str, int))
DURATION = Scalar(
    name="text",
    types=(str,),
    pattern="(0|([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)",
    example="a duration like 30s or 1h30m",
)
SOME_DURATION = replace(DURATION, pattern=f"(?!$){DURATION.pattern}")
ANYTHING = Anything()


def one_of(*words: str) -> Scalar:
    """A text out of a few."""
    return Scalar(
        name="text", types=(str,), pattern="|".join(map(re.escape, words)), example=f"one of {', '.join(words)}"
    )


def shape(
    required: str = "",
    /,
    *,
    texts: str = "",
    filled: str = "",
    flags: str = "",
    wholes: str = "",
    more: Mapping[str, Schema] = _NO_MORE,
    **others: Schema,
) -> Shape:
    """A shape by the names of its keys, separated by spaces; a key that Python has for itself ends in `_`.

    Args:
        required: what has to be there.
        texts: text, also an empty one.
        filled: text that is not empty.
        flags: true or false.
        wholes: whole numbers.
        more: further ones.
        others: the same.
    """
    fields: dict[str, Schema] = {**more, **{name.removesuffix("_"): one for name, one in others.items()}}
    for names, kind in ((texts, TEXT), (filled, FILLED), (flags, FLAG), (wholes, WHOLE)):
        fields |= dict.fromkeys(names.split(), kind)
    return Shape(fields=fields, required=frozenset(required.split()))


def without_nulls(value: Plain, schema: Schema) -> Plain:
    """The value as the API server stores it: without the keys that are null, down to where it looks no more."""
    if isinstance(schema, Anything):
        return value
    if isinstance(value, dict):
        inside = {
            key: schema.fields.get(key, ANYTHING) if isinstance(schema, Shape) else _item(schema) for key in value
        }
        return {key: without_nulls(one, inside[key]) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one, _item(schema)) for one in value]
    return value


def refusals(document: Document, value: Plain, schema: Schema, path: Path) -> Iterator[Mistake]:
    """What the API server refuses of a value, each with its place.

    Args:
        document: where it is written.
        value: a part of it.
        schema: what it has to be.
        path: where it is.
    """
    match schema:
        case Scalar():
            yield from _scalar(document, value, schema, path)
        case Shape():
            yield from _shape(document, value, schema, path)
        case ListOf() if isinstance(value, list):
            for index, item in enumerate(value):
                yield from refusals(document, item, schema.item, (*path, index))
        case MapOf() if isinstance(value, dict):
            for key, one in value.items():
                if one is not None:
                    yield from refusals(document, one, schema.value, (*path, key))
        case ListOf() | MapOf():
            yield _other(document, value, "a list" if isinstance(schema, ListOf) else "a mapping", path)


def _shape(document: Document, value: Plain, schema: Shape, path: Path) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield _other(document, value, "a mapping", path)
        return
    for key, one in value.items():
        if key not in schema.fields:
            fix = suggestion(key, tuple(schema.fields))
            yield document.mistake((*path, key), f"is not known there; {_REFUSED}", fix)
        elif one is not None:
            yield from refusals(document, one, schema.fields[key], (*path, key))
    for key in sorted(schema.required):
        if value.get(key) is None:
            yield document.mistake((*path, key), f"is missing; {_REFUSED}", f"add `{key}:`")


def _scalar(document: Document, value: Plain, schema: Scalar, path: Path) -> Iterator[Mistake]:
    if not isinstance(value, schema.types) or (isinstance(value, bool) and bool not in schema.types):
        yield _other(document, value, schema.name, path, quotable=schema.is_text)
    elif isinstance(value, str) and schema.pattern and not re.fullmatch(schema.pattern, value):
        yield document.mistake(path, f"is {meant(value, None)}; {_REFUSED}", f"write {schema.example}")


def _other(document: Document, value: Plain, wanted: str, path: Path, *, quotable: bool = False) -> Mistake:
    written = document.written(path)
    problem = f"must be {wanted}, not {meant(value, written)}; {_REFUSED}"
    if quotable and isinstance(value, bool | int | float):
        return document.mistake(path, problem, f'quote it, if the text is meant: "{written or value}"')
    return document.mistake(path, problem, f"write {wanted} there")


def _item(schema: Schema) -> Schema:
    match schema:
        case ListOf():
            return schema.item
        case MapOf():
            return schema.value
        case _:
            return ANYTHING
