"""A document held against a model: the typed value, or every mistake with its place and its fix.

Pydantic finds the mistakes; this module says them in the words of whoever wrote the file.
"""

import types
from typing import Annotated, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from harness.core.files.located import Document, meant
from harness.core.files.mistakes import FileMistakesError, Mistake, Path, suggestion

_TYPES = {
    "string_type": "text",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "tuple_type": "a list",
    "list_type": "a list",
}


class FileModel(BaseModel):
    """Base of every model of a file: exact types, no unknown keys, nothing changed afterwards.

    A field's `description` becomes the fix of a mistake in that field, so it says what to write.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True)


Model = TypeVar("Model", bound=FileModel)


def wrong(problem: str, *, fix: str, at: Path = ()) -> PydanticCustomError:
    """What a validator of a `FileModel` raises: the problem, the fix, and the keys below the model that it is at."""
    return PydanticCustomError("wrong", "{problem}", {"problem": problem, "fix": fix, "at": at})


def validate(document: Document, model: type[Model]) -> Model:
    """The document as `model`.

    Raises:
        FileMistakesError: with every mistake that the model finds.
    """
    try:
        # lists of YAML are tuples in the models; only JSON's rules take one for the other and stay exact otherwise
        return model.model_validate(_tuples(document.data))
    except ValidationError as error:
        raise FileMistakesError(
            document.source, [_mistake(document, model, details) for details in error.errors()]
        ) from error


def _tuples(data: object) -> object:
    if isinstance(data, list):
        return tuple(_tuples(item) for item in data)
    if isinstance(data, dict):
        return {key: _tuples(value) for key, value in data.items()}
    return data


def _mistake(document: Document, model: type[FileModel], details: ErrorDetails) -> Mistake:
    context = details.get("ctx", {})
    path = tuple(part for part in details["loc"] if part != "[key]") + tuple(context.get("at", ()))
    given = details["input"]
    field = _field(model, path)
    fix = (field.description if field else None) or "see the example in the repository's monitoring directory"
    match details["type"]:
        case "missing":
            problem, fix = "is missing", f"add it: {fix}"
        case "extra_forbidden":
            problem, fix = "is not a known key", suggestion(str(path[-1]), _known_keys(model, path[:-1]))
        case "enum" | "literal_error":
            allowed = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
            what = repr(given) if isinstance(given, str) else meant(given, document.written(path))
            problem, fix = f"is {what}, which is not allowed here", suggestion(str(given), allowed)
        case "wrong":
            problem, fix = str(context["problem"]), str(context["fix"])
        case kind if kind in _TYPES:
            plain = isinstance(given, bool | int | float)
            problem = f"must be {_TYPES[kind]}, not {meant(given, document.written(path)) if plain else _named(given)}"
            if plain and kind == "string_type":
                fix = f'quote it, if the text is meant: "{document.written(path)}"; or {fix}'
        case _:
            problem = f"is {given!r}: {details['msg'][0].lower()}{details['msg'][1:]}"
    return document.mistake(path, problem, fix)


def _named(given: object) -> str:
    if given is None:
        return "empty"
    if isinstance(given, dict):
        return "a mapping"
    return "a list" if isinstance(given, tuple) else repr(given)


def _known_keys(model: type[FileModel], path: Path) -> list[str]:
    """The keys that the mapping at `path` may have; only called where the model closes them."""
    field = _field(model, path)
    closed = _bare(field.annotation) if field else model
    assert isinstance(closed, type)  # noqa: S101  # an unknown key is found in models only
    assert issubclass(closed, BaseModel)  # noqa: S101  # same
    return [field.alias or name for name, field in closed.model_fields.items()]


def _field(model: type[FileModel], path: Path) -> FieldInfo | None:
    """The model's field at `path`; None for the top, for keys that are free, and for keys that are unknown."""
    here: object = model
    field: FieldInfo | None = None
    for part in path:
        here = _bare(here)
        if isinstance(here, type) and issubclass(here, BaseModel):
            named = {info.alias or name: info for name, info in here.model_fields.items()}
            field = named.get(str(part))
            here = field.annotation if field else None
        else:
            inside = get_args(here)
            here = inside[-1] if get_origin(here) is dict else next(iter(inside), None)
            bare = _bare(here)
            if isinstance(bare, type) and issubclass(bare, BaseModel):
                field = FieldInfo(annotation=bare)
    return field


def _bare(annotation: object) -> object:
    """The type without `Annotated` and without `| None`."""
    while get_origin(annotation) in {Annotated, Union, types.UnionType}:
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return annotation
