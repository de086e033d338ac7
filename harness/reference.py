"""The tables of `docs/`: `python -m harness.reference` writes them, a test keeps them up to date.

Keys of a subject and of a contract come from the models that read them, options from the table of the kinds of stack,
clauses from what is said of each. What a person has written above them stays.
"""

import json
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from harness.core.contract.quantity import Quantity
from harness.core.contract.schema import ContractModel
from harness.core.contract.subject_file import SubjectModel
from harness.core.duration import PromDuration
from harness.core.files.located import LocatedYaml
from harness.core.files.validated import FileModel
from harness.core.judge.clauses import MEANINGS
from harness.core.judge.finding import Clause
from harness.home import DEFAULT_SUBJECT, HOME
from harness.stacks.options import OPTIONS

DOCS: Final = HOME / "docs"
_MADE = "<!-- made by `python -m harness.reference`: change the code, not this part -->"
_TYPES: Final[Mapping[object, str]] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    PromDuration: "duration",
    FileModel: "keys",
    StrEnum: "word",
}
_EXAMPLE_CHARS = 60


def page(name: str, directory: Path = DOCS) -> str:
    """The whole text of a page as it should be."""
    written = (directory / name).read_text(encoding="utf-8").partition(_MADE)[0].rstrip()
    return "\n\n".join((written, _MADE, *_MAKES[name]())) + "\n"


def write(directory: Path = DOCS) -> None:
    """Writes all of them."""
    for name in PAGES:
        (directory / name).write_text(page(name, directory), encoding="utf-8")


def _subject() -> Iterator[str]:
    head = ("key", "type", "default", "what to write", "example")
    yield "## Keys of subject.yaml"
    yield _table(head, _keys(SubjectModel, [_data(DEFAULT_SUBJECT)]))
    yield "## Keys of contract.yaml"
    yield _table(head, _keys(ContractModel, [_data(DEFAULT_SUBJECT.with_name("contract.yaml"))]))
    yield "## Quantities"
    yield _table(
        ("quantity", "what it is", "unit", "over a `window`", "what the controller's page must have"), _quantities()
    )
    yield "## Options of the kinds of stack"
    yield _table(("option", "kinds", "default", "meaning"), _options())


def _quantities() -> Iterator[tuple[str, ...]]:
    for quantity in Quantity:
        known = quantity.definition
        metric = f"`{known.metric}`" if known.metric else ""
        yield (
            f"`{quantity}`",
            known.words,
            f"`{known.unit}`" if known.unit else "any",
            "yes" if known.windowed else "",
            metric,
        )


def _clauses() -> Iterator[str]:
    rows = ((f"`{one}`", MEANINGS[one].looks_at, MEANINGS[one].violated, MEANINGS[one].unknown) for one in Clause)
    yield _table(("clause", "looks at", "VIOLATED", "UNKNOWN"), rows)


_MAKES: Final[Mapping[str, Callable[[], Iterator[str]]]] = {"subject.md": _subject, "clauses.md": _clauses}
PAGES: Final = tuple(_MAKES)


def _data(file: Path) -> object:
    return LocatedYaml(file.read_text(encoding="utf-8"), str(file)).data


def _keys(model: type[FileModel], examples: Iterable[object], above: str = "") -> Iterator[tuple[str, ...]]:
    """A row for each key, and below it those of what it holds; names that a person chooses are `NAME`."""
    known = [one for one in examples if isinstance(one, Mapping)]
    for field, info in model.model_fields.items():
        key = info.alias or field
        found = [one[key] for one in known if key in one]
        held, by_name = _held(info.annotation)
        shown = _example(found[0]) if found and held is None else ""
        yield f"`{above}{key}`", _type(info.annotation), _default(info), info.description or "", shown
        if held is not None:
            inside = [part for one in found for part in one.values()] if by_name else found
            yield from _keys(held, inside, f"{above}{key}.{'NAME.' if by_name else ''}")


def _held(annotation: object) -> tuple[type[FileModel] | None, bool]:
    """The model that a field holds, and whether it holds one for each name."""
    if isinstance(annotation, type) and issubclass(annotation, FileModel):
        return annotation, False
    by_name = get_origin(annotation) is dict
    found = [_held(part)[0] for part in get_args(annotation)]
    return next((one for one in found if one is not None), None), by_name


def _type(annotation: object) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in {Annotated, Union, types.UnionType, Literal}:
        kept = parts[:1] if origin is Annotated else [part for part in parts if part is not types.NoneType]
        return " or ".join(f"`{part}`" if origin is Literal else _type(part) for part in kept)
    if origin is dict:
        return f"mapping of {_type(parts[1])} by name"
    if origin is tuple:
        return f"list of {_type(parts[0])}"
    kinds = (one for one in (FileModel, StrEnum) if isinstance(annotation, type) and issubclass(annotation, one))
    return _TYPES[next(kinds, annotation)]


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.default
    if value is None or value is PydanticUndefined:
        return "none"
    return f"`{list(value) if isinstance(value, tuple) else value}`"


def _example(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text if len(text) <= _EXAMPLE_CHARS else text[: _EXAMPLE_CHARS - 3] + '...'}`"


def _options() -> Iterator[tuple[str, ...]]:
    for option in OPTIONS:
        value = f" {option.metavar or '|'.join(option.choices)}" if option.default is not False else ""
        yield f"`{option.name}{value}`", ", ".join(option.kinds), option.usually, option.help


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in (head, *rows))
    first, *others = lines
    return "\n".join((first, "|---" * len(head) + "|", *others))


if __name__ == "__main__":
    write()
