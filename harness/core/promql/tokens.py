"""The words of PromQL: a text cut into tokens as Prometheus's own lexer cuts it, each with its place.

https://github.com/prometheus/prometheus/blob/v3.13.5/promql/parser/lex.go
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from string import digits
from typing import Final

from harness.core.promql.errors import ReadError
from harness.core.promql.number import end_of_number


class Kind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    DURATION = "duration"
    STRING = "string"
    #: a name without colon, keywords included; in braces nothing is a keyword
    NAME = "identifier"
    #: a name with a colon
    METRIC = "metric identifier"
    SIGN = "operator"
    END = "end of input"


@dataclass(frozen=True, slots=True)
class Token:
    """One word."""

    kind: Kind
    text: str
    #: where it begins, counted in characters from 0
    at: int

    @property
    def word(self) -> str:
        """In lower case, as keywords are compared; empty for what cannot be one."""
        return self.text.lower() if self.kind is Kind.NAME else ""

    def __str__(self) -> str:
        if self.kind in (Kind.SIGN, Kind.END):
            return f'"{self.text}"' if self.text else str(self.kind)
        return f"{self.kind} {self.text}"


_SPACE: Final = re.compile(r"[ \t\n\r]*")
_COMMENT: Final = re.compile(r"#[^\n\r]*")
_NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_STRING: Final = re.compile(r""""(?:\\[^\n]|[^"\\\n])*"|'(?:\\[^\n]|[^'\\\n])*'|`[^`]*`""")
_SIGNS: Final = re.compile(r"==|!=|<=|>=|</|>/|[-+*/%^=<>,()\[\]{}@]")
_IN_BRACES: Final = re.compile(r"=~|!~|!=|[=,}]")
_IN_BRACKETS: Final = re.compile(r"[-+*/%^,():\]]")
_DURATION: Final = re.compile(r"[0-9]+(?:ms|[smhdwy]s?)(?:[0-9]+(?:ms|[smhdw]s?))*(?![a-zA-Z0-9_])")


def tokens(text: str) -> Iterator[Token]:
    """All words of a text, at last one of the kind END.

    Raises:
        ReadError: something that is no word, or a bracket that is not closed.
    """
    at, closing, last = 0, list[str](), ""
    while True:
        inside = closing[-1] if closing and closing[-1] != ")" else ""
        at = _skip(text, at, comments=last != "[")
        token = _token(text, at, inside)
        if token.kind is Kind.END and closing:
            raise ReadError(at, f'the expression ends before its "{closing[-1]}"')
        if token.kind is Kind.SIGN:
            _nest(token, closing)
        yield token
        if token.kind is Kind.END:
            return
        at, last = at + len(token.text), token.text


def _skip(text: str, at: int, *, comments: bool) -> int:
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it always matches
        found = _COMMENT.match(text, at)
        if found is None or not comments:
            return at
        at = found.end()


def _nest(token: Token, closing: list[str]) -> None:
    if token.text in "([{":
        closing.append({"(": ")", "[": "]", "{": "}"}[token.text])
    elif token.text in ")]}" and (not closing or closing.pop() != token.text):
        raise ReadError(token.at, f'unexpected "{token.text}"')


def _token(text: str, at: int, inside: str) -> Token:
    if at >= len(text):
        return Token(Kind.END, "", at)
    begin = text[at]
    if begin in "\"'`" and inside != "]":
        found = _STRING.match(text, at)
        if found is None:
            raise ReadError(at, "a string is not closed")
        return Token(Kind.STRING, found.group(), at)
    if inside != "}" and (begin in digits or _is_fraction(text, at)):
        return _number(text, at)
    names, signs = {"}": (_LABEL, _IN_BRACES), "]": (_LABEL, _IN_BRACKETS)}.get(inside, (_NAME, _SIGNS))
    if found := names.match(text, at):
        return Token(Kind.METRIC if ":" in found.group() else Kind.NAME, found.group(), at)
    if found := signs.match(text, at):
        return Token(Kind.SIGN, found.group(), at)
    raise ReadError(at, f"unexpected character {begin!r}")


def _is_fraction(text: str, at: int) -> bool:
    return text[at] == "." and text[at + 1 : at + 2] in tuple(digits)


def _number(text: str, at: int) -> Token:
    if end := end_of_number(text, at):
        return Token(Kind.NUMBER, text[at:end], at)
    if found := _DURATION.match(text, at):
        return Token(Kind.DURATION, found.group(), at)
    raise ReadError(at, "no number and no duration")
