"""A terminal's screen, for tests: understands what rich and pytest send, and fails at anything else."""

import re
from collections.abc import Iterator

_PART = re.compile(
    r"\x1b\[(?P<parameters>[?0-9;]*)(?P<command>[A-Za-z])|(?P<control>[\x00-\x1f])|(?P<text>[^\x00-\x1f]+)"
)


class Screen:
    """Lines of text, a cursor, and every state in which the screen was left standing."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lines: list[str] = [""]
        self._row = self._column = 0
        self.cursor_shown = True
        #: any colour was set
        self.coloured = False

    @property
    def lines(self) -> list[str]:
        """What stands on the screen, without empty lines at its end."""
        found = [line.rstrip() for line in self._lines]
        while found and not found[-1]:
            found.pop()
        return found

    def feed(self, sent: str) -> None:
        """Takes what was sent to the terminal."""
        at = 0
        while at < len(sent):
            part = _PART.match(sent, at)
            assert part is not None, f"no terminal understands {sent[at : at + 20]!r}"
            at = part.end()
            if part["text"]:
                self._write(part["text"])
            elif part["control"]:
                self._control(part["control"])
            else:
                self._command(part["parameters"], part["command"])

    def _write(self, text: str) -> None:
        for character in text:
            if self._column == self._columns:
                self._control("\r")
                self._control("\n")
            line = self._lines[self._row].ljust(self._column)
            self._lines[self._row] = line[: self._column] + character + line[self._column + 1 :]
            self._column += 1

    def _control(self, character: str) -> None:
        match character:
            case "\r":
                self._column = 0
            case "\n":
                self._row += 1
                self._lines += [""] * (self._row - len(self._lines) + 1)
            case _:
                raise AssertionError(f"{character!r} was sent to the terminal")

    def _command(self, parameters: str, command: str) -> None:
        number = int(parameters) if parameters.isdigit() else 1
        match command, parameters:
            case "A", _:
                self._row = max(0, self._row - number)
            case "K", "2":
                self._lines[self._row] = ""
            case "m", _:
                self.coloured |= any(re.fullmatch(r"[349][0-8]|10[0-7]", each) for each in parameters.split(";"))
            case (("h" | "l"), "?25"):
                self.cursor_shown = command == "h"
            case _:
                raise AssertionError(f"{parameters}{command} was sent to the terminal")


def states(sent: str, columns: int) -> Iterator[list[str]]:
    """What stood on the screen after each line of what was sent."""
    screen = Screen(columns)
    for line in sent.splitlines(keepends=True):
        screen.feed(line)
        yield screen.lines
