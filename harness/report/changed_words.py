"""What is different between two lines about the same thing: the words that changed, each with the one before it."""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

#: of two lines that have less in common nobody says that one became the other
_ALIKE = 0.5
_GAP = " ... "
_NOTHING = "-"


def changed(first: str, second: str) -> tuple[str, str]:
    """`> 100` and `> 120` of two long lines that differ by that."""
    ours, theirs = first.split(" "), second.split(" ")
    pieces: tuple[list[str], list[str]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind != "equal":
            pieces[0].append(_with_context(ours, a, b))
            pieces[1].append(_with_context(theirs, c, d))
    return _GAP.join(pieces[0]), _GAP.join(pieces[1])


def paired(first: Iterable[str], second: Iterable[str]) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Lines of which one became the other, the most alike first; and those that only one of the two has.

    Lines are about the same thing if they begin alike, up to their ` = `.
    """
    ours, theirs = list(first), list(second)
    alike = sorted(
        ((_likeness(mine, other), mine, other) for mine in ours for other in theirs if _name(mine) == _name(other)),
        reverse=True,
    )
    found: list[tuple[str, str]] = []
    for likeness, mine, other in alike:
        if likeness >= _ALIKE and mine in ours and other in theirs:
            found.append((mine, other))
            ours.remove(mine)
            theirs.remove(other)
    return found, ours, theirs


def _with_context(words: Sequence[str], start: int, end: int) -> str:
    return " ".join(words[max(0, start - 1) : end]) if end > start else _NOTHING


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, first.split(" "), second.split(" "), autojunk=False).ratio()


def _name(line: str) -> str:
    return line.partition(" = ")[0]
