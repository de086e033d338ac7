"""All kinds of faults, and which of them end whoever leads."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import harness.faults
from harness.core.contract.matrix import load_matrix
from harness.faults.kinds import KINDS, WEAR, ends_the_leader

_MATRIX = Path(__file__).parents[3] / "scenarios" / "matrix.yaml"


def test_every_fault_is_listed() -> None:
    """A class with a wear in the package is a fault; names are their own."""
    found = {
        member
        for module in pkgutil.iter_modules(harness.faults.__path__, "harness.faults.")
        for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        if "wear" in vars(member) and member.__module__ == module.name
    }
    assert found == set(KINDS)
    assert len(WEAR) == len(KINDS)


def test_every_fault_of_the_matrix_is_one() -> None:
    """But for the restart of Prometheus, which is nothing done to the subject."""
    rows = load_matrix(_MATRIX.read_text(encoding="utf-8"), str(_MATRIX)).rows.values()
    assert {name for row in rows for name in row.faults} - WEAR.keys() == {"prometheus-restart"}


@pytest.mark.parametrize(
    ("names", "in_place", "elsewhere"),
    [
        (("slow-api", "queue-flood"), False, False),
        (("killed-pod",), True, True),
        (("slow-api", "rolling-update"), True, True),
        (("memory-squeeze",), False, True),
        (("prometheus-restart",), False, False),
    ],
)
def test_who_ends_the_leader(names: tuple[str, ...], *, in_place: bool, elsewhere: bool) -> None:
    """A limit that comes down in place ends nobody; one that takes a roll-out does."""
    assert ends_the_leader(names, resized_in_place=True) is in_place
    assert ends_the_leader(names, resized_in_place=False) is elsewhere
