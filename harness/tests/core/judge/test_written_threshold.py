"""Rewritings of one condition are the same, other conditions are different, and what nobody can tell is neither."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.contract.model import Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.judge.written_threshold import Outcome, Read, read_threshold
from harness.core.promql import Expression
from harness.core.promql.tree import BinaryExpr, NumberLiteral
from harness.core.rules.condition_tree import condition
from harness.core.rules.file import parse_rules
from harness.tests.core.judge.test_written import CONTRACT, RULES

SAME, DIFFERENT, UNREAD = Outcome.SAME, Outcome.DIFFERENT, Outcome.UNREAD

ITEMS = Threshold(quantity=Quantity.QUEUE_DEPTH, side=">", value=100, unit=Unit.ITEMS, meaning="")
SHARE = Threshold(quantity=Quantity.MEMORY_USE, side=">", value=0.9, unit=Unit.RATIO, meaning="")
FAILURES = Threshold(quantity=Quantity.FAILED_RECONCILES, side=">", value=0.05, unit=Unit.RATIO, meaning="")
SECONDS = Threshold(quantity=Quantity.RECONCILE_LATENCY, side=">", value=5, unit=Unit.SECONDS, meaning="")
REPLICAS = Threshold(quantity=Quantity.SERVING_REPLICAS, side="<", value=1, unit=Unit.REPLICAS, meaning="")
NONE = Threshold(quantity=Quantity.OTHER, side=">", value=0, unit=Unit.ITEMS, meaning="")
EXPIRY = Threshold(quantity=Quantity.OTHER, side="<", value=604_800, unit=Unit.SECONDS, meaning="")
FREE = Threshold(quantity=Quantity.OTHER, side="<", value=0.1, unit=Unit.RATIO, meaning="")
FLAG = Threshold(quantity=Quantity.OTHER, side=">", value=0, unit=Unit.REPLICAS, meaning="")
OFTEN = Threshold(quantity=Quantity.OTHER, side=">", value=5, unit=Unit.ITEMS, meaning="")
HALF = Threshold(quantity=Quantity.OTHER, side=">", value=0.5, unit=Unit.RATIO, meaning="")

P99 = "histogram_quantile(0.99, sum by (le) (rate(took_seconds_bucket[5m])))"
ERRORS, ALL = "sum(rate(errors_total[5m]))", "sum(rate(all_total[5m]))"


def read(expr: str, threshold: Threshold, **recorded: str) -> Read:
    """What is said of an expression."""
    trees = {name.replace("__", ":"): Expression.parse(text).tree for name, text in recorded.items()}
    return read_threshold(condition(Expression.parse(expr).tree, trees), threshold)


@pytest.mark.parametrize(
    ("expr", "threshold"),
    [
        ("depth > 100", ITEMS),
        ("100 < depth", ITEMS),
        ("((depth)) > (100)", ITEMS),
        ("depth >= 101", ITEMS),
        ("max by (x) (sum without (y) (depth)) > 2 * 50", ITEMS),
        ("depth - 100 > 0", ITEMS),
        ("-depth < -100", ITEMS),
        ("2 * depth > 200", ITEMS),
        ("(depth > bool 100) == 1", ITEMS),
        ("(depth > bool 100) > 0", ITEMS),
        ("max_over_time(depth[5m]) > 100", ITEMS),
        ("a_bytes / b_bytes > 0.9", SHARE),
        ("0.9 < a_bytes / b_bytes", SHARE),
        ("100 * a_bytes / b_bytes > 90", SHARE),
        ("a_bytes / b_bytes * 100 > 90", SHARE),
        ("100 * (a_bytes / b_bytes) - 90 > 0", SHARE),
        ("a_bytes > 0.9 * b_bytes", SHARE),
        ("0.9 * b_bytes < a_bytes", SHARE),
        ("a_bytes - 0.9 * b_bytes > 0", SHARE),
        ("a_bytes / (b_bytes * 0.9) > 1", SHARE),
        ("1 - free_bytes / all_bytes > 0.9", SHARE),
        ("free_bytes / all_bytes < 0.1 and free_bytes / all_bytes < 0.1", SHARE),
        ("used_percent > 90", SHARE),
        ("used_ratio > 0.9", SHARE),
        (f"{ERRORS} / {ALL} > 0.05", FAILURES),
        (f"100 * {ERRORS} / {ALL} > 5", FAILURES),
        (f"max by (x) (100 * {ERRORS} / {ALL}) > 5", FAILURES),
        (f"{P99} > 5", SECONDS),
        (f"1000 * {P99} > 5000", SECONDS),
        (f"{P99} * 1e3 > 5e3", SECONDS),
        ("took_milliseconds > 5000", SECONDS),
        ("max(up) == 0 or absent(up)", REPLICAS),
        ("(sum(up) or vector(0)) < 1", REPLICAS),
        ("expires_seconds - time() < 7 * 86400", EXPIRY),
        ("(expires_seconds - time()) / 86400 < 7", EXPIRY),
        ("(expires - time()) / 3600 < 168", EXPIRY),
        ("expires_milliseconds / 1000 - time() < 604800", EXPIRY),
        ("expires_seconds < time() + 604800", EXPIRY),
        ("time() > expires_seconds - 604800", EXPIRY),
        ("rate(took_seconds_sum[5m]) / rate(took_seconds_count[5m]) > 5", SECONDS),
        ("rate(took_milliseconds_sum[5m]) / rate(took_milliseconds_count[5m]) / 1e3 > 5", SECONDS),
        ("all_bytes - free_bytes > 0.9 * all_bytes", SHARE),
        ("0.9 * all_bytes < all_bytes - free_bytes", SHARE),
        ("used / (all > 0) > 0.9", SHARE),
        ("used / all > 0.9 and all > 0", SHARE),
        ("100 * used / (a + b) > 90 and a + b > 0", SHARE),
        ("(used > 0) / all > 0.9", SHARE),
        ("depth > 2 ^ 6 + 36", ITEMS),
        ("depth > on () group_left () vector(100)", ITEMS),
        ("604800 > expires_seconds - time()", EXPIRY),
        ("used > on () group_left () vector(0.9)", SHARE),
        ("depth > scalar(vector(100))", ITEMS),
        ("count(up) > 100.5", ITEMS),
        ("depth > 1100 % 1000", ITEMS),
        ("count(up == 1) < 1", REPLICAS),
        ("sum(up) <= 0", REPLICAS),
        ("100 - 100 * free_bytes / all_bytes > 90", SHARE),
        ("1.8 * b_bytes < 2 * a_bytes", SHARE),
        ("604800 + time() > expires_seconds", EXPIRY),
        ("a + b - 100 > 0", ITEMS),
        ("0 < a + b - 100", ITEMS),
        ("load >= 6", OFTEN),
        ("load >= 7", replace(OFTEN, value=6)),
        ("load != 0", NONE),
        ("1.1 * depth > 110", ITEMS),  # 99.99999999999999
    ],
)
def test_rewritings_of_the_documented_condition(expr: str, threshold: Threshold) -> None:
    """Never different; the same, or what nobody can tell."""
    found = read(expr, threshold)
    assert found.outcome is not DIFFERENT, found.text
    assert found.outcome is (UNREAD if "< 0.1 and" in expr else SAME), found.text


@pytest.mark.parametrize(
    ("expr", "threshold", "said"),
    [
        ("depth > 120", ITEMS, "the rule says > 120 items, the contract > 100 items"),
        ("depth > 88", ITEMS, "the rule says > 88 items, the contract > 100 items"),
        ("depth >= 100", ITEMS, "the rule says >= 100 items, the contract > 100 items"),
        ("depth < 100", ITEMS, "the rule says < 100 items, the contract > 100 items"),
        ("depth - 120 > 0", ITEMS, "the rule says > 120 items, the contract > 100 items"),
        ("120 < depth", ITEMS, "the rule says > 120 items, the contract > 100 items"),
        ("0 > 120 - depth", ITEMS, "the rule says > 120 items, the contract > 100 items"),
        ("a_bytes / b_bytes - 0.93 > 0", SHARE, "the rule says > 93 %, the contract > 90 %"),
        ("depth == 100", ITEMS, "the rule says == 100 items, the contract > 100 items"),
        ("depth > 100.5 * 2", ITEMS, "the rule says > 201 items, the contract > 100 items"),
        ("depth > 120 and sum(rate(done_total[5m])) > 3", ITEMS, "the rule says > 120 items, the contract > 100 items"),
        ("depth > 88 or absent(depth)", ITEMS, "the rule says > 88 items, the contract > 100 items"),
        ("depth", ITEMS, "it compares nothing with anything: active whatever the value"),
        ("depth > bool 100", ITEMS, "`> bool` says 0 or 1 and never nothing: active whatever the value"),
        ("a_bytes / b_bytes > 0.93", SHARE, "the rule says > 93 %, the contract > 90 %"),
        ("a_bytes / b_bytes >= 0.9", SHARE, "the rule says >= 90 %, the contract > 90 %"),
        ("100 * a_bytes / b_bytes > 93", SHARE, "the rule says > 93 %, the contract > 90 %"),
        ("100 * a_bytes / b_bytes > 0.9", SHARE, "the rule says > 0.9 %, the contract > 90 %"),
        ("a_bytes > 0.93 * b_bytes", SHARE, "the rule says > 93 %, the contract > 90 %"),
        ("a_bytes / b_bytes > 90", SHARE, "the rule says > 9000 %, the contract > 90 %"),
        ("1 - free_bytes / all_bytes > 0.93", SHARE, "the rule says > 93 %, the contract > 90 %"),
        ("used > 0.93", SHARE, "the rule says > 93 %, the contract > 90 %"),
        ("a_bytes / b_bytes > 0.90002", SHARE, "the rule says > 90.002 %, the contract > 90 %"),
        (f"{ERRORS} > 0.05", FAILURES, "the rule's value is a number per second, the contract promises a share"),
        (f"{ERRORS} / {ALL} > 0.03", FAILURES, "the rule says > 3 %, the contract > 5 %"),
        ("took_seconds_sum > 0.05", FAILURES, "the rule's value is seconds, the contract promises a share"),
        ("used_bytes > 0.9", SHARE, "the rule's value is bytes, the contract promises a share"),
        (f"{ERRORS} / {ALL} > 5", SECONDS, "the rule's value is a share, the contract promises seconds"),
        (f"{P99} > 7", SECONDS, "the rule says > 7 s, the contract > 5 s"),
        (f"1000 * {P99} > 5", SECONDS, "the rule says > 0.005 s, the contract > 5 s"),
        (f"{P99} > 5000", SECONDS, "the rule says > 5000 s, the contract > 5 s"),
        ("took_milliseconds > 5", SECONDS, "the rule says > 0.005 s, the contract > 5 s"),
        ("took_milliseconds / 1000 > 6", SECONDS, "the rule says > 6 s, the contract > 5 s"),
        (
            "rate(took_seconds_sum[5m]) / rate(took_seconds_count[5m]) > 6",
            SECONDS,
            "the rule says > 6 s, the contract > 5 s",
        ),
        (
            "(expires_seconds - time()) / 86400 < 14",
            EXPIRY,
            "the rule says < 1209600 s, the contract < 604800 s",
        ),
        ("all_bytes - free_bytes > 0.93 * all_bytes", SHARE, "the rule says > 93 %, the contract > 90 %"),
        ("used / all > 0.88 and all > 0", SHARE, "the rule says > 88 %, the contract > 90 %"),
        (
            "depth > 120 and max_over_time(depth[5m]) > 110",
            ITEMS,
            "the rule says > 120 items, the contract > 100 items",
        ),
        ("depth > 120 unless on () maintenance", ITEMS, "the rule says > 120 items, the contract > 100 items"),
        ("count(up == 1) < 2", REPLICAS, "the rule says < 2 replicas, the contract < 1 replica"),
        ("sum(up) < 2", REPLICAS, "the rule says < 2 replicas, the contract < 1 replica"),
        ("sum(up) > 1", REPLICAS, "the rule says > 1 replica, the contract < 1 replica"),
        ("max(up) == 1", REPLICAS, "the rule says == 1 replica, the contract < 1 replica"),
        ("depth > 0", ITEMS, "the rule says > 0 items, the contract > 100 items"),
        ("load >= 0", NONE, "the rule says >= 0 items, the contract > 0 items"),
        ("took_seconds > 100", ITEMS, "the rule's value is seconds, the contract promises items"),
        ("expires_seconds - time() <= 604800", EXPIRY, "the rule says <= 604800 s, the contract < 604800 s"),
        ("expires_seconds - time() < 3600 and other > 3", EXPIRY, "the rule says < 3600 s, the contract < 604800 s"),
        ("expires_seconds - time() <= 3600 and other > 3", EXPIRY, "the rule says <= 3600 s, the contract < 604800 s"),
        (
            "expires_seconds - time() <= 1209600 or other",
            EXPIRY,
            "the rule says <= 1209600 s, the contract < 604800 s",
        ),
        ("0.93 * b_bytes < a_bytes", SHARE, "the rule says > 93 %, the contract > 90 %"),
        ("used > 1", SHARE, "the rule says > 100 %, the contract > 90 %"),
        ("took > 49", SECONDS, "the rule says > 49 s, the contract > 5 s"),
        ("took > 0.51", SECONDS, "the rule says > 0.51 s, the contract > 5 s"),
        ("used_ratio > 1e-10", replace(SHARE, value=0), "the rule says > 1e-08 %, the contract > 0 %"),
    ],
)
def test_another_condition_is_told_with_both_values(expr: str, threshold: Threshold, said: str) -> None:
    """Value, side, sign, unit, or no comparison at all."""
    found = read(expr, threshold)
    assert (found.outcome, found.text) == (DIFFERENT, said)


@pytest.mark.parametrize(
    ("expr", "threshold"),
    [
        pytest.param("depth > 100 and other > 3", ITEMS, id="a further condition"),
        pytest.param("depth > 100 unless maintenance", ITEMS, id="an exception"),
        pytest.param("depth > 88 and other > 3", ITEMS, id="wider, and something else narrows it"),
        pytest.param("depth > 120 and other > 3", ITEMS, id="which of them is meant"),
        pytest.param("depth > 120 or deep", ITEMS, id="narrower, and something else widens it"),
        pytest.param("depth > quota", ITEMS, id="a limit that is a series"),
        pytest.param("depth > on (x) group_left limit * 0.9", ITEMS, id="a share of a series"),
        pytest.param("absent(depth)", ITEMS, id="absence"),
        pytest.param("round(depth) > 100", ITEMS, id="rounded"),
        pytest.param("clamp_max(depth, 50) > 100", ITEMS, id="clamped"),
        pytest.param("depth / 2 > 60", ITEMS, id="per something"),
        pytest.param('ALERTS{alertname="x"}', ITEMS, id="another alert"),
        pytest.param("recorded:elsewhere", ITEMS, id="recorded elsewhere, and perhaps filtered there"),
        pytest.param("rate(errors_total[5m]) > 0", NONE, id="nothing per second is nothing"),
        pytest.param("depth + 20 > 100", ITEMS, id="shifted"),
        pytest.param("avg_over_time(depth[5m]) >= 101", ITEMS, id="no whole number"),
        pytest.param("(depth > 100) > bool 0", ITEMS, id="a filter inside"),
        pytest.param("recorded:used > 90", SHARE, id="a unit that nobody names"),
        pytest.param("recorded:share > 0.9 and on () maintenance == 0", SHARE, id="only outside of maintenance"),
        pytest.param("free_bytes / all_bytes < 0.1", SHARE, id="what is left of a share"),
        pytest.param("good / everything < 0.5", HALF, id="a half is both"),
        pytest.param("a_bytes / b_bytes != 0.9", SHARE, id="both sides"),
        pytest.param("count(depth > 100) > 0", ITEMS, id="how many there are beyond it"),
        pytest.param("sum by (name) (depth > 100) > 0", ITEMS, id="those beyond it"),
        pytest.param("(depth > 100) > 50", replace(ITEMS, value=50), id="another limit inside"),
        pytest.param(
            "max(depth > 100 and on () other) > 50", replace(ITEMS, value=50), id="another limit further inside"
        ),
        pytest.param("count(took > 5) > 0", SECONDS, id="how many are slower"),
        pytest.param("count(rate(errors_total[5m]) > 0.05) > 0", FAILURES, id="how many fail more often"),
        pytest.param("load > 5.5", OFTEN, id="a fraction, beside a whole number"),
        pytest.param("load > 0.04", NONE, id="a fraction, beside none"),
        pytest.param("sum_over_time(depth[5m]) > 100", ITEMS, id="the sum of several instants"),
        pytest.param("delta(depth[5m]) > 100", ITEMS, id="a change"),
        pytest.param("depth offset 1h > 100", ITEMS, id="an hour ago"),
        pytest.param("depth - depth offset 1h > 100", ITEMS, id="more than an hour ago"),
        pytest.param("deriv(a_bytes[5m]) / rate(b_bytes[5m]) > 0.9", SHARE, id="a share of changes"),
        pytest.param("max_over_time(depth[5m:] @ end()) > 100", ITEMS, id="at another time"),
        pytest.param("sum(depth > bool 100) >= 1", ITEMS, id="how many are 1"),
        pytest.param("avg_over_time((depth > bool 100)[5m:]) > 0.5", ITEMS, id="how often it is 1"),
        pytest.param("1 == (depth > bool 120) * 1", ITEMS, id="1 times 1"),
        pytest.param("absent(up) == 1", REPLICAS, id="absence is 1"),
        pytest.param("0 < absent(up)", REPLICAS, id="absence is above 0"),
        pytest.param("absent(up) == 2", REPLICAS, id="absence is never 2"),
        pytest.param("count(up == 0) > 0", REPLICAS, id="how many are down"),
        pytest.param("max(1 - up) > 0", REPLICAS, id="what is left of 1 inside"),
        pytest.param("used_bytes > 0.9 * all_bytes", FREE, id="used and free"),
        pytest.param("ready == 1", FLAG, id="what is perhaps 1 or 0"),
        pytest.param("rate(errors_total[5m]) > 6", OFTEN, id="how often, which has no unit"),
        pytest.param("free_bytes < 6", OFTEN, id="bytes, which have no unit"),
        pytest.param("used / 500 > 0.8", SHARE, id="a share of a number"),
        pytest.param("depth > 0 ^ -1", ITEMS, id="no number"),
        pytest.param("depth > on () group_left () vector(scalar(quota))", ITEMS, id="a limit that is one series"),
        pytest.param("a_bytes + b_bytes > 0", SHARE, id="a sum beside nothing"),
        pytest.param("depth < other + 50", ITEMS, id="so much above another"),
        pytest.param("burn > 14 and burn_long > 14", FAILURES, id="burn rates"),
        pytest.param("expires_seconds - time() < 1209600 and other > 3", EXPIRY, id="wider on the side below"),
        pytest.param("expires_seconds - time() <= 604800 and other > 3", EXPIRY, id="wider by the number itself"),
        pytest.param("a_bytes / b_bytes >= 0.9 and other > 3", SHARE, id="wider by the number itself, above"),
        pytest.param("depth < 50 or deep", ITEMS, id="the other side, and something else"),
        pytest.param("took > 50", SECONDS, id="ten times as much, in a unit that nobody names"),
        pytest.param("took > 0.5", SECONDS, id="a tenth of it, in a unit that nobody names"),
        pytest.param("used > 1.5", SHARE, id="a share above all, in a unit that nobody names"),
        pytest.param("used > 0.5", replace(SHARE, value=0), id="beside none, in a unit that nobody names"),
        pytest.param("rate(errors_total[5m]) > 0", replace(FAILURES, value=0), id="none, in another unit"),
        pytest.param("1 + free < 1.1", SHARE, id="so little is added to one"),
        pytest.param("load != 5", NONE, id="both sides of whole numbers"),
        pytest.param("depth + 5 > depth", ITEMS, id="nothing is left of it"),
        pytest.param("depth > depth", ITEMS, id="with itself"),
        pytest.param("depth + 3 > other + 103", ITEMS, id="two numbers and two things"),
    ],
)
def test_what_the_text_does_not_tell_is_neither(expr: str, threshold: Threshold) -> None:
    """Not the same, and not certainly another."""
    found = read(expr, threshold)
    assert found.outcome is UNREAD, found.text


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        ("depth > 100 and other > 3", "`other > 3` must hold as well"),
        ("other > 3 and depth > 100", "`other > 3` must hold as well"),
        ("depth > 100 unless paused == 1", "it must not be where `paused == 1` is"),
        ("depth > 100 and max(depth) > 100", "`max(depth) > 100` must hold as well"),
    ],
)
def test_what_must_hold_beside_the_threshold_is_named(expr: str, said: str) -> None:
    """The other condition, on whichever side it stands, and what an exception keeps away as that."""
    assert read(expr, ITEMS).text == f"the threshold is as promised, and {said}"


def test_of_two_sides_the_one_that_is_meant_is_named() -> None:
    """What is below the documented number: the time that is left, not the time that has passed."""
    assert read("time() > round(expires_seconds) - 604800", EXPIRY).text == (
        "`1 * (round(expires_seconds)) + -1 * (time())` is rounded, clamped or bent"
    )


def test_a_limit_behind_what_is_recorded_decides_too() -> None:
    """`max(deep)` where deep is recorded from `depth > 100`."""
    found = read("max(deep) > 50", replace(ITEMS, value=50), deep="depth > 100")
    assert (found.outcome, found.text) == (UNREAD, "in `max(depth > 100)` another limit decides, too")
    assert read("max(deep) > 0", ITEMS, deep="depth > 100").outcome is UNREAD
    assert read("count(deep) > 50", replace(ITEMS, value=50), deep="depth > 100").outcome is SAME
    assert read("changes(depth[5m]) > 5", OFTEN).outcome is SAME


def test_what_is_recorded_in_the_same_file_is_looked_through() -> None:
    """With the number and the unit of its own expression."""
    share = "100 * sum(rate(errors_total[5m])) / sum(rate(all_total[5m]))"
    assert read("x__errors > 5".replace("__", ":"), FAILURES, x__errors=share).outcome is SAME
    assert read("x:errors > 0.05", FAILURES, x__errors=share).text == "the rule says > 0.05 %, the contract > 5 %"
    assert read("x:a > 100", ITEMS, x__a="x:b", x__b="x:a").outcome is SAME  # in a circle


@dataclass(frozen=True)
class Shipped:
    """One of the shipped conditions as `values sign limit`."""

    values: str
    sign: str
    limit: float
    threshold: Threshold

    @property
    def text(self) -> str:
        """As PromQL."""
        return f"{self.values} {self.sign} {self.limit!r}"


def _shipped() -> Sequence[Shipped]:
    found = []
    for rule in parse_rules(RULES, "r").alerts:
        tree = rule.expression.tree
        if isinstance(tree, BinaryExpr) and isinstance(tree.rhs, NumberLiteral):
            promise = next(one for one in CONTRACT.alerts if one.alert == rule.alert)
            values = str(Expression(tree.lhs))
            found.append(Shipped(values=values, sign=tree.op, limit=tree.rhs.val, threshold=promise.threshold))
    return found


SHIPPED = _shipped()
_MIRROR = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_FACTORS = st.sampled_from([2.0, 3.0, 0.5, 10.0, 100.0, 1_000.0, 7.25, 1e-3])
_STEPS = st.lists(
    st.sampled_from(["swap", "scale", "braces", "move", "whole", "bool", "sum", "negate"]), min_size=0, max_size=4
)


def _rewritten(values: str, sign: str, limit: float, steps: Sequence[str], factor: float) -> str:
    """The same condition in other words."""
    left, right = f"({values})", f"{limit!r}"
    for step in steps:
        match step:
            case "swap":
                left, right, sign = right, left, _MIRROR[sign]
            case "scale":
                left, right = f"({factor!r} * {left})", f"({right} * {factor!r})"
            case "braces":
                left, right = f"({left})", f"(({right}))"
            case "move":
                left, right = f"({left} - {right})", "0"
            case "negate":
                left, right, sign = f"(-{left})", f"(-{right})", _MIRROR[sign]
            case "sum":
                right = f"({right} + 1 - 1)"
    if "bool" in steps:
        return f"({left} {sign} bool {right}) == 1"
    return f"{left} {sign} {right}"


def test_there_are_shipped_conditions_to_rewrite() -> None:
    """All but that of the controller that is down, which is two."""
    assert len(SHIPPED) == len(CONTRACT.alerts) - 1


@given(one=st.sampled_from(SHIPPED), steps=_STEPS, factor=_FACTORS)
def test_no_rewriting_of_a_shipped_condition_is_another_one(one: Shipped, steps: list[str], factor: float) -> None:
    """However its sides are swapped, scaled, moved, wrapped."""
    text = _rewritten(one.values, one.sign, one.limit, steps, factor)
    assert read(text, one.threshold).outcome is not DIFFERENT, text


@given(one=st.sampled_from(SHIPPED), steps=_STEPS, factor=_FACTORS, data=st.data())
def test_no_mutant_of_a_shipped_condition_is_the_documented_one(
    one: Shipped, steps: list[str], factor: float, data: st.DataObject
) -> None:
    """Another number, another side, with or without the number itself; in whatever words."""
    kind = data.draw(st.sampled_from(["value", "side", "equal"]))
    sign, limit = one.sign, one.limit
    if kind == "value":
        limit *= data.draw(st.sampled_from([0.5, 0.88, 0.97, 1.03, 1.2, 1.4, 2, 10, 100, 0.01]))
    elif kind == "side":
        sign = _MIRROR[sign]
    else:
        sign += "="
    mutant = _rewritten(one.values, sign, limit, steps, factor)
    same_count = (
        one.threshold.unit in (Unit.ITEMS, Unit.REPLICAS) and read(f"n {sign} {limit!r}", one.threshold).outcome is SAME
    )
    if not same_count:  # of whole numbers `< 1` and `< 0.97` are one
        assert read(mutant, one.threshold).outcome is not SAME, mutant
    if not same_count and not {"scale", "sum"} & set(steps):
        assert read(mutant, one.threshold).outcome is DIFFERENT, mutant
