"""What a YAML parser says, in the words of whoever wrote the file, and what to do about it."""

#: begins or is within what the parser says -> what is wrong, and how it is mended; the first that fits counts
_WORDS = (
    (
        "mapping values are not allowed here",
        "has a second `: ` in one value, or is indented otherwise than what it belongs to",
        "quote a text that has `: ` in it, or align the line",
    ),
    (
        "expected ',' or",
        "has brackets that are not closed",
        "close them, and put a comma between the entries",
    ),
    (
        "could not find expected ':'",
        "stands below a line that is no `key: value`",
        "write `key: value` there, or indent what goes on with the text above",
    ),
    ("found character '\\t'", "has a tab in its indentation", "indent with spaces"),
    ("violates indentation", "has a tab in its indentation", "indent with spaces"),
    ("found character", "begins a text with a sign that YAML keeps for itself", "quote the text"),
    ("found unexpected end of stream", "ends within quotes", "close the quotes that were opened last"),
    (
        "found unknown escape",
        "has an escape in double quotes that YAML does not have",
        "write \\\\ for a backslash, or use single quotes",
    ),
    ("expected the node content", "has no value where one is needed", "write one, or quote the text"),
    (
        "expected <block end>",
        "does not belong to what stands above it",
        "align it, and quote what stands before it if that is text with quotes or brackets of its own",
    ),
    ("expected '<document start>'", "does not belong to what stands above it", "align it with what it belongs to"),
    ("expected chomping", "has text in the line of | or >", "begin the text in the next line, indented"),
    ("expected alphabetic or numeric", "has & or * without a name", "quote the text"),
)
_ELSE = "correct the YAML there: indentation, quotes and brackets are the usual causes"
_TEMPLATE = "{{"
_TEMPLATE_FIX = "quote text that begins with {{; a template of Helm's is rendered first, with `helm template`"


def in_words(said: str, line: str) -> tuple[str, str]:
    """Problem and fix.

    Args:
        said: by the parser.
        line: of the text, that it complains about.
    """
    found = next(((problem, fix) for words, problem, fix in _WORDS if words in said), (said, _ELSE))
    problem = f"is no valid YAML: it {found[0]}" if found[0] != said else f"is no valid YAML: {said}"
    return problem, _TEMPLATE_FIX if _TEMPLATE in line else found[1]
