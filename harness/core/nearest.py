"""Names that are there in the place of one that is not: the likeliest first, so that nobody reads an alphabet."""

import difflib
import re
from collections.abc import Iterable

#: what names are made of: words between anything else, and between a small letter and a great one
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def nearest(wanted: str, known: Iterable[str], *, at_most: int | None = None) -> tuple[str, ...]:
    """The known names, those first that share most with the wanted one; alike ones in the order of the alphabet.

    Args:
        wanted: the name that is not there.
        known: those that are.
        at_most: how many; all of them if not given.
    """
    ranked = sorted(set(known), key=lambda name: (-_likeness(wanted, name), name))
    return tuple(ranked if at_most is None else ranked[:at_most])


def shown(wanted: str, known: Iterable[str], *, at_most: int = 5) -> str:
    """The likeliest names in a line, and how many more there are; `none` where there is none."""
    names = nearest(wanted, known)
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return (", ".join(names[:at_most]) + more) if names else "none"


def _likeness(wanted: str, name: str) -> float:
    """Between 0 and 2: the letters in a row that both have, and the share of their words that both have."""
    mine, theirs = _words(wanted), _words(name)
    words = len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0
    return difflib.SequenceMatcher(None, wanted.casefold(), name.casefold()).ratio() + words


def _words(name: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(name))
