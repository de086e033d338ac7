"""Objects as they are applied: one read from text, plain and whole, so that it can be changed here and there.

What is applied is what was written, as kubectl and the API server read it (`core.files.located`, `schema`): nothing
is repaired on the way, and what the API server would refuse is refused here, with its line, before anything is started.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness.core.errors import MisuseError
from harness.core.files.located import Document, Plain, meant, read_documents
from harness.core.files.mistakes import FileMistakesError, Mistake, Path
from harness.core.operator.reading import Field, ShapeError, Yaml
from harness.core.operator.resources import METADATA, RESOURCES
from harness.core.operator.schema import refusals, without_nulls

#: an object of the Kubernetes API, ready to be applied
Manifest = dict[str, Yaml]

_KEYS = ("apiVersion", "kind", "metadata", "spec", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFile:
    """The one object of a file, and where everything of it is written."""

    document: Document
    #: as the API server would store it
    manifest: Manifest

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """What is found wrong with a field of the object is told with its line.

        Raises:
            FileMistakesError: instead of a ShapeError.
        """
        try:
            yield
        except ShapeError as error:
            found = self.document.mistake(path_of(error.path, self.document.data), error.problem, error.fix)
            raise FileMistakesError(self.document.source, [found]) from error


def one_object(text: str, kind: str, *, source: str, namespace: str = "") -> Manifest:
    """The one object of a text, as `read_object`."""
    return read_object(text, kind, source=source, namespace=namespace).manifest


def read_object(text: str, kind: str, *, source: str, namespace: str = "") -> ObjectFile:
    """The one object of a text.

    Args:
        text: YAML or JSON; empty documents around the object do not count.
        kind: what it has to be, one of `RESOURCES`.
        source: what to call the text in messages, usually the file's name.
        namespace: where an object goes that names none, as with `kubectl apply --namespace`; empty to refuse such.

    Raises:
        FileMistakesError: no YAML, another number of objects, another kind, or what the API server would refuse.
    """
    documents = read_documents(text, source)
    _refuse_others(documents, kind, source)
    document = documents[0]
    data, resource = document.data, RESOURCES[kind]
    assert isinstance(data, dict)  # noqa: S101  # refused above otherwise
    metadata = data.get("metadata")
    mistakes = [
        *_unknown(document, data),
        *refusals(document, {} if metadata is None else metadata, METADATA, ("metadata",)),
        *_spec(document, data, kind),
    ]
    if data.get("apiVersion") != resource.api_version:
        problem = f"is {meant(data.get('apiVersion'), document.written(('apiVersion',)))}, not {resource.api_version}"
        mistakes.append(document.mistake(("apiVersion",), problem, f"write `apiVersion: {resource.api_version}`"))
    if isinstance(metadata, dict) and metadata.get("namespace") is None and not namespace:
        mistakes.append(document.mistake(("metadata", "namespace"), "is missing", "add `namespace:`"))
    if mistakes:
        raise FileMistakesError(source, mistakes)
    stored = without_nulls(metadata, METADATA)
    assert isinstance(stored, dict)  # noqa: S101  # refused above otherwise
    manifest: Manifest = {
        **fields(Field("", data)),
        "metadata": {**fields(Field("metadata", stored)), "namespace": str(stored.get("namespace", namespace))},
    }
    if "spec" in data:
        manifest["spec"] = Field("spec", without_nulls(data["spec"], resource.spec)).yaml()
    return ObjectFile(document=document, manifest=manifest)


def fields(source: Field) -> Manifest:
    """A mapping of which single keys can be replaced.

    Raises:
        ShapeError: it is no mapping, or holds what JSON cannot.
    """
    return {key: source.at(key).yaml() for key in source.names()}


def dumped(objects: Iterable[Manifest]) -> str:
    """Objects as JSON documents one after the other, as `kubectl apply` takes them."""
    return "\n---\n".join(map(json.dumps, objects))


def path_of(text: str, data: Plain) -> Path:
    """The keys and indices of a path in messages, as far as the document goes: keys may have dots in them."""
    path: list[str | int] = []
    rest, here = text, data
    while rest:
        if isinstance(here, list) and rest.startswith("["):
            index, _, rest = rest[1:].partition("]")
            path.append(int(index))
            here = here[int(index)] if int(index) < len(here) else None
            continue
        rest = rest.removeprefix(".")
        known = [key for key in here if _begins(rest, key)] if isinstance(here, dict) else []
        if not isinstance(here, dict) or not known:
            return (*path, *([rest] if rest else []))
        key = max(known, key=len)
        path.append(key)
        rest, here = rest[len(key) :], here[key]
    return tuple(path)


def _begins(rest: str, key: str) -> bool:
    return rest.startswith(key) and rest[len(key) : len(key) + 1] in ("", ".", "[")


def _refuse_others(documents: tuple[Document, ...], kind: str, source: str) -> None:
    """Refuses what is not one object of this kind."""
    fix = f"give a file with one {kind} and nothing else"
    if not documents:
        raise MisuseError(f"{source} is not one {kind}", why="it holds no object", fix=fix)
    if len(documents) > 1:
        raise FileMistakesError(
            source,
            [_at(one, f"begins object {count} of {len(documents)}", fix) for count, one in enumerate(documents, 1)],
        )
    (document,) = documents
    data = document.data
    if not isinstance(data, dict):
        raise FileMistakesError(source, [_at(document, f"is {meant(data, None)}, not one {kind}", fix)])
    found = data.get("kind")
    if found is None and "groups" in data:
        problem = f"is a plain rule file, not one {kind}: the operator takes rules from objects only"
        fix = "put `groups` under `spec` of a PrometheusRule, with apiVersion, kind and metadata"
        raise FileMistakesError(source, [_at(document, problem, fix)])
    if found != kind:
        problem = (
            "is missing"
            if found is None
            else f"must be {kind}, not {found if isinstance(found, str) else meant(found, None)}"
        )
        raise FileMistakesError(source, [document.mistake(("kind",), problem, fix)])


def _unknown(document: Document, data: dict[str, Plain]) -> Iterator[Mistake]:
    for key in data:
        if key not in _KEYS:
            yield document.mistake(
                (key,), "is not known there; the API server refuses it", f"known: {', '.join(_KEYS)}"
            )


def _spec(document: Document, data: dict[str, Plain], kind: str) -> Iterator[Mistake]:
    if data.get("spec") is None:
        yield document.mistake(("spec",), "is missing; the API server refuses it", "add `spec:`")
    else:
        yield from refusals(document, data["spec"], RESOURCES[kind].spec, ("spec",))


def _at(document: Document, problem: str, fix: str) -> Mistake:
    return document.mistake((), problem, fix)
