"""Numbers, durations and strings of PromQL: where a number ends, and what each stands for.

PromQL reads both by Go's rules: `0x1F`, `1_000`, `010` (which is 8), `1e3`, `.5`, `Inf`, `NaN`.
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/parser/lex.go (scanNumber)
https://go.dev/ref/spec#Integer_literals
https://github.com/prometheus/prometheus/blob/v3.13.5/util/strutil/quote.go
"""

import math
import re
import sys
from typing import Final

_DIGITS, _HEX_DIGITS = "0123456789", "0123456789abcdefABCDEF"
_ALPHANUMERIC: Final = re.compile(r"[a-zA-Z0-9_]")
_INTEGER: Final = re.compile(
    r"0[xX](?P<hex>_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|(?P<octal>0(?:_?[0-7]+)*)|(?P<decimal>[1-9][0-9]*(?:_[0-9]+)*)"
)
_RUN = "[0-9](?:_?[0-9])*"
_FLOAT: Final = re.compile(rf"(?:{_RUN}\.?(?:{_RUN})?|\.{_RUN})(?:[eE][+-]?{_RUN})?")
_MOST: Final = 2**63 - 1
_MOST_IN_A_BYTE: Final = 255
#: code points that stand for no character
_SURROGATES: Final = range(0xD800, 0xE000)
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<plain>[abfnrtv\\'\"])|x(?P<byte>[0-9a-fA-F]{2})|(?P<octal>[0-7]{3})"
    r"|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<wrong>.?))",
    re.DOTALL,
)
_PLAIN: Final = dict(zip("abfnrtv\\'\"", "\a\b\f\n\r\t\v\\'\"", strict=True))


def end_of_number(text: str, at: int) -> int | None:
    """Where the number that begins here ends; None if none does (it may be a duration)."""
    digits, place = _DIGITS, at
    if text[place : place + 2] in ("0x", "0X"):
        digits, place = _HEX_DIGITS, place + 2
        place += text[place : place + 1] == "_"
    elif text[place] == "0":
        place += 1
    place += text[place : place + 1] == "."
    place += _is(text, place, digits)
    return _after_digits(text, place, digits)


def _after_digits(text: str, place: int, digits: str) -> int | None:
    """The rest of a number behind its first digit: digits, one dot, one exponent, underscores between digits."""
    dotted = powered = False
    while _is(text, place, digits + "._eE"):
        if _is(text, place, "eE"):  # also in a hexadecimal number
            place += 1 + _is(text, place + 1, "+-")
            if powered or place >= len(text) or text[place] in "._eE":
                return None
            powered = True
        elif text[place] == ".":
            place += 1
            if dotted or len(digits) > len(_DIGITS) or _is(text, place, "_."):
                return None
            dotted = True
        elif text[place] == "_":
            place += 1
            if place >= len(text) or text[place] in "._eE":
                return None
        else:
            while _is(text, place, digits):
                place += 1
    return None if _ALPHANUMERIC.match(text, place) else place


def _is(text: str, place: int, among: str) -> bool:
    return place < len(text) and text[place] in among


def number_of(text: str) -> float | None:
    """What a number stands for; None if it is none, or none that a float can hold."""
    if text.lower() in ("inf", "nan"):
        return float(text)
    found = _INTEGER.fullmatch(text)
    if found:
        base = 16 if found["hex"] else 8 if found["octal"] else 10
        whole = int((found["hex"] or found["octal"] or found["decimal"]).replace("_", ""), base)
        if whole <= _MOST:
            return float(whole)
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text.replace("_", ""))
    return None if math.isinf(value) else value


def unquoted(text: str) -> str | None:
    """What a string stands for; None if it has an escape that there is not. Single bytes become surrogates."""
    quote, inner = text[0], text[1:-1]
    if quote == "`":
        return inner
    found, place = bytearray(), 0
    for escape in _ESCAPE.finditer(inner):
        found += inner[place : escape.start()].encode(errors="surrogatepass")
        place = escape.end()
        meant = _escaped(escape, quote)
        if meant is None:
            return None
        found += meant
    return (found + inner[place:].encode(errors="surrogatepass")).decode(errors="surrogateescape")


def _escaped(escape: re.Match[str], quote: str) -> bytes | None:
    if plain := escape["plain"]:
        return None if plain in "'\"" and plain != quote else _PLAIN[plain].encode()
    if byte := escape["byte"]:
        return bytes([int(byte, 16)])
    if octal := escape["octal"]:
        return bytes([int(octal, 8)]) if int(octal, 8) <= _MOST_IN_A_BYTE else None
    if code := escape["short"] or escape["long"]:
        point = int(code, 16)
        return None if point > sys.maxunicode or point in _SURROGATES else chr(point).encode()
    return None
