"""Parametrization: which alerts of the subject's contract a scenario is run with, from its markers.

A scenario speaks of quantities. Those of `promise` are filled with the contract's alerts of that quantity, one run for
each; those of `silent` with all of them at once. A quantity that nobody promises is left out; a scenario of which a
marker is left with nothing is not run at all.
"""

import itertools
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import pytest

from harness.core.contract.instance import instance_of
from harness.core.contract.matrix import COLUMNS, Matrix, checked_aim, load_matrix
from harness.core.contract.model import Contract, RecordedKind
from harness.core.contract.quantity import Quantity
from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.files.mistakes import suggestion
from harness.core.scenario import Aim, ScenarioPlan, Target
from harness.faults.source import SourceKind
from harness.stacks.base import Capability
from harness.subject_reader import read_text

#: beside the scenarios
MATRIX_FILE = "matrix.yaml"

Parameters = tuple[str, ...]
Word = TypeVar("Word", bound=StrEnum)


def casts(node: pytest.Item, contract: Contract) -> list[Parameters]:
    """The names of the alerts that a scenario is run with, one tuple per run; `[()]` for a survey, [] for no run.

    Raises:
        MisuseError: a marker names no quantity.
    """
    pages, silent = quantities(node, "promise"), quantities(node, "silent")
    if not pages and not silent:
        kinds = recorded_kinds(node)
        return [] if kinds and not any(rule.kind in kinds for rule in contract.recording_rules) else [()]
    found = [[promise.name for promise in contract.alerts if promise.threshold.quantity is each] for each in pages]
    quiet = tuple(promise.name for promise in contract.alerts if promise.threshold.quantity in silent)
    if silent and not quiet:
        return []
    promised = [names for names in found if names]
    if pages and not promised:
        return []
    return [(*combination, *quiet) for combination in itertools.product(*promised)]


def plan_of(item: pytest.Item, parameters: Parameters, *, subject: Subject, contract: Contract) -> ScenarioPlan:
    """What a scenario is about when it is run with these alerts.

    Raises:
        MisuseError: its markers and its row of the matrix do not agree, or there is no such row; it asks for what is
            promised about its alert, and is about none.
    """
    pages, silent = quantities(item, "promise"), quantities(item, "silent")
    if not parameters and "promise" in getattr(item, "fixturenames", ()):
        raise MisuseError(
            f"{item.name} asks for the fixture `promise` and is about no alert",
            why="it has neither of the markers `promise` and `silent`, so nothing is promised about it",
            fix="mark it with @pytest.mark.promise(QUANTITY), or leave the fixture out",
        )
    row_mark = item.get_closest_marker("matrix")
    if row_mark is None:
        if pages or silent:
            raise MisuseError(
                f"{item.name} names no row of the fault x alert matrix",
                why="so nothing says what the other alerts do meanwhile",
                fix="mark it with @pytest.mark.matrix(ROW)",
            )
        return ScenarioPlan()
    matrix = read_matrix(item.path.parent / MATRIX_FILE)
    row = matrix.row(stated(row_mark, item.nodeid))
    if Quantity.OTHER not in pages:
        checked_aim(row, pages=pages, silent=silent, source=matrix.source)
    return ScenarioPlan(targets=tuple(_targets(parameters, pages, subject, contract)), row=row, matrix=matrix.source)


def read_matrix(path: Path) -> Matrix:
    """The matrix beside the scenarios.

    Raises:
        MisuseError: there is none, or it has mistakes.
    """
    fix = "put it beside the scenarios: rows of faults, and what every alert does during each"
    return load_matrix(read_text(path, "the fault x alert matrix", fix=fix), str(path))


def quantities(node: pytest.Item, marker: str) -> tuple[Quantity, ...]:
    """The quantities that a marker of a scenario names; none where it is not marked, all columns for a bare `silent`.

    Raises:
        MisuseError: one of them is no quantity.
    """
    mark = node.get_closest_marker(marker)
    if marker == "silent" and mark is not None and not mark.args:
        return COLUMNS
    return _words(node, marker, Quantity)


def recorded_kinds(node: pytest.Item) -> tuple[RecordedKind, ...]:
    """The kinds of recording rules that a survey is about.

    Raises:
        MisuseError: one of them is no kind.
    """
    return _words(node, "records", RecordedKind)


def recorded_rules(node: pytest.Item, contract: Contract) -> tuple[str, ...]:
    """The names of the recording rules that a survey is about; none of a scenario that is about something else.

    Raises:
        MisuseError: one of the kinds it is marked with is none.
    """
    kinds = recorded_kinds(node)
    return tuple(rule.name for rule in contract.recording_rules if rule.kind in kinds)


def needed(node: pytest.Item) -> tuple[Capability, ...]:
    """What a scenario cannot do without and not every place can offer.

    Raises:
        MisuseError: one of them is no capability.
    """
    return _words(node, "needs", Capability)


def stated(mark: pytest.Mark, nodeid: str) -> str:
    """A marker's first argument, as text.

    Raises:
        MisuseError: it has none.
    """
    if not mark.args:
        raise MisuseError(
            f"the marker {mark.name} of {nodeid} says nothing",
            why="its first argument is missing",
            fix="see `pytest --markers`",
        )
    return str(mark.args[0])


def _words(node: pytest.Item, marker: str, vocabulary: type[Word]) -> tuple[Word, ...]:
    """The arguments of a marker, each a word of a vocabulary; none where the scenario is not marked."""
    mark = node.get_closest_marker(marker)
    if mark is None:
        return ()
    stated(mark, node.nodeid)
    return tuple(_one_of(vocabulary, name, f"the marker {marker} of {node.nodeid}") for name in mark.args)


def _one_of(vocabulary: type[Word], name: object, where: str) -> Word:
    words = [str(word) for word in vocabulary]
    if name not in words:
        raise MisuseError(
            f"{where} names {name!r}, which is none",
            why=f"there are {', '.join(words)}",
            fix=suggestion(str(name), words),
        )
    return vocabulary(name)


def _targets(
    parameters: Parameters, pages: tuple[Quantity, ...], subject: Subject, contract: Contract
) -> Iterator[Target]:
    promises = {promise.name: promise for promise in contract.alerts}
    kind = next((kind.value for kind in SourceKind if kind.value in subject.sources.queues), "")
    for name in parameters:
        promise = promises[name]
        if promise.threshold.quantity in pages:
            instance = instance_of(promise, subject, kind=kind)
            yield Target(promise=promise, aim=Aim.PAGES, instance=instance)
        else:
            yield Target(promise=promise, aim=Aim.SILENT)
