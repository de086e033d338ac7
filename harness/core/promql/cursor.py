"""A place in a row of tokens, and the small things that are read there: labels, matchers, numbers, lengths of time."""

from typing import Final

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.promql.errors import DURATIONS, ReadError
from harness.core.promql.number import number_of, unquoted
from harness.core.promql.re2 import RegexError, matches_empty
from harness.core.promql.tokens import Kind, Token, tokens
from harness.core.promql.tree import Matcher, MatchOp

#: words that are no label's name between parentheses, where all others may be one
_NO_LABEL: Final = {"without", "inf", "nan"}
_LONGEST_S: Final = 2**63 / 1e9


class Cursor:
    """Reads from left to right."""

    def __init__(self, text: str) -> None:
        self._words = list(tokens(text))
        self._place = 0

    @property
    def next(self) -> Token:
        """The token that is read next."""
        return self._words[self._place]

    @property
    def after(self) -> Token:
        """The one behind it."""
        return self._words[min(self._place + 1, len(self._words) - 1)]

    @property
    def ended(self) -> bool:
        """Whether everything is read."""
        return self.next.kind is Kind.END

    def unexpected(self, expected: str = "") -> ReadError:
        """The error of a token that may not stand here."""
        return ReadError(self.next.at, f"unexpected {self.next}" + (f", expected {expected}" if expected else ""))

    def take(self) -> Token:
        """Reads one token."""
        token = self.next
        self._place += token.kind is not Kind.END
        return token

    def sign(self, text: str) -> bool:
        """Takes a sign if it is the next one."""
        found = self.next.kind is Kind.SIGN and self.next.text == text
        if found:
            self.take()
        return found

    def need(self, text: str) -> None:
        """Takes a sign that has to be the next one."""
        if not self.sign(text):
            raise self.unexpected(f'"{text}"')

    def labels(self) -> tuple[str, ...]:
        """Labels in parentheses."""
        self.need("(")
        found = list[str]()
        while not self.sign(")"):
            if found:
                self.need(",")
                if self.sign(")"):
                    break
            found.append(self.label())
        return tuple(found)

    def label(self) -> str:
        """One of them."""
        token = self.next
        if token.kind is Kind.STRING:
            name = string_of(self.take())
            if not name or not _is_utf8(name):
                raise ReadError(token.at, f"{token.text} is no label name")
            return name
        if token.kind not in (Kind.NAME, Kind.METRIC) or token.word in _NO_LABEL:
            raise self.unexpected("a label")
        return self.take().text

    def matchers(self) -> tuple[Matcher, ...]:
        """Matchers in braces."""
        self.need("{")
        found = list[Matcher]()
        while not self.sign("}"):
            if found:
                self.need(",")
                if self.sign("}"):
                    break
            found.append(self.matcher())
        return tuple(found)

    def matcher(self) -> Matcher:
        """One of them; a string alone is a metric's name."""
        token = self.next
        if token.kind not in (Kind.NAME, Kind.STRING):
            raise self.unexpected('a label or "}"')
        label = string_of(self.take()) if token.kind is Kind.STRING else self.take().text
        if token.kind is Kind.STRING and self.next.text in (",", "}"):
            return Matcher(label="__name__", op=MatchOp.EQUAL, value=label)
        if self.next.text not in tuple(MatchOp):
            raise self.unexpected("one of " + " ".join(MatchOp))
        op = MatchOp(self.take().text)
        if self.next.kind is not Kind.STRING:
            raise self.unexpected("a string")
        value_at, value = self.next.at, string_of(self.take())
        if op in (MatchOp.REGEX, MatchOp.NOT_REGEX):
            try:
                matches_empty(value)
            except RegexError as error:
                raise ReadError(value_at, str(error)) from error
        return Matcher(label=label, op=op, value=value)

    def length_ms(self) -> int:
        """A window or a step, in milliseconds."""
        at, seconds = self.next.at, self.duration_s()
        self._refuse_arithmetic()
        if seconds <= 0:
            raise ReadError(at, "duration must be greater than 0")
        if not (length_ms := _milliseconds(seconds)):
            raise ReadError(at, "a window or a step is at least 1 ms long")
        return length_ms

    def offset_ms(self) -> int:
        """What follows `offset`, in milliseconds."""
        token, sign = self.next, 1
        if token.text in ("+", "-") and self.after.text == "(":
            # Prometheus takes `offset -(5m)` and no other parentheses without its feature flag
            self.take()
            self.take()
            seconds = self.duration_s()
            self._refuse_arithmetic()
            self.need(")")
            sign = -1 if token.text == "-" else 1
        else:
            seconds = self.duration_s()
        return sign * _milliseconds(seconds)

    def duration_s(self) -> float:
        """A length in seconds, with any number of signs."""
        token, sign = self.next, 1
        while self.next.text in ("+", "-"):
            sign = -sign if self.take().text == "-" else sign
        self._refuse_arithmetic("(", "step", "range", "min_of", "max_of")
        if self.next.kind not in (Kind.NUMBER, Kind.DURATION):
            raise self.unexpected("a number or a duration")
        seconds = sign * self.number()
        if not -_LONGEST_S <= seconds <= _LONGEST_S:
            raise ReadError(token.at, "duration out of range")
        return seconds

    def _refuse_arithmetic(self, *signs: str) -> None:
        if (self.next.word or self.next.text) in (signs or ("+", "-", "*", "/", "%", "^")):
            raise ReadError(self.next.at, "arithmetic with durations", DURATIONS)

    def number(self) -> float:
        """A number; a duration is its seconds."""
        token = self.take()
        if token.kind is not Kind.DURATION:
            value = number_of(token.text)
            if value is None:
                raise ReadError(token.at, f"{token.text} is no number")
            return value
        try:
            length = PromDuration.parse(token.text)
        except MisuseError as error:
            raise ReadError(token.at, f"{token.text} is no duration: {error.why}") from error
        if length.ms * 1_000_000 >= 2**63:
            raise ReadError(token.at, "duration out of range")
        return length.seconds


def string_of(token: Token) -> str:
    """What a string stands for."""
    value = None if "\ufffd" in token.text else unquoted(token.text)
    if value is None:
        raise ReadError(token.at, f"{token.text} has an escape or a character that no string may have")
    return value


def _is_utf8(text: str) -> bool:
    return not any("\ud800" <= one <= "\udfff" for one in text)


def _milliseconds(seconds: float) -> int:
    """Whole milliseconds, as the engine cuts them off a length that is kept in nanoseconds."""
    whole = round(abs(seconds) * 1e9) // 1_000_000
    return -whole if seconds < 0 else whole
