"""Rules and series that hypothesis makes up, of the kinds that differ in what an evaluation does with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from harness.core.duration import PromDuration
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup

#: values whose sums are exact in any order; `_` is no sample
VALUES = ("0", "1", "2", "3", "-1", "0.5", "7", "NaN", "Inf", "_", "_", "stale", "stale")
COUNTS = ("0", "4", "9", "15", "16", "40", "41", "1", "_", "stale", "NaN")

_LABELS: tuple[dict[str, str], ...] = (
    {},
    {"a": "x"},
    {"a": "y"},
    {"a": "x", "b": "1"},
    {"a": "x", "b": "2"},
    {"b": "1"},
)
_EXPRESSIONS = (
    *("m", "n", "m > 0", "m > 1", "n != 0", "m == m", "-m", "m / m", "1 / m", "m{a='x'} >= 0", "n{b=~'1|2'}"),
    *(
        "sum by (a) (m)",
        "max without (b) (n)",
        "count(m)",
        "avg by (b) (m)",
        "min(n) < 2",
        "group by (a) ({__name__=~'m|n'})",
    ),
    *(
        "m and on (a) n",
        "m unless n",
        "m or n",
        "m or on () vector(0)",
        "m * on (a) group_left () n",
        "m + on (a, b) n",
    ),
    *(
        "absent(m)",
        "absent(n{a='x'})",
        "absent_over_time(m{b='1'}[1m])",
        "vector(1)",
        "1",
        "time()",
        "vector(time()) > 0",
    ),
    *("rate(c[1m])", "increase(c[90s]) > 1", "resets(c[2m])", "changes(m[1m]) > 0", "sum(rate(c[2m]))", "irate(c[1m])"),
    *("max_over_time(m[1m])", "count_over_time(n[45s])", "max_over_time(m[1m:15s])", "sum_over_time(count(m)[1m:])"),
    *("m offset 30s", "m @ end()", "max_over_time(n[1m] @ start())", "sum(m offset 1m) or sum(m)", "timestamp(m)"),
    *("label_replace(m, 'a', 'z', '', '')", "label_replace(m, 'b', '', '', '')", "rate({__name__=~'m|n|c'}[1m])"),
    *("r1", "r2", "r3 > 0", "r1 + 1", "sum(r2) + sum(r1)", "{__name__=~'r.+'} > 0", "r1 or r2", "r3 offset 30s"),
    *("max_over_time(r1[1m])", "count({__name__=~'r1|r2', a='x'})", "absent(r2)", "r1 unless on () r3", "m > r1"),
    *("sum(r1) + 1 or vector(0)", "count_over_time(r2[1m:])", "{a='x'}", "count({__name__!=''})"),
    *(
        "ALERTS",
        "ALERTS{alertname='A1'}",
        "count(ALERTS{alertstate='firing'})",
        "ALERTS_FOR_STATE > 0",
        "m unless on (a) ALERTS",
    ),
    *(
        "ALERTS{alertname=~'A2|A3', alertstate='pending'}",
        "time() - ALERTS_FOR_STATE{alertname!='A1'}",
        "m and on () ALERTS",
    ),
)
_SET = ("s", "a", "b", "k")
_LABEL_TEXTS = (
    *("x", "x", "y", "", "{{ $labels.a }}", "{{ $labels.b }}", "{{ $value }}", "{{ .Value | humanize }}"),
    *("{{ if gt $value 1.0 }}high{{ end }}", "{{ first nil }}", "{{ $externalLabels.cluster }}", "t {{ now }}"),
)
_ANNOTATIONS = (
    *(
        "plain",
        "",
        "{{ $value }}",
        "{{ $labels.a }} at {{ $value | humanize }}",
        "{{ $labels }}",
        "{{ . }}",
        "now {{ now }}",
    ),
    *(
        "{{ $value | humanizePercentage }}",
        "{{ $value | humanizeDuration }}",
        "{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}",
    ),
    *(
        '{{ printf "%.2f" $value }}',
        "{{ $labels.__name__ | toUpper }}",
        "{{ $labels.a.b }}",
        "{{ humanizeTimestamp $value }}",
    ),
    *("{{ $externalLabels.cluster }} {{ $externalURL }}", 'two\nlines "quoted" \\ {{ $labels.alertname }}', "12.5%%"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One series: its samples are `interval_s` apart from the start."""

    name: str
    labels: Mapping[str, str]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """All of it."""

    interval_s: int
    evaluation_s: int
    evaluations: int
    inputs: tuple[Input, ...]
    groups: tuple[RuleGroup, ...]


def _labels(texts: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(_SET), st.sampled_from(texts), max_size=2)


_LENGTHS = st.sampled_from([0, 0, 15_000, 30_000, 60_000, 75_000, 120_000]).map(PromDuration)


@st.composite
def _rules(draw: st.DrawFn) -> Rule:
    expr = draw(st.sampled_from(_EXPRESSIONS))
    if draw(st.booleans()):
        fixed = tuple(text for text in _LABEL_TEXTS if "{{" not in text)
        return RecordingRule(record=draw(st.sampled_from(["r1", "r2", "r3"])), expr=expr, labels=draw(_labels(fixed)))
    return AlertingRule(
        alert=draw(st.sampled_from(["A1", "A2", "A3"])),
        expr=expr,
        hold=draw(_LENGTHS),
        keep_firing_for=draw(_LENGTHS),
        labels=draw(_labels(_LABEL_TEXTS)),
        annotations=draw(st.dictionaries(st.sampled_from(["t", "u"]), st.sampled_from(_ANNOTATIONS), max_size=2)),
    )


@st.composite
def _groups(draw: st.DrawFn) -> tuple[RuleGroup, ...]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        group = RuleGroup(
            name=f"g{number}",
            query_offset=draw(st.sampled_from([None, None, None, PromDuration(15_000), PromDuration(40_000)])),
            limit=draw(st.sampled_from([0, 0, 0, 0, 1, 2, 3])),
            labels=draw(st.sampled_from([{}, {}, {"g": "h"}, {"s": "group"}, {"a": ""}])),
            rules=tuple(draw(st.lists(_rules(), min_size=1, max_size=4))),
        )
        found.append(group)
    return tuple(found)


@st.composite
def _inputs(draw: st.DrawFn, steps: int) -> tuple[Input, ...]:
    found = []
    for name in ("m", "n", "c"):
        texts = st.sampled_from(COUNTS if name == "c" else VALUES)
        for labels in draw(st.lists(st.sampled_from(_LABELS), max_size=3, unique_by=str)):
            values = draw(st.lists(texts, min_size=1, max_size=steps))
            # a series without a sample at its end is none to promtool
            found.append(Input(name=name, labels=labels, values=tuple(values)))
    return tuple(found)


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """Rules over series."""
    interval_s, evaluation_s = draw(st.sampled_from([15, 20, 30])), draw(st.sampled_from([15, 20, 30, 45]))
    evaluations = draw(st.integers(3, 14))
    return Example(
        interval_s=interval_s,
        evaluation_s=evaluation_s,
        evaluations=evaluations,
        inputs=draw(_inputs(max(2, evaluations * evaluation_s // interval_s))),
        groups=draw(_groups()),
    )
