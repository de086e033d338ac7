"""What is wrong with an expression, and where in it."""

from harness.core.errors import MisuseError

_FIX = "try it in Prometheus's expression browser, or with `promtool promql format`"
#: feature flag -> what of PromQL needs it
#: https://prometheus.io/docs/prometheus/latest/feature_flags/
FUNCTIONS, DURATIONS, RANGES, FILLS = (
    "promql-experimental-functions",
    "promql-duration-expr",
    "promql-extended-range-selectors",
    "promql-binop-fill-modifiers",
)


class PromQLError(MisuseError):
    """An expression that Prometheus would refuse, or that needs a feature flag which is off by default."""


class ReadError(Exception):
    """Something is wrong at one place of the text; `explained` makes an error of it."""

    def __init__(self, at: int, words: str, flag: str = "") -> None:
        super().__init__(words)
        #: counted in characters from 0
        self.at = at
        self.words = words
        #: with which it would be right; empty if with none
        self.flag = flag


def explained(text: str, refusal: ReadError) -> PromQLError:
    """The error: what, at which column (and line, if there are several) of the expression."""
    place = place_of(text, refusal.at)
    if refusal.flag:
        return PromQLError(
            f"`{text.strip()}` cannot be used",
            why=f"{place}: {refusal.words} needs Prometheus's feature flag {refusal.flag}, which is off by default",
            fix="write it without; the rule must work on a Prometheus as it comes",
        )
    return PromQLError(f"`{text.strip()}` is not PromQL", why=f"{place}: {refusal.words}", fix=_FIX)


def place_of(text: str, at: int) -> str:
    """`column 5` or `line 2, column 5`, counted from 1, with what stands there."""
    before = text[:at]
    column = at - (before.rfind("\n") + 1) + 1
    rest = text[at:].split("\n", 1)[0].strip()
    lines = text.strip("\n").count("\n")
    place = f"line {before.count(chr(10)) + 1}, column {column}" if lines else f"column {column}"
    return f"{place} of the expression, at `{_short(rest)}`" if rest else f"{place} of the expression, its end"


def _short(rest: str, most: int = 24) -> str:
    return rest if len(rest) <= most else f"{rest[:most]}..."
