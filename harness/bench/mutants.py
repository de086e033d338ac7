"""`python -m harness.bench.mutants`: whether the judge's own tests notice that the judge is wrong in one place.

mutmut (https://mutmut.readthedocs.io) puts one operator, number or branch of a function in the place of another and
runs the tests that come by there: a mutant that all of them pass is a statement that no test makes. Such a survivor is
either listed in `mutants.yaml`, with the reason why it means the same, or the run fails: a new one is a missing test,
and a listed one that is killed is a line to take out.

Not tried is what others see to: words (what the program says is compared as text elsewhere), and None or nothing in
the place of a value (mypy refuses it). mutmut changes no constants of a module, nor what stands under a decorator. It
was chosen over cosmic-ray because it imports the tests once and forks for each mutant: a thousand take minutes.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

_ROOT = Path(__file__).parents[2]
_LIST = Path(__file__).with_name("mutants.yaml")
_PROGRAM = Path(__file__).with_name("mutating.py")
#: which tests come by which function: mutmut asks only new tests again, so that a function that is new has none
_COMES_BY = _ROOT / "mutants" / "mutmut-stats.json"
#: mutmut's words for a mutant that some test noticed
_KILLED = frozenset(("killed", "timeout", "caught by type check", "segfault"))
_NOT_CHECKED = "not checked"
#: by default one process: two cores, and somebody works on them
_CHILDREN = 1

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed place of a function, and what the tests said of it."""

    #: `condition.stretches`, without the package
    function: str
    #: the changed lines before and after, without their indentation
    was: str
    now: str
    #: in mutmut's words
    status: str

    @property
    def module(self) -> str:
        """The module's name."""
        return self.function.partition(".")[0]


class Equivalent(BaseModel):
    """A mutant that means the same, with the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    function: str
    was: str
    now: str
    why: str


class Known(BaseModel):
    """What `mutants.yaml` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: modules that are measured and not held to anything yet: a survivor there is shown and fails nothing
    open: tuple[str, ...] = ()
    equivalent: tuple[Equivalent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What became of the mutants of one module."""

    module: str
    killed: int
    equivalent: int
    all: int
    #: nobody says why no test notices them
    open: tuple[Mutant, ...]

    def __str__(self) -> str:
        return f"{self.module:<16} {self.killed:>5} killed {self.equivalent:>4} equivalent {self.all:>5} in all" + (
            f", {len(self.open)} survive" if self.open else ""
        )


def scores(found: Sequence[Mutant], listed: Sequence[Equivalent]) -> tuple[Score, ...]:
    """The score of each module, in the order of their names."""
    same = {(one.function, one.was, one.now) for one in listed}
    return tuple(_score(module, [one for one in found if one.module == module], same) for module in _modules(found))


def outdated(found: Sequence[Mutant], listed: Sequence[Equivalent]) -> tuple[Equivalent, ...]:
    """What is listed of the modules that were looked at, and does not survive any more, or is not there."""
    surviving = {(one.function, one.was, one.now) for one in found if one.status not in _KILLED}
    modules = set(_modules(found))
    return tuple(
        one
        for one in listed
        if one.function.partition(".")[0] in modules and (one.function, one.was, one.now) not in surviving
    )


def known(text: str) -> Known:
    """Reads the list."""
    return Known.model_validate(YAML(typ="safe", pure=True).load(text) or {})


def changed(diff: str) -> tuple[str, str]:
    """The lines that a unified diff takes out, and those that it puts in."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    was, now = ("\n".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return was, now


def function_of(name: str) -> str:
    """`condition.stretches` of mutmut's `harness.core.judge.condition.x_stretches__mutmut_3`, also of a method."""
    path, _, mangled = name.rpartition("__mutmut_")[0].rpartition(".")
    plain = mangled.removeprefix("x_") if mangled.startswith("x_") else ".".join(mangled.split("ǁ")[1:])
    return f"{path.rpartition('.')[2]}.{plain}"


def told(found: Sequence[Mutant], listed: Known) -> tuple[list[str], bool]:
    """What a reader is shown, in lines, and whether every mutant is killed or listed rightly."""
    judged, gone = scores(found, listed.equivalent), outdated(found, listed.equivalent)
    lines = [
        f"\n{one.function}: {one.status}\n  was: {one.was}\n  now: {one.now}" for score in judged for one in score.open
    ]
    lines += [f"\n{one.function}: listed in {_LIST.name}, and does not survive\n  now: {one.now}" for one in gone]
    lines += ["", *(f"{score}{' (open)' if score.module in listed.open else ''}" for score in judged)]
    good = not gone and not any(score.open for score in judged if score.module not in listed.open)
    return (
        lines if good else [*lines, f"write a test that tells them apart, or list them in {_LIST.name} with the reason"]
    ), good


def _modules(found: Iterable[Mutant]) -> list[str]:
    return sorted({one.module for one in found})


def _score(module: str, mine: Sequence[Mutant], same: set[tuple[str, str, str]]) -> Score:
    left = [one for one in mine if one.status not in _KILLED]
    unsaid = tuple(one for one in left if (one.function, one.was, one.now) not in same)
    return Score(
        module=module, killed=len(mine) - len(left), equivalent=len(left) - len(unsaid), all=len(mine), open=unsaid
    )


def _measured(modules: Sequence[str], children: int) -> Iterator[Mutant]:
    """Lets mutmut work on these modules, all if none is named: it keeps what it finds in `mutants/`."""
    names = tuple(f"harness.core.*{module}.*" for module in modules)
    _COMES_BY.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-P", _PROGRAM, str(children), *names], cwd=_ROOT, check=True)
    # it reads its configuration from the working directory when it is imported
    os.chdir(_ROOT)
    from mutmut.__main__ import collect_source_file_mutation_data  # noqa: PLC0415 - as above
    from mutmut.mutation.diff_apply import get_diff_for_mutant  # noqa: PLC0415 - as above
    from mutmut.stats import status_by_exit_code  # noqa: PLC0415 - as above

    for data, name, exit_code in collect_source_file_mutation_data(mutant_names=names)[0]:
        status = status_by_exit_code[exit_code]
        if status != _NOT_CHECKED:
            was, now = ("", "") if status in _KILLED else changed(get_diff_for_mutant(name, path=data.path))
            yield Mutant(function=function_of(name), was=was, now=now, status=status)


@app.command()
def mutants(
    modules: Annotated[list[str] | None, typer.Argument(help="of the judge, such as `condition`; all if none")] = None,
    children: Annotated[int, typer.Option(min=1, help="mutants that are tried side by side")] = _CHILDREN,
) -> None:
    """Measures; ends with 1 where a mutant survives that is not listed, or one is listed that does not survive."""
    found = tuple(_measured(modules or (), children))
    lines, good = told(found, known(_LIST.read_text(encoding="utf-8")))
    for line in lines:
        typer.echo(line)
    if not good:
        raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(app())
