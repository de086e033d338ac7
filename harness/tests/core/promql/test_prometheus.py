"""What Prometheus takes is taken and means the same when it is written back; what it refuses is refused, and where."""

import subprocess

import pytest

from harness.core.promql import Expression, PromQLError
from harness.core.promql.functions import Type
from harness.core.promql.types import type_of
from harness.toolchain import ResolvedTool, Toolchain, ToolName

#: vectors, each with something that another reader of PromQL got wrong, or could
TAKEN = [
    # numbers and durations in all of Go's ways
    "queue_bytes > 10_000_000",
    "x > 0x_1F + 010 + 1_0.5_0 + 1e3 + .5 + 5. + 1E-3",
    "x > 5m30s",
    "x == Inf or x == -inf or x == +Inf or x == nAn",
    "x * 18446744073709551616",
    # regular expressions of RE2
    'pod_errors{pod=~"[\\\\w-_]+-api"} > 5',
    'route_errors{path=~"\\\\Q/a.b\\\\E.*"} > 5',
    'route_errors{tpl=~"{{ name }}"} > 5',
    'route_errors{tpl=~"[[]x"} > 5',
    'x{a=~"(?i)ready|(?s:.)(?P<n>b)", b!~"[[:alpha:]]+\\\\pL\\\\p{Greek}\\\\z", c=~"a{,5}|a{2,3}?"}',
    'x{a=~`\\d+\\.x`, b=\'it\\\'s "so"\', c="\\x41\\xff\\u00e9\\a"}',
    # offsets and instants
    "depth offset 0s",
    "depth offset 0s offset 5m",
    "depth offset -5m @ -100",
    "depth @ 5m offset +(5)",
    "depth offset -(90)",
    "depth @ start() - depth @ end ( )",
    "rate(x[5m] @ 1.5 offset 1m)",
    "rate(x[300])",
    "rate(x[ 5m ])",
    "rate(x[5m # minutes\n])",
    "max_over_time(rate(x[5m])[1h:] offset 1m)",
    "max_over_time(x[+90:--30])",
    # words that are names
    "anchored + smoothed{by='x'} - offset offset 5m",
    "sum by (anchored, on, group_left, bool, 'a.b',) (start)",
    "fill + fill_left * step / range ^ max_of",
    "and and and or or unless unless",
    "count{sum='x'}",
    "foo:bar + :x",
    '{"metric.name", "label.name"="c",}',
    'x{"a"="b"}',
    # operators
    "latency </ 0.5",
    "latency >/ on (le) limit",
    "+x - -y ^ -z ^ 2",
    "-x ^ 2 * 3 % 4 atan2 y",
    "-2 ^ x",
    "x > bool 1 == bool 0",
    "x * on () group_left () y",
    "x / ignoring (a,) group_right (b) y",
    "SUM WITHOUT (a) (x) + avg(y) BY (b)",
    "1 + on () x",
    "quantile by (a) (0.9, x)",
    'count_values("v", x)',
    "topk(scalar(y), x)",
    # functions with more or fewer arguments
    "hour() + hour(x) + round(x) + round(x, 5)",
    'label_join(x, "a", "") or label_join(x, "a", "", "b", "c") or label_replace(x, "a", "$1", "b", "(.*)")',
    "vector(time() + pi())",
    "histogram_quantile(0.9, x) or histogram_fraction(0, 1, x)",
    "# a comment\nx # and another",
]

#: text, the column, words of the reason
REFUSED = [
    ("", 1, "no expression"),
    ("up ==", 6, "unexpected end of input"),
    ("nosuch(up)", 1, "unknown function"),
    ("RATE(x[5m])", 1, "unknown function"),
    ("up[5m", 6, 'ends before its "]"'),
    ("(up", 4, 'ends before its ")"'),
    ("up)", 3, 'unexpected ")"'),
    ("up{a", 5, 'ends before its "}"'),
    ("up[5m}", 6, "unexpected character"),
    ("up $", 4, "unexpected character"),
    ("up ! x", 4, "unexpected character"),
    ('up{a="b}', 6, "a string is not closed"),
    ('up{a="b" or c="d"}', 10, "unexpected identifier or"),
    ("up{a}", 5, "expected one of"),
    ("up{a=b}", 6, "expected a string"),
    ("up{=}", 4, "expected a label"),
    ('up{a="\\q"}', 6, "escape"),
    ('up{a="\\\'"}', 6, "escape"),
    ('up{a="\\400"}', 6, "escape"),
    ('up{a="\\ud800"}', 6, "escape"),
    ('up{a="\ufffd"}', 6, "character"),
    ('up{a=~"b("}', 7, "missing closing )"),
    ("{}", 1, "at least one non-empty matcher"),
    ('{a=~"x*"}', 1, "at least one non-empty matcher"),
    ('{a!="x", b!~".+", c=""}', 1, "at least one non-empty matcher"),
    ('up{__name__="x"}', 1, "metric name must not be set twice"),
    ("a b", 3, "unexpected identifier b"),
    ("5 up", 3, "unexpected identifier up"),
    ("a + on", 7, "unexpected end"),
    ("a + on (without) b", 9, "expected a label"),
    ('a + on ("") b', 9, "is no label name"),
    ('a + on ("\\xff") b', 9, "is no label name"),
    ("a + on (x y) b", 11, 'expected ","'),
    ("a + group_left b", 5, "unexpected identifier group_left"),
    ("a + bool b", 3, "bool modifier"),
    ("1 > 2", 3, "must use BOOL"),
    ("1 and a", 3, "set operator"),
    ('"x" + a', 1, "only scalar and instant vector"),
    ("a + b[5m]", 5, "only scalar and instant vector"),
    ("1 + on (a) b", 3, "vector matching only"),
    ("a and on (b) group_left () c", 3, "no grouping allowed"),
    ("a * on (b) group_left (b) c", 3, "ON and GROUP"),
    ("-x[5m]", 1, "unary expression"),
    ("rate(x)", 6, "expected type range vector"),
    ("rate(x[5m], y)", 1, "expected 1 argument"),
    ("hour(x, y)", 1, "at most 1"),
    ('label_join(x, "a")', 1, "at least 3"),
    ("clamp(x, 1, y)", 13, "expected type scalar"),
    ("abs(x,)", 7, "unexpected"),
    ("sum(x, y)", 1, "needs 1"),
    ("topk(x)", 1, "needs 2"),
    ("topk(x, y)", 6, "aggregation parameter"),
    ("sum(1)", 5, "aggregation expression"),
    ("rate(x_total[0])", 14, "greater than 0"),
    ("rate(x[0s])", 8, "greater than 0"),
    ("rate(x[-5m])", 8, "greater than 0"),
    ("rate(x[0.0001])", 8, "at least 1 ms"),
    ("rate(x[9.5e10])", 8, "out of range"),
    ("x offset 300y", 10, "out of range"),
    ("x offset 9.5e10", 10, "out of range"),
    ("rate(x[5m:1m:1m])", 13, 'expected "]"'),
    ("rate(x[])", 8, "a number or a duration"),
    ("rate(x[y])", 8, "a number or a duration"),
    ("rate(x[5h5s5m])", 8, "is no duration"),
    ("rate(x[5x])", 8, "no number and no duration"),
    ("1[5m:]", 1, "subquery is only allowed"),
    ("(x)[5m]", 4, "ranges only allowed"),
    ("x offset 5m [5m]", 13, "no offset modifiers"),
    ("x @ 5 [5m]", 7, "no @ modifiers"),
    ("x offset 5m offset 5m", 1, "multiple times"),
    ("x @ 5 @ end()", 1, "multiple times"),
    ("(x) offset 5m", 1, "must be preceded"),
    ("x @ y", 5, "a timestamp"),
    ("x @ inf", 1, "out of bounds"),
    ("1__0", 1, "no number"),
    ("1e", 1, "no number"),
    ("0x1.5", 1, "no number"),
    ("1.2.3", 1, "no number"),
    ("1e3e3", 1, "no number"),
    ("1e+", 1, "no number"),
    ("(1e+)", 2, "is no number"),
    ("9" * 400, 1, "is no number"),
    ("(" * 3_000 + "x" + ")" * 3_000, 1, "nested too deeply"),
]

#: text, the column, the flag that it needs
FLAGGED = [
    ("mad_over_time(latency_seconds[5m]) > 1", 1, "promql-experimental-functions"),
    ("x > start()", 5, "promql-experimental-functions"),
    ("sum(limitk(1, x))", 5, "promql-experimental-functions"),
    ("rate(x[5m + 1m])", 11, "promql-duration-expr"),
    ("rate(x[(5m)])", 8, "promql-duration-expr"),
    ("rate(x[step()])", 8, "promql-duration-expr"),
    ("x offset (5m)", 10, "promql-duration-expr"),
    ("x offset -(5m * 2)", 15, "promql-duration-expr"),
    ("rate(x[5m] anchored)", 12, "promql-extended-range-selectors"),
    ("x smoothed", 3, "promql-extended-range-selectors"),
    ("a + fill(0) b", 5, "promql-binop-fill-modifiers"),
    ("a * on (x) group_left () fill_left(1) b", 26, "promql-binop-fill-modifiers"),
]


@pytest.mark.parametrize("text", TAKEN)
def test_what_prometheus_takes_is_read_and_written_back(text: str) -> None:
    """What is written reads back as what was read."""
    expression = Expression.parse(text)
    assert str(Expression.parse(str(expression))) == str(expression)
    assert type_of(expression.tree) is Type.VECTOR


def test_promtool_sees_no_difference() -> None:
    """To the pinned promtool both texts are one expression; without it this proves nothing, so it fails."""
    tool = Toolchain().find(ToolName.PROMTOOL)
    assert isinstance(tool, ResolvedTool), "`make test` brings it"
    path, given = tool.path, " or ".join(f"({text}\n)" for text in TAKEN)

    def formatted(text: str) -> str:
        command = [str(path), "--experimental", "promql", "format", text]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    # a duration that stands for a number is written as its seconds
    assert formatted(str(Expression.parse(given))) == formatted(given.replace("> 5m30s", "> 330"))


@pytest.mark.parametrize(("text", "column", "words"), REFUSED, ids=[text[:40] for text, _, _ in REFUSED])
def test_what_prometheus_refuses_is_refused_with_its_place(text: str, column: int, words: str) -> None:
    """The column is told, what stands there, and what is wrong with it."""
    with pytest.raises(PromQLError) as caught:
        Expression.parse(text)
    assert caught.value.why.startswith(f"column {column} of the expression, ")
    assert words in caught.value.why
    assert caught.value.fix


@pytest.mark.parametrize(("text", "column", "flag"), FLAGGED)
def test_what_needs_a_feature_flag_is_refused_with_its_name(text: str, column: int, flag: str) -> None:
    """Prometheus as it comes refuses it, and says no rule's name when it reloads."""
    with pytest.raises(PromQLError) as caught:
        Expression.parse(text)
    assert caught.value.why.startswith(f"column {column} of the expression, ")
    assert f"feature flag {flag}, which is off by default" in caught.value.why


def test_of_several_lines_the_line_is_told() -> None:
    """Counted from 1, as an editor counts."""
    with pytest.raises(PromQLError) as caught:
        Expression.parse("sum(\n  rate(x[0])\n) > 1")
    assert caught.value.why == "line 2, column 10 of the expression, at `0])`: duration must be greater than 0"
