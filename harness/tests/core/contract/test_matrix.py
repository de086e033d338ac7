"""The fault x alert matrix: every cell is given, once, and scenarios aim at what it says."""

import pytest

from harness.core.contract.matrix import COLUMNS, Expectation, Matrix, checked_aim, load_matrix, unlisted
from harness.core.contract.quantity import Quantity
from harness.core.errors import MisuseError
from harness.core.files.mistakes import FileMistakesError

TEXT = """\
rows:
  flood:
    faults: [slow-api, queue-flood]
    must: [queue_depth]
    may: {reconcile_latency: each write takes 8 s}
    must_not: [serving_replicas, leading_replicas, failed_reconciles, failed_reconciles_overall, memory_use,
               cpu_throttling]
"""


def matrix() -> Matrix:
    """The text above, read."""
    return load_matrix(TEXT, "matrix.yaml")


def test_every_cell_is_read() -> None:
    """Faults, and for each quantity what its alerts do, with the reason where they may."""
    row = matrix().row("flood")
    assert row.faults == ("slow-api", "queue-flood")
    assert set(row.cells) == set(COLUMNS)
    assert row.must == {Quantity.QUEUE_DEPTH}
    may = row.cell(Quantity.RECONCILE_LATENCY)
    assert (may.expectation, may.reason) == (Expectation.MAY, "each write takes 8 s")
    assert row.cell(Quantity.MEMORY_USE).expectation is Expectation.MUST_NOT


def test_what_nothing_here_brings_about_must_not_fire() -> None:
    """OTHER is no column."""
    assert matrix().row("flood").cell(Quantity.OTHER).expectation is Expectation.MUST_NOT


@pytest.mark.parametrize(
    ("old", "new", "why", "fix"),
    [
        (", memory_use", "", "rows.flood says nothing about memory_use", "list every quantity"),
        ("must: [queue_depth]", "must: [queue_depth, memory_use]", "which is listed twice", "each quantity once"),
        ("must: [queue_depth]", "must: [queue_depth, other]", "has other, which is no column", "each quantity once"),
        ("queue_depth", "queue_dept", "is 'queue_dept', which is not allowed here", "did you mean queue_depth?"),
        ("each write takes 8 s", '""', "should have at least 1 character", "quantity and reason"),
        ("[slow-api, queue-flood]", "[]", "should have at least 1 item", "names of the faults"),
        ("    faults: [slow-api, queue-flood]\n", "", "faults is missing", "add it: `faults:`"),
        ("    may:", "    my:", "my is not a known key", "did you mean may?"),
    ],
    ids=["column-left-out", "twice", "no-column", "unknown", "no-reason", "no-fault", "no-faults", "unknown-key"],
)
def test_a_matrix_with_a_mistake_is_refused(old: str, new: str, why: str, fix: str) -> None:
    """Each mistake with its place and what to write."""
    assert old in TEXT
    with pytest.raises(FileMistakesError) as caught:
        load_matrix(TEXT.replace(old, new), "matrix.yaml")
    assert why in str(caught.value)
    assert fix in str(caught.value)


def test_a_row_that_is_not_there_is_named() -> None:
    """With the rows that are."""
    with pytest.raises(MisuseError, match="no row flod") as caught:
        matrix().row("flod")
    assert "flood" in caught.value.why


def test_a_fault_that_its_row_does_not_list_is_refused() -> None:
    """By its name, with those that are listed."""
    error = unlisted(matrix().row("flood"), "killed-pod", "matrix.yaml")
    assert "killed-pod is not in row flood" in error.what
    assert "slow-api, queue-flood" in error.why


@pytest.mark.parametrize(
    ("pages", "silent", "what"),
    [
        ([], [], r"about nothing, but its `must` is queue_depth"),
        ([Quantity.QUEUE_DEPTH, Quantity.MEMORY_USE], [], "about memory_use, queue_depth, but"),
        ([Quantity.QUEUE_DEPTH], [Quantity.RECONCILE_LATENCY], "wants reconcile_latency silent"),
    ],
    ids=["too-few", "too-many", "silence-that-is-none"],
)
def test_a_scenario_aims_at_what_its_row_says(pages: list[Quantity], silent: list[Quantity], what: str) -> None:
    """Otherwise matrix and scenario would tell two stories."""
    with pytest.raises(MisuseError, match=what):
        checked_aim(matrix().row("flood"), pages=pages, silent=silent, source="matrix.yaml")


def test_a_scenario_that_agrees_with_its_row_is_accepted() -> None:
    """The row's `must` pages; silence is asked for where the row says must not."""
    checked_aim(matrix().row("flood"), pages=[Quantity.QUEUE_DEPTH], silent=[Quantity.MEMORY_USE], source="matrix.yaml")
