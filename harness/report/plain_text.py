r"""Text of others as plain text: names, labels, annotations and messages are data, whatever is in them.

A label value may hold escape sequences that repaint a terminal, line ends that fake a line of ours, or characters that
turn the direction of writing around. All of them become visible escapes like `\x1b`. What rich prints must be a `Text`
(`cell`): in a plain `str` it would read `[red]` as markup.
"""

import re
import unicodedata

from rich.text import Text

#: control, format (bidirectional, zero width), surrogate, private and unassigned; line and paragraph separators
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
#: what a line may end with in text of ours; `str.splitlines` knows more, and those are data
_LINE_END = re.compile(r"\r?\n")
#: how `harness.core.errors.HarnessError` goes on
_OWN_LINE = re.compile(r"\n\s+((?:why|fix): )")


def one_line(text: str) -> str:
    """The text on one line, everything that is not seen written as an escape; printable text is left as it is."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def many_lines(text: str) -> str:
    """The text with its own line ends, each line as `one_line` makes it."""
    return "\n".join(one_line(line) for line in _LINE_END.split(text))


def sentence(text: str) -> str:
    """An error's what, why and fix, which are lines of ours, as one; the line ends of others stay as they are."""
    return _OWN_LINE.sub(r"; \1", text)


def cell(text: str, style: str = "") -> Text:
    """One line for rich, taken as it is: no markup, no control characters."""
    return Text(one_line(sentence(text)), style=style)


def short(nodeid: str) -> str:
    """A node id without its file."""
    return nodeid.partition("::")[2] or nodeid


def claim_of(nodeid: str) -> str:
    """What a scenario claims, by its function's name: `a stolen lease pages [Alert]`."""
    name, bracket, parameters = short(nodeid).partition("[")
    words = name.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return f"{words} {bracket}{parameters}".rstrip()


def _escaped(character: str) -> str:
    if unicodedata.category(character) not in _UNSEEN:
        return character
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - Python's own escapes
