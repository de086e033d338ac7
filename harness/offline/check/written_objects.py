"""Where an object of the manifests is written: kustomize builds objects, and says of none from which file it came.

Files are read as they lie beside the kustomization, before any patch: a value that a patch has changed is looked for
where the object begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import HarnessError
from harness.core.files.located import Document, read_documents
from harness.core.files.mistakes import Path as Keys
from harness.core.operator.reading import Field, ShapeError
from harness.subject_reader import read_text

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
#: the keys under which a kustomization names what it builds from
_SOURCES = ("resources", "bases", "components")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenObject:
    """One object in one file."""

    kind: str
    name: str
    file: Path
    document: Document

    def line(self, keys: Keys) -> int:
        """Of a field, or of the nearest thing above it."""
        return self.document.place(keys).line


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenObjects:
    """All of the manifests."""

    #: as the subject names them
    sources: tuple[Path, ...]
    objects: tuple[WrittenObject, ...]

    @classmethod
    def read(cls, sources: tuple[Path, ...]) -> "WrittenObjects":
        """Those of files and of kustomize directories; what cannot be read here is left to kubectl."""
        return cls(sources=sources, objects=tuple(one for source in sources for one in _below(source, frozenset())))

    def place(self, kind: str, name: str, *keys: str | int) -> tuple[Path, int | None]:
        """File and line of a field of an object; the manifests themselves where the object is not found in them."""
        for one in self.objects:
            if (one.kind, one.name) == (kind, name):
                return one.file, one.line(keys)
        return self.sources[0], None


def _below(source: Path, above: frozenset[Path]) -> Iterator[WrittenObject]:
    here = source.resolve()
    if here in above:
        return
    if not source.is_dir():
        yield from _objects(source)
        return
    for name in _KUSTOMIZATIONS:
        if not (source / name).is_file():
            continue
        for document in _documents(source / name):
            for named in _named(document):
                if "://" not in named:
                    yield from _below(source / named, above | {here})
        return


def _named(document: Document) -> Iterator[str]:
    root = Field("", document.data)
    try:
        for key in _SOURCES:
            yield from root.at(key).texts()
    except ShapeError:
        return


def _objects(file: Path) -> Iterator[WrittenObject]:
    for document in _documents(file):
        try:
            root = Field("", document.data)
            kind, name = root.at("kind").text(), root.at("metadata", "name").text()
        except ShapeError:
            continue
        yield WrittenObject(kind=kind, name=name, file=file, document=document)


def _documents(file: Path) -> tuple[Document, ...]:
    try:
        return read_documents(read_text(file, "the manifests"), str(file))
    except HarnessError:
        return ()
