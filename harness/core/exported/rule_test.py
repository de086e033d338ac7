"""A file of tests for `promtool test rules`, as data and as text.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.core.duration import PromDuration
from harness.core.exported.notation import number
from harness.core.files.yaml_quotes import in_quotes

_WIDTH: Final = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """One alert that fires."""

    #: all but `alertname`
    labels: Mapping[str, str]
    #: rendered; empty where nobody has rendered them
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertCheck:
    """Which alerts of a name fire at an instant: these and no others."""

    #: seconds since the first sample
    at_s: float
    alertname: str
    firing: tuple[Firing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueCheck:
    """What an expression gives at an instant: these series and no others."""

    #: seconds since the first sample
    at_s: float
    expr: str
    #: label set, as PromQL writes it -> value
    samples: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test: series, and what the rules make of them."""

    name: str
    #: series, as PromQL writes it -> values in promtool's notation
    series: Mapping[str, str]
    alerts: tuple[AlertCheck, ...] = ()
    values: tuple[ValueCheck, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTestFile:
    """All tests of one file."""

    #: of the file, which lies beside the rules
    name: str
    #: what stands at its top: paragraphs
    comment: tuple[str, ...]
    rules: str
    scrape: PromDuration
    evaluation: PromDuration
    #: names of groups: one that reads what another records comes behind it
    order: tuple[str, ...]
    tests: tuple[RuleTest, ...]

    @property
    def text(self) -> str:
        """YAML."""
        return "\n".join((*self._lines(), ""))

    def _lines(self) -> Iterator[str]:
        for paragraph in self.comment:
            yield from (f"# {line}" for line in textwrap.wrap(paragraph, _WIDTH, break_on_hyphens=False))
        yield f"rule_files: [{in_quotes(self.rules)}]"
        yield f"evaluation_interval: {self.evaluation}"
        yield f"group_eval_order: [{', '.join(map(in_quotes, self.order))}]"
        yield "tests:"
        for test in self.tests:
            yield f"  - name: {in_quotes(test.name)}"
            yield f"    interval: {self.scrape}"
            yield from _told(test)


def _told(test: RuleTest) -> Iterator[str]:
    yield "    input_series:" if test.series else "    input_series: []"
    for series, values in test.series.items():
        yield f"      - series: {in_quotes(series)}"
        yield f"        values: {in_quotes(values)}"
    if test.alerts:
        yield "    alert_rule_test:"
    for one in test.alerts:
        yield f"      - eval_time: {_time(one.at_s)}"
        yield f"        alertname: {in_quotes(one.alertname)}"
        yield "        exp_alerts:" if one.firing else "        exp_alerts: []"
        for alert in one.firing:
            yield "          - exp_labels:" if alert.labels else "          - exp_labels: {}"
            yield from _pairs(alert.labels)
            if alert.annotations:
                yield "            exp_annotations:"
                yield from _pairs(alert.annotations)
    if test.values:
        yield "    promql_expr_test:"
    for each in test.values:
        yield f"      - expr: {in_quotes(each.expr)}"
        yield f"        eval_time: {_time(each.at_s)}"
        yield "        exp_samples:" if each.samples else "        exp_samples: []"
        for labels, value in sorted(each.samples.items()):
            yield f"          - labels: {in_quotes(labels)}"
            yield f"            value: {number(value)}"


def _pairs(texts: Mapping[str, str]) -> Iterator[str]:
    for name, text in sorted(texts.items()):
        yield f"              {in_quotes(name)}: {in_quotes(text)}"


def _time(seconds: float) -> PromDuration:
    return PromDuration(round(1_000 * seconds))
