"""The pages of `docs/` say what the code does; what follows from it is made of it."""

import re
from pathlib import Path

import pytest

import harness
from harness.core.judge.clauses import MEANINGS
from harness.core.judge.finding import Clause
from harness.reference import DOCS, PAGES, page

_SOURCES = "\n".join(
    path.read_text()
    for path in Path(harness.__file__).parent.rglob("*.py")
    if "tests" not in path.relative_to(Path(harness.__file__).parent).parts
)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    """`python -m harness.reference` writes it."""
    assert (DOCS / name).read_text() == page(name)


def test_every_clause_is_listed() -> None:
    """Each with what it looks at, and when it is broken."""
    assert tuple(MEANINGS) == tuple(Clause)
    text = (DOCS / "clauses.md").read_text()
    for clause, meaning in MEANINGS.items():
        assert f"| `{clause}` | {meaning.looks_at} |" in text
        assert meaning.looks_at
        assert meaning.violated


@pytest.mark.parametrize("clause", Clause)
def test_what_is_said_of_a_clause_is_what_is_judged(clause: Clause) -> None:
    """One that can be UNKNOWN says when, and one of which it is said that it is never VIOLATED is not."""
    of = rf"\(\s*Clause\.{clause.name}\b"
    meaning = MEANINGS[clause]
    if re.search(f"(unknown|broken_unless|open_yet|unread){of}", _SOURCES):
        assert meaning.unknown
    if meaning.violated.startswith("never"):
        assert not re.search(f"(violated|broken_unless|breaks){of}", _SOURCES)
