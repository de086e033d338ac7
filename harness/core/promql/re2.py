r"""Regular expressions as Prometheus takes them: RE2's syntax, and whether a pattern fits the empty text.

Python's own are another dialect: they know no `\Q..\E`, `[[:alpha:]]`, `\pL` or `\z`, but lookahead and `\1`, which RE2
does not know. Nothing is matched here but the empty text: Prometheus alone matches.
Names of scripts in `\p{..}` are taken on trust: Prometheus has the list.
https://pkg.go.dev/regexp/syntax
https://github.com/prometheus/prometheus/blob/v3.13.5/model/labels/regexp.go (NewFastRegexMatcher: the whole text)
"""

import re
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_REPEAT: Final = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}")
_MOST_REPEATS: Final = 1_000
_NAMED: Final = re.compile(r"\(\?P?<([A-Za-z0-9_]+)>")
_FLAGS: Final = re.compile(r"\(\?([imsU]*)(-[imsU]+)?([:)])")
_POSIX: Final = re.compile(
    r"\[:\^?(?:alnum|alpha|ascii|blank|cntrl|digit|graph|lower|print|punct|space|upper|word|xdigit):\]"
)
_SET: Final = re.compile(r"\\[dDsSwW]|\\[pP]([A-Za-z]|\{\^?[A-Za-z_]+\})")
#: https://pkg.go.dev/unicode#Categories; a longer name is a script's, or another word for one of these
_CATEGORIES: Final = re.compile("C[cfnos]?|L[Clmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?")
_SHORT: Final = 2
_HEX, _OCTAL = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))"), re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})")
_NAMES: Final = dict(zip("afnrtv", "\a\f\n\r\t\v", strict=True))


class RegexError(ValueError):
    """A pattern that RE2 refuses."""


@dataclass(slots=True)
class _Group:
    """One pair of parentheses, as far as it was read."""

    #: whether one of the alternatives before the last `|` fits the empty text
    one_fits: bool = False
    #: of each part of the alternative under way
    parts: list[bool] = field(default_factory=list)

    def fits(self) -> bool:
        return self.one_fits or all(self.parts)


@lru_cache(maxsize=4_096)
def matches_empty(pattern: str) -> bool:
    """Whether the whole of the empty text fits a label matcher's pattern.

    Raises:
        RegexError: RE2 refuses the pattern.
    """
    groups, place, repeated = [_Group()], 0, False
    while place < len(pattern):
        begin = place
        repeat = _repeat(pattern, place)
        if repeat is not None:
            place, least = repeat
            parts = groups[-1].parts
            if repeated:
                raise RegexError(f"invalid nested repetition operator: `{pattern[begin:place]}`")
            if not parts:
                raise RegexError(f"missing argument to repetition operator: `{pattern[begin:place]}`")
            parts[-1] = parts[-1] or least == 0
        else:
            place = _part(pattern, place, groups)
        repeated = repeat is not None
    if len(groups) != 1:
        raise RegexError(f"missing closing ): `{pattern}`")
    return groups[0].fits()


def _repeat(text: str, place: int) -> tuple[int, int] | None:
    """Where a repetition ends, and the fewest times it asks for; None if there is none here."""
    if text[place] in "*+?":
        end, least = place + 1, int(text[place] == "+")
    elif found := _REPEAT.match(text, place):
        end, least, most = found.end(), int(found[1]), int(found[3] or found[1])
        if max(least, most) > _MOST_REPEATS or least > most:
            raise RegexError(f"invalid repeat count: `{found.group()}`")
    else:
        return None
    return end + (text[end : end + 1] == "?"), least


def _part(text: str, place: int, groups: list[_Group]) -> int:
    """Reads one part that is no repetition; returns where it ends."""
    group = groups[-1]
    match text[place]:
        case "(":
            return _open(text, place, groups)
        case ")":
            if len(groups) == 1:
                raise RegexError(f"unexpected ): `{text}`")
            groups.pop()
            groups[-1].parts.append(group.fits())
        case "|":
            groups[-1] = _Group(one_fits=group.fits())
        case "^" | "$":
            group.parts.append(True)
        case "[":
            group.parts.append(False)
            return _class(text, place)
        case "\\":
            return _escape(text, place, group)
        case _:
            group.parts.append(False)
    return place + 1


def _open(text: str, place: int, groups: list[_Group]) -> int:
    if not text.startswith("(?", place):
        groups.append(_Group())
        return place + 1
    found = _NAMED.match(text, place) or _FLAGS.match(text, place)
    if found is None:
        raise RegexError(f"invalid or unsupported Perl syntax: `{text[place : place + 4]}`")
    if not found.group().endswith(")"):
        groups.append(_Group())
    return found.end()


def _escape(text: str, place: int, group: _Group) -> int:
    kind = text[place + 1 : place + 2]
    if kind == "Q":
        literal = text[place + 2 :].split("\\E", 1)[0]
        group.parts += [False] * len(literal)
        return min(place + 2 + len(literal) + 2, len(text))
    if kind in ("A", "z", "B", "b") and kind:
        group.parts.append(kind != "b")
        return place + 2
    group.parts.append(False)
    return _set(text, place) or _character(text, place)[1]


def _set(text: str, place: int) -> int | None:
    """Where an escape that stands for many characters ends; None if there is none here."""
    found = _SET.match(text, place)
    if found is None:
        return None
    name = (found[1] or "").strip("{}^")
    if name and len(name) <= _SHORT and not _CATEGORIES.fullmatch(name):
        raise RegexError(f"invalid character class range: `{found.group()}`")
    return found.end()


def _class(text: str, place: int) -> int:
    """Where a class in brackets ends."""
    start, place = place, place + 1
    place += text[place : place + 1] == "^"
    first = True
    while first or not text.startswith("]", place):
        first = False
        if end := _end_of_posix(text, place) or _set(text, place):
            place = end
            continue
        low, end = _member(text, place, start)
        if text.startswith("-", end) and text[end + 1 : end + 2] not in ("]", ""):
            high, end = _member(text, end + 1, start)
            if high < low:
                raise RegexError(f"invalid character class range: `{text[place:end]}`")
        place = end
    return place + 1


def _end_of_posix(text: str, place: int) -> int | None:
    if not text.startswith("[:", place) or ":]" not in text[place + 2 :]:
        return None
    if found := _POSIX.match(text, place):
        return found.end()
    raise RegexError(f"invalid character class range: `{text[place : text.index(':]', place) + 2]}`")


def _member(text: str, place: int, start: int) -> tuple[str, int]:
    if place >= len(text):
        raise RegexError(f"missing closing ]: `{text[start:]}`")
    return _character(text, place) if text[place] == "\\" else (text[place], place + 1)


def _character(text: str, place: int) -> tuple[str, int]:
    """The one character that an escape stands for, and where it ends."""
    if found := _HEX.match(text, place):
        code = int(found[1] or found[2], 16)
        if code <= sys.maxunicode:
            return chr(code), found.end()
    if found := _OCTAL.match(text, place):
        return chr(int(found[1], 8)), found.end()
    kind = text[place + 1 : place + 2]
    if kind in _NAMES:
        return _NAMES[kind], place + 2
    if kind and kind.isascii() and not kind.isalnum():
        return kind, place + 2
    raise RegexError(f"invalid escape sequence: `{text[place : place + 2]}`" if kind else "trailing backslash")
