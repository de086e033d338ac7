"""Selectors and the matchers in their braces, as text that Prometheus reads back as the same names and values."""

import json
import re
from collections.abc import Iterable
from typing import Final

from harness.core.promql.tree import Matcher

_LEGACY_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
#: a byte that is no UTF-8, and the one character that no string may hold as it is
_ESCAPED: Final = re.compile("[\udc80-\udcff\ufffd]")


def equal_to(label: str, value: str) -> str:
    """The matcher, without braces, of exactly this value. The one way by which a name becomes a part of a query.

    An alert's name may be any text (https://github.com/prometheus/prometheus/blob/v3.13.5/model/rulefmt/rulefmt.go,
    `Rule.Validate`), so it may end a string, a selector or a line: it is quoted, never pasted.
    """
    return matcher(label, "=", value)


def any_of(label: str, values: Iterable[str]) -> str:
    """The matcher of each of these values and of no other; of nothing but an absent label if there is none."""
    return matcher(label, "=~", "|".join(map(re.escape, values)))


def matcher(label: str, operator: str, value: str) -> str:
    """A matcher as PromQL writes it; label and value may hold anything."""
    return f"{label_name(label)}{operator}{quoted(value)}"


def selector(name: str, matchers: Iterable[Matcher]) -> str:
    """A selector of these; the name, if there is one, stands before the braces."""
    inside = ", ".join(matcher(one.label, one.op, one.value) for one in matchers)
    return f"{name}{{{inside}}}" if inside or not name else name


def label_name(name: str) -> str:
    """A label where PromQL expects one: in quotes if it is outside the old alphabet."""
    return name if _LEGACY_LABEL.fullmatch(name) else quoted(name)


def quoted(text: str) -> str:
    """The text as a string of PromQL, on one line."""
    # JSON's escapes are a subset of Go's, which PromQL uses
    return _ESCAPED.sub(_escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    char = found.group()
    return "\\ufffd" if char == "\ufffd" else f"\\x{ord(char) - 0xDC00:02x}"
