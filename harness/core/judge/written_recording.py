"""The documented recording rules as they are written: name, what is computed, over which window, by which labels."""

import difflib
import math
from collections.abc import Iterable, Iterator, Mapping

from harness.core.contract.model import Contract, RecordedKind, RecordingPromise
from harness.core.judge.finding import Clause, Finding, Judgement, unread, verified, violated
from harness.core.judge.written_labels import TARGET_LABELS
from harness.core.judge.written_window import judge_window
from harness.core.promql import children
from harness.core.promql.tree import AggregateExpr, Call, Expr, NumberLiteral, ParenExpr, VectorSelector
from harness.core.rules.linear import linear
from harness.core.rules.model import RecordingRule, RuleFile
from harness.core.rules.output_labels import carried
from harness.core.verdict import Verdict

#: a value that these compute is never the promised one of its kind
_OTHER = {
    RecordedKind.RATE: ("increase", "delta", "idelta", "irate", "deriv", "histogram_quantile"),
    RecordedKind.QUANTILE: (),
    RecordedKind.MAX: ("rate", "irate", "increase", "histogram_quantile"),
}


def judge_recordings(
    contract: Contract, file: RuleFile, recording: Mapping[str, RecordingRule]
) -> tuple[Judgement, ...]:
    """Compares each documented recording rule with its rule as it is written."""
    return tuple(_judge(promise, contract, file, recording) for promise in contract.recording_rules)


def _judge(
    promise: RecordingPromise, contract: Contract, file: RuleFile, recording: Mapping[str, RecordingRule]
) -> Judgement:
    rules = [rule for group in file.groups for rule in group.rules if isinstance(rule, RecordingRule)]
    rule = recording.get(promise.name)
    if rule is not None:
        findings = tuple(_findings(promise, contract, rule, recording))
        where = file.source if rule.line is None else f"{file.source}:{rule.line}"
    elif any(one.record == promise.name for one in rules):
        findings = (unread(Clause.WRITTEN, f"a rule `record: {promise.name}`", "it cannot be taken apart"),)
        where = file.source
    else:
        findings, where = (_missing(promise.name, [one.record for one in rules]),), file.source
    wrong = [one.actual for one in findings if one.outcome is Verdict.VIOLATED]
    gaps = any(one.outcome is Verdict.SKIPPED for one in findings)
    return Judgement(
        name=promise.name,
        verdict=Verdict.VIOLATED if wrong else Verdict.SKIPPED if gaps else Verdict.VERIFIED,
        promise=promise.meaning,
        findings=findings,
        cause="; ".join(wrong),
        where=where,
    )


def _missing(name: str, names: list[str]) -> Finding:
    near = difflib.get_close_matches(name, names)
    there = f"there is {near[0]}" if near else f"there are {', '.join(names)}" if names else "nothing is recorded"
    return violated(Clause.WRITTEN, f"a rule `record: {name}`", f"no rule records this; {there}")


def _findings(
    promise: RecordingPromise, contract: Contract, rule: RecordingRule, recording: Mapping[str, RecordingRule]
) -> Iterator[Finding]:
    others = {name: one for name, one in recording.items() if name != promise.name}
    yield _computed(promise, rule, others)
    if promise.quantile is not None:
        yield judge_quantile(promise.quantile, rule.expression.nodes())
    if promise.window is not None:
        yield judge_window(promise.window, rule.expression, others)
    yield _grouping(promise, contract, rule, others)


def _computed(  # noqa: PLR0911 - one for each way to compute something else
    promise: RecordingPromise, rule: RecordingRule, recording: Mapping[str, RecordingRule]
) -> Finding:
    """What is computed, of which metric, and not so many times that."""
    expression, kind = rule.expression, promise.kind
    expected = f"the {kind} of {promise.metric}"
    called = [node.name for node in expression.nodes() if isinstance(node, Call)]
    other = [name for name in called if name in _OTHER[kind]]
    if other:
        return violated(Clause.VALUE, expected, f"the rule computes {other[0]}, the contract promises a {kind}")
    found = linear(expression.tree, {name: one.expression.tree for name, one in recording.items()})
    if found.single is not None and not math.isclose(found.single[0], 1):
        actual = f"the rule records {found.single[0]:g} times the value, the contract the value itself"
        return violated(Clause.VALUE, expected, actual)
    outer = expression.tree
    while isinstance(outer, ParenExpr):
        outer = outer.expr
    if kind is RecordedKind.MAX and isinstance(outer, AggregateExpr) and outer.op in ("min", "avg", "sum"):
        return violated(Clause.VALUE, expected, f"the rule computes the {outer.op}, the contract promises the max")
    names = {node.name for node in expression.nodes() if isinstance(node, VectorSelector)}
    if names & set(recording):
        return unread(Clause.VALUE, expected, "it reads what other rules record")
    metric = f"{promise.metric}_bucket" if kind is RecordedKind.QUANTILE else promise.metric
    if names and metric not in names and "" not in names:
        listed = " and ".join(sorted(names))
        return violated(Clause.VALUE, expected, f"the rule reads {listed}, the contract promises it of {metric}")
    right = {RecordedKind.QUANTILE: "histogram_quantile", RecordedKind.RATE: "rate"}.get(kind)
    if right is None or right in called:
        return verified(Clause.VALUE, expected, str(expression))
    return unread(Clause.VALUE, expected, f"the rule has no {right}()")


def judge_quantile(asked: float, nodes: Iterable[Expr]) -> Finding:
    """The one quantile that an expression, all of its nodes, takes of a histogram; not known for none, or several."""
    expected = f"quantile {asked:g}"
    said = {
        one.val
        for node in nodes
        if isinstance(node, Call) and node.name == "histogram_quantile"
        for one in [children(node)[0]]
        if isinstance(one, NumberLiteral)
    }
    if len(said) != 1:
        return unread(Clause.QUANTILE, expected, "the text names no one quantile")
    (found,) = said
    if math.isclose(found, asked):
        return verified(Clause.QUANTILE, expected, f"quantile {found:g}")
    return violated(Clause.QUANTILE, expected, f"the rule says quantile {found:g}, the contract {asked:g}")


def _grouping(
    promise: RecordingPromise, contract: Contract, rule: RecordingRule, recording: Mapping[str, RecordingRule]
) -> Finding:
    expected = f"by ({', '.join(promise.by)})"
    kinds = carried(rule.expression.tree, recording)
    documented = TARGET_LABELS.union(*(one.labels for one in contract.metrics if one.name == promise.metric))
    # an empty one takes the label away
    given = {name: value for name, value in rule.labels.items() if value}
    kept = [kind.without(rule.labels).beside(given) for kind in kinds]
    missing = [name for name in promise.by if any(kind.lacks(name) for kind in kept)]
    extra = sorted(
        {name for kind in kept for name in kind.names or () if name not in promise.by and name in documented}
        | {name for name in given if name not in promise.by}
    )
    if missing or extra:
        words = [f"keeps no label {name}" for name in missing] + [f"keeps the label {name}" for name in extra]
        return violated(Clause.GROUPING, expected, f"the rule {' and '.join(words)}, the contract promises {expected}")
    same = [name for name in given if any(kind.values.get(name) != given[name] for kind in kinds)]
    if same:
        return unread(Clause.GROUPING, expected, f"the rule gives each of its series the same {' and '.join(same)}")
    if any(kind.names is None for kind in kinds):
        return unread(Clause.GROUPING, expected, "the text does not tell which labels its series have")
    return verified(Clause.GROUPING, expected, expected)
