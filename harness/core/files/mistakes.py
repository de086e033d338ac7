"""Mistakes in a file that somebody wrote: where each is, what is wrong, what to write instead. All of them at once."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.core.errors import MisuseError

#: keys and list indices from the top of a file down to one place
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mistake:
    """One place in one file that cannot be meant."""

    #: counted from 1
    line: int
    #: counted from 1
    column: int
    #: `alerts.KubeMirrorMemoryHigh.for`; empty when the file as a whole is meant
    key: str
    #: what is wrong, continuing the sentence that the key begins: `is missing`
    problem: str
    #: what to do about it
    fix: str


class FileMistakesError(MisuseError):
    """A file was read and cannot be used. `mistakes` are in the order of the file, without repeats."""

    def __init__(self, source: str, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(set(mistakes)))
        found = len(self.mistakes)
        super().__init__(
            f"{source}: {found} mistake{'s' * (found != 1)}",
            why=_aligned(f"{source}:{at.line}:{at.column}: {f'{at.key} {at.problem}'.strip()}" for at in self.mistakes),
            fix=_aligned(
                at.fix if found == 1 else f"line {at.line}{f', {at.key}' * bool(at.key)}: {at.fix}"
                for at in self.mistakes
            ),
        )


def dotted(path: Path) -> str:
    """The path as people write it: `images.demo:1.command[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def suggestion(given: str, known: Sequence[str]) -> str:
    """How to fix a word that is none of the known ones: the closest of them if there is one, else all."""
    close = difflib.get_close_matches(given, known, n=1)
    return f"did you mean {close[0]}?" if close else f"use one of: {', '.join(known)}"


def _aligned(lines: Iterable[str]) -> str:
    return "\n       ".join(lines)
