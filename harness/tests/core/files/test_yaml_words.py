"""What a parser says becomes what somebody can mend."""

import pytest

from harness.core.files.located import read_documents
from harness.core.files.mistakes import FileMistakesError


@pytest.mark.parametrize(
    ("text", "line", "problem", "fix"),
    [
        ("a: b: c\n", 1, "has a second `: ` in one value", "quote a text that has `: ` in it"),
        ("a: 1\n b: 2\n", 2, "is indented otherwise than what it belongs to", "align the line"),
        ("a: [b, c}\n", 1, "has brackets that are not closed", "close them"),
        ("a: 1\nfoo\nb: 2\n", 3, "stands below a line that is no `key: value`", "write `key: value`"),
        ("a:\n\tb: 1\n", 2, "has a tab in its indentation", "indent with spaces"),
        ("a: x\n  y\n\tz\n", 3, "has a tab in its indentation", "indent with spaces"),
        ("a: @x\n", 1, "begins a text with a sign that YAML keeps for itself", "quote the text"),
        ("a: 'x\nb: 1\n", 3, "ends within quotes", "close the quotes"),
        ('a: "x\\q"\n', 1, "has an escape in double quotes that YAML does not have", "single quotes"),
        ("a: ]\n", 1, "has no value where one is needed", "write one"),
        ("- a\nb: 1\n", 2, "does not belong to what stands above it", "align it"),
        ("a: 'it's'\n", 1, "does not belong to what stands above it", "quote what stands before it"),
        ("a: b\n...\nc", 3, "does not belong to what stands above it", "align it"),
        ("a: |x\n  y\n", 1, "has text in the line of | or >", "in the next line"),
        ("a: *\n", 1, "has & or * without a name", "quote the text"),
        ("summary: {{ $value }} x\n", 1, "does not belong to what stands above it", "quote text that begins with {{"),
        ("a:\n  {{- x }}\n", 2, "is no valid YAML", "rendered first, with `helm template`"),
        ("summary: {{ $value }}\n", 1, "has a key that is no text", "text that begins with {{ is a mapping"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, problem: str, fix: str) -> None:
    """Neither in a parser's words nor in Python's, and with what to do."""
    with pytest.raises(FileMistakesError) as caught:
        read_documents(text, "t.yaml")
    (mistake,) = caught.value.mistakes
    assert mistake.line == line
    assert problem in mistake.problem
    assert fix in mistake.fix
    assert "<" not in mistake.problem
