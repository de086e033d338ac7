"""The pages of `docs/` say what the code does; what follows from it is made of it."""

import re
from pathlib import Path

import pytest
import typer.main

import harness
from harness.cli.main import app
from harness.core.judge.clauses import MEANINGS
from harness.core.judge.finding import Clause
from harness.home import HOME
from harness.reference import DOCS, PAGES, page
from harness.stacks.options import OPTIONS

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


def test_the_readme_has_the_options_of_a_run(pytestconfig: pytest.Config) -> None:
    """All of them, those of a kind of stack aside, with the default that `--help` names."""
    group = pytestconfig._parser.getgroup("harness").options
    options = {name: one for one in group for name in one.names()}
    elsewhere = {"--prove", *(option.name for option in OPTIONS)}
    table = (HOME / "README.md").read_text().partition("\n## Options of a run\n")[2].partition("\n## ")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| `-")]
    named = {name: default.strip(" |") for cell, _, default in rows for name in re.findall(r"`(--?[\w-]+)", cell)}
    assert named.keys() - {"-n"} == options.keys() - elsewhere
    for name in named.keys() - {"-n"}:
        told = re.search(r"\(default: ([^)]*)\)", options[name].attrs()["help"])
        default = told[1] if told else options[name].default
        assert not isinstance(default, str) or named[name] == default, name


def test_the_readme_names_no_option_that_is_not_there(pytestconfig: pytest.Config) -> None:
    """Pytest's and those of the commands; what is pip's or kubectl's is spoken of as well."""
    named = {*re.findall(r"(?<![\w-])--[a-z][\w-]+", (HOME / "README.md").read_text())}
    pytests = {name for group in pytestconfig._parser._groups for one in group.options for name in one.names()}
    commands = typer.main.get_group(app).commands.values()
    known = {name for command in commands for one in command.params for name in one.opts}
    assert named - pytests - known == {"--no-deps", "--previous"}
