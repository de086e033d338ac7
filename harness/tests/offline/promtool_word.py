"""What a replay says, put to `promtool test rules`: as alerts expected at every evaluation, and as series."""

import math
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.core.files.yaml_quotes import in_double_quotes
from harness.core.promql import selector
from harness.core.promql.tree import Matcher, MatchOp
from harness.core.replay.alert import Alert
from harness.core.replay.history import RuleHistory
from harness.core.replay.labels import LabelSet
from harness.core.replay.written import Sample
from harness.core.rules.file import render
from harness.core.rules.model import AlertingRule
from harness.core.samples import STALE, Point, Series, is_stale
from harness.core.timeline import AlertState
from harness.offline.rendering import AnnotationsOf, annotated
from harness.tests.offline.made_up import Example
from harness.toolchain.promtool_alerts import TemplateSetting

#: promtool's own
LOOKBACK_MS = 300_000
SETTING = TemplateSetting(external_labels={"cluster": "moon"}, external_url="http://prometheus.example/path")


def samples(example: Example, start_ms: int) -> list[Series]:
    """The input, as it is loaded into a Prometheus."""
    return [
        Series(
            labels={"__name__": one.name, **one.labels},
            points=tuple(
                Point(
                    at_s=(start_ms + place * example.interval_s * 1_000) / 1_000,
                    value=STALE if text == "stale" else float(text),
                )
                for place, text in enumerate(one.values)
                if text != "_"
            ),
        )
        for one in example.inputs
    ]


def disagreement(
    example: Example, histories: Sequence[RuleHistory], start_ms: int, promtool: Path, directory: Path
) -> str:
    """What promtool has against it; empty where it agrees in everything."""
    step_ms = example.evaluation_s * 1_000
    instants = [start_ms + number * step_ms for number in range(example.evaluations)]
    failing = min((step.at_ms for one in histories for step in one.steps if step.failure or step.refused), default=None)
    good = [at_ms for at_ms in instants if failing is None or at_ms < failing]
    (directory / "rules.yaml").write_text(render(example.groups), encoding="utf-8")
    said = ""
    if good:
        said += _asked(example, start_ms, promtool, directory, _expected(histories, good, start_ms, promtool))
    if failing is not None and not said:
        expected = sorted(
            (one.placed.rule.name, _gist(step.failure or step.refused or ""))
            for one in histories
            for step in one.steps
            if step.at_ms == failing and (step.failure or step.refused)
        )
        test = f"  - {{expr: vector(1), eval_time: {(failing - start_ms) // 1_000}s, exp_samples: []}}\n"
        answer = _asked(example, start_ms, promtool, directory, f"  promql_expr_test:\n{test}")
        got = sorted(_failures(answer))
        if got != expected:
            said += f"expected to fail with {expected}, got {got} of {answer}"
    return said


def _asked(example: Example, start_ms: int, promtool: Path, directory: Path, tests: str) -> str:
    lines = [
        'rule_files: ["rules.yaml"]',
        f"evaluation_interval: {example.evaluation_s}s",
        f"group_eval_order: [{', '.join(group.name for group in example.groups)}]",
        "tests:",
        f"- interval: {example.interval_s}s",
        f'  start_timestamp: "{start_ms // 1_000}"',
        f"  external_labels: {{cluster: {SETTING.external_labels['cluster']}}}",
        f"  external_url: {in_double_quotes(SETTING.external_url)}",
        "  input_series:",
    ]
    for one in example.inputs:
        metric = _metric({"__name__": one.name, **one.labels})
        lines.append(f"  - {{series: {in_double_quotes(metric)}, values: {in_double_quotes(' '.join(one.values))}}}")
    file = directory / "tests.yaml"
    file.write_text("\n".join([*lines, tests]), encoding="utf-8")
    done = subprocess.run([promtool, "test", "rules", file], capture_output=True, check=False, text=True, timeout=60)
    return "" if done.returncode == 0 and "SUCCESS" in done.stdout else f"{done.stdout}{done.stderr}" or "nothing"


def _expected(histories: Sequence[RuleHistory], instants: Sequence[int], start_ms: int, promtool: Path) -> str:
    lines = ["  alert_rule_test:"]
    for at_ms, name, alerts in _alerts(histories, instants, promtool):
        lines.append(f"  - eval_time: {(at_ms - start_ms) // 1_000}s")
        lines.append(f"    alertname: {name}")
        lines.append("    exp_alerts:" if alerts else "    exp_alerts: []")
        for labels, texts in alerts:
            lines.append(f"    - exp_labels: {_mapping(labels)}")
            lines.append(f"      exp_annotations: {_mapping(texts)}")
    lines.append("  promql_expr_test:")
    for at_ms in instants:
        there = _there(histories, at_ms, instants[-1])
        for name in ("ALERTS", "ALERTS_FOR_STATE", "r1", "r2", "r3"):
            own = {labels: value for labels, value in there.items() if dict(labels)["__name__"] == name}
            numbers = {labels: value for labels, value in own.items() if not math.isnan(value)}
            # NaN is equal to nothing, so whether a value is one is asked for by itself
            unequal = {_nameless(labels): float(math.isnan(value)) for labels, value in own.items()}
            for expr, values in ((f"{name} == {name}", numbers), (f"{name} != bool {name}", unequal)):
                lines.append(f"  - expr: {expr}")
                lines.append(f"    eval_time: {(at_ms - start_ms) // 1_000}s")
                lines.append("    exp_samples:" if values else "    exp_samples: []")
                lines += [
                    f"    - {{labels: {in_double_quotes(_metric(dict(of)))}, value: {_number(value)}}}"
                    for of, value in values.items()
                ]
    return "\n".join((*lines, ""))


def _alerts(
    histories: Sequence[RuleHistory], instants: Sequence[int], promtool: Path
) -> Iterator[tuple[int, str, list[tuple[Mapping[str, str], Mapping[str, str]]]]]:
    firing: dict[tuple[int, str], list[tuple[Mapping[str, str], Mapping[str, str]]]] = defaultdict(list)
    asked: list[tuple[int, Alert, AnnotationsOf]] = []
    names = {one.placed.rule.name for one in histories if isinstance(one.placed.rule, AlertingRule)}
    for one in histories:
        rule = one.placed.rule
        if not isinstance(rule, AlertingRule):
            continue
        seen: dict[LabelSet, int] = {}
        for step in one.steps:
            for alert in step.active:
                gone = alert.keep_firing_since_ms is not None
                # of one whose series is gone they are those of the last evaluation that saw it
                seen[alert.labels] = seen[alert.labels] if gone else step.at_ms
                if alert.state is AlertState.FIRING and step.at_ms in instants:
                    of = AnnotationsOf(rule=rule, element=alert.element, at_ms=seen[alert.labels])
                    asked.append((step.at_ms, alert, of))
    texts = annotated([of for _, _, of in asked], promtool, SETTING)
    for (at_ms, alert, of), text in zip(asked, texts, strict=True):
        assert not isinstance(text, str)
        labels = {name: value for name, value in alert.labels if name != "alertname"}
        firing[at_ms, of.rule.alert].append((labels, text))
    for at_ms in instants:
        for name in sorted(names):
            yield at_ms, name, firing[at_ms, name]


def _there(histories: Sequence[RuleHistory], at_ms: int, last_ms: int) -> dict[LabelSet, float]:
    """The series that rules have written and that are there at an instant, asked after the last evaluation."""
    newest: dict[LabelSet, Sample] = {}
    for one in histories:
        for step in one.steps:
            for sample in step.stored if step.at_ms <= last_ms else ():
                known = newest.get(sample.labels)
                if sample.at_ms <= at_ms and (known is None or known.at_ms < sample.at_ms):
                    newest[sample.labels] = sample
    return {
        labels: sample.value
        for labels, sample in newest.items()
        if not is_stale(sample.value) and sample.at_ms > at_ms - LOOKBACK_MS
    }


def _failures(answer: str) -> Iterator[tuple[str, str]]:
    for line in answer.splitlines():
        head, _, words = line.strip().partition(", err: ")
        if words and head.startswith("rule: "):
            yield head.removeprefix("rule: ").split(", time: ")[0], _gist(words)


def _gist(words: str) -> str:
    """Without what depends on the order in which Go walks over a map."""
    for begin in (
        "duplicate sample for timestamp",
        "found duplicate series for the match group",
        "multiple matches for labels",
    ):
        if words.startswith(begin):
            return begin
    return words


def _nameless(labels: LabelSet) -> LabelSet:
    return tuple(one for one in labels if one[0] != "__name__")


def _metric(labels: Mapping[str, str]) -> str:
    return selector("", [Matcher(label=name, op=MatchOp.EQUAL, value=value) for name, value in sorted(labels.items())])


def _mapping(texts: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{in_double_quotes(name)}: {in_double_quotes(text)}' for name, text in texts.items())}}}"


def _number(value: float) -> str:
    return ("-.inf" if value < 0 else ".inf") if math.isinf(value) else repr(value)
