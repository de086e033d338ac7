"""The fault x alert matrix: what each alert must, may and must not do during each fault. Data beside the scenarios.

A row is one fault, or several at once, at one strength. A column is the quantity of an alert's threshold, so that one
matrix serves every subject. Every row says something about every quantity: what is not listed is a mistake.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from harness.core.contract.quantity import Quantity
from harness.core.errors import MisuseError
from harness.core.files.located import LocatedYaml
from harness.core.files.mistakes import suggestion
from harness.core.files.validated import FileModel, validate, wrong

#: the columns; nothing can be said about quantities that no scenario knows
COLUMNS = tuple(quantity for quantity in Quantity if quantity is not Quantity.OTHER)


class Expectation(StrEnum):
    """One cell of the fault x alert matrix."""

    MUST = "must fire"
    MAY = "may fire"
    MUST_NOT = "must not fire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What the alerts of one quantity do during one fault."""

    expectation: Expectation
    #: why it may; empty otherwise
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault at one strength."""

    name: str
    #: names of the faults that may be injected; `harness.faults.fault.Fault.name`
    faults: tuple[str, ...]
    #: one for each of COLUMNS
    cells: Mapping[Quantity, Cell]

    def cell(self, quantity: Quantity) -> Cell:
        """What alerts of this quantity do. Nothing here brings OTHER about, so it must not fire."""
        return self.cells.get(quantity, Cell(expectation=Expectation.MUST_NOT))

    @property
    def must(self) -> frozenset[Quantity]:
        """The quantities whose alerts must fire."""
        return frozenset(key for key, cell in self.cells.items() if cell.expectation is Expectation.MUST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All rows, in the order of the file."""

    source: str
    rows: Mapping[str, Row]

    def row(self, name: str) -> Row:
        """The row of this name.

        Raises:
            MisuseError: there is none.
        """
        found = self.rows.get(name)
        if found is None:
            raise MisuseError(
                f"the fault x alert matrix has no row {name}",
                why=f"{self.source} has {', '.join(self.rows) or 'none'}",
                fix=f"add the row; {suggestion(name, tuple(self.rows) or (name,))}",
            )
        return found


def unlisted(row: Row, fault: str, source: str) -> MisuseError:
    """The error of a fault that its scenario's row does not list."""
    return MisuseError(
        f"fault {fault} is not in row {row.name} of the fault x alert matrix",
        why=f"{source} lists {', '.join(row.faults) or 'no fault'} there",
        fix="add it to the row's `faults`, and say what every alert does during it",
    )


Text = Annotated[str, Field(min_length=1)]
_Column = Annotated[Quantity, Field(strict=False)]


class _RowModel(FileModel):
    faults: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description="`faults:` with the names of the faults that are injected"
    )
    must: tuple[_Column, ...] = Field(default=(), description="`must:` with the quantities whose alerts must fire")
    may: dict[_Column, Text] = Field(default={}, description="`may:` with quantity and reason")
    must_not: tuple[_Column, ...] = Field(default=(), description="`must_not:` with the quantities that stay silent")

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        seen: set[Quantity] = set()
        for part, keys in (("must", self.must), ("may", tuple(self.may)), ("must_not", self.must_not)):
            for key in keys:
                if key in seen or key is Quantity.OTHER:
                    problem = "is listed twice" if key in seen else "is no column"
                    raise wrong(f"has {key}, which {problem}", fix="each quantity once, but for other", at=(part,))
                seen.add(key)
        left = [column for column in COLUMNS if column not in seen]
        if left:
            raise wrong(
                f"says nothing about {', '.join(left)}",
                fix="list every quantity under must, may (with its reason) or must_not",
            )
        return self

    def cells(self) -> Iterator[tuple[Quantity, Cell]]:
        """Quantity and cell."""
        for expectation, keys in ((Expectation.MUST, self.must), (Expectation.MUST_NOT, self.must_not)):
            yield from ((key, Cell(expectation=expectation)) for key in keys)
        yield from ((key, Cell(expectation=Expectation.MAY, reason=reason)) for key, reason in self.may.items())


class _MatrixModel(FileModel):
    rows: Annotated[dict[Text, _RowModel], Field(min_length=1)] = Field(description="`rows:` with a mapping for each")


def load_matrix(text: str, source: str) -> Matrix:
    """Reads a matrix.

    Args:
        text: the file's content.
        source: the file's name, for messages.

    Raises:
        FileMistakesError: with every mistake, each with line, key and fix.
    """
    file = validate(LocatedYaml(text, source), _MatrixModel)
    return Matrix(
        source=source,
        rows={name: Row(name=name, faults=row.faults, cells=dict(row.cells())) for name, row in file.rows.items()},
    )


def checked_aim(row: Row, *, pages: Iterable[Quantity], silent: Iterable[Quantity], source: str) -> None:
    """Checks that a scenario aims at what its row says.

    Raises:
        MisuseError: it makes other alerts page than the row's `must`, or wants silence where the row does not.
    """
    aimed = frozenset(pages)
    if aimed != row.must:
        raise MisuseError(
            f"a scenario of row {row.name} is about {_named(aimed)}, but its `must` is {_named(row.must)}",
            why=f"{source} and the scenario's marker `promise` have to agree",
            fix="correct one of them",
        )
    loud = [key for key in silent if row.cell(key).expectation is not Expectation.MUST_NOT]
    if loud:
        raise MisuseError(
            f"a scenario of row {row.name} wants {_named(loud)} silent, which the row does not",
            why=f"{source} and the scenario's marker `silent` have to agree",
            fix="list it under must_not, or correct the marker",
        )


def _named(quantities: Iterable[Quantity]) -> str:
    return ", ".join(sorted(quantities)) or "nothing"
