"""Mistakes in the shipped rules, one in each: eight of different kinds for each alert, four for each record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from harness.core.duration import PromDuration
from harness.core.rules.model import AlertingRule, Rule, RuleFile

_JOB: Final = 'job="kubemirror-controller-metrics"'
_TYPO: Final = 'job="kubemirror-metrics"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One mistake."""

    rule: str
    #: of which kind
    kind: str
    change: Callable[[Rule], Rule]

    @property
    def id(self) -> str:
        """For tests."""
        return f"{self.rule}-{self.kind}"

    def into(self, file: RuleFile) -> RuleFile:
        """The rules with it."""
        groups = []
        for group in file.groups:
            rules = tuple(self.change(one) if one.name == self.rule else one for one in group.rules)
            groups.append(replace(group, rules=rules))
        changed = replace(file, groups=tuple(groups))
        assert changed != file, f"{self.id} changes nothing"
        return changed


def _expr(old: str, new: str, count: int = -1) -> Callable[[Rule], Rule]:
    def change(rule: Rule) -> Rule:
        assert old in rule.expr, f"{old!r} is not in {rule.expr}"
        return replace(rule, expr=rule.expr.replace(old, new, count))

    return change


def _for(text: str) -> Callable[[Rule], Rule]:
    def change(rule: Rule) -> Rule:
        assert isinstance(rule, AlertingRule)
        return replace(rule, hold=PromDuration.parse(text))

    return change


def _keep(text: str) -> Callable[[Rule], Rule]:
    def change(rule: Rule) -> Rule:
        assert isinstance(rule, AlertingRule)
        return replace(rule, keep_firing_for=PromDuration.parse(text))

    return change


def _label(name: str, value: str) -> Callable[[Rule], Rule]:
    return lambda rule: replace(rule, labels={**rule.labels, name: value})


def _text(old: str, new: str) -> Callable[[Rule], Rule]:
    def change(rule: Rule) -> Rule:
        assert isinstance(rule, AlertingRule)
        assert any(old in text for text in rule.annotations.values()), f"{old!r} is in no annotation"
        return replace(rule, annotations={name: text.replace(old, new) for name, text in rule.annotations.items()})

    return change


_RULES: Final[Mapping[str, Mapping[str, Callable[[Rule], Rule]]]] = {
    "KubeMirrorControllerDown": {
        "one of several is enough": _expr("max by", "min by"),
        "no target at all is not seen": lambda rule: replace(rule, expr=rule.expr.split("or\n")[0]),
        "the other way round": _expr("== 0", "== 1"),
        "another job": _expr(_JOB, _TYPO),
        "one alert for each instance": _expr("by (namespace, job)", "by (namespace, job, instance)"),
        "for": _for("10m"),
        "severity": _label("severity", "warning"),
        "absent without its job": _expr(
            f'absent(up{{namespace="kubemirror-system", {_JOB}}})',
            'absent(up{namespace="kubemirror-system", job=~"kubemirror.*"})',
        ),
    },
    "KubeMirrorHighReconcileErrors": {
        "failures by successes": _expr(
            f'controller_runtime_reconcile_total{{namespace="kubemirror-system", {_JOB}}}',
            f'controller_runtime_reconcile_total{{namespace="kubemirror-system", {_JOB}, result="success"}}',
        ),
        "threshold": _expr("> 0.10", "> 0.102"),
        "window": _expr("[5m]", "[10m]"),
        "two samples": _expr("rate(", "irate("),
        "all controllers together": _expr("by (namespace, controller)", "by (namespace)"),
        "for": _for("5m"),
        "percent as a ratio": _text("{{ $value | humanizePercentage }}", "{{ $value }}%"),
        "another job": _expr(_JOB, _TYPO, 1),
    },
    "KubeMirrorReconcileLatencyHigh": {
        "quantile": _expr("0.99,", "0.95,"),
        "threshold": _expr("> 5", "> 6"),
        "without buckets": _expr(", le)", ")"),
        "window": _expr("[5m]", "[15m]"),
        "for": _for("15m"),
        "another label": _expr("by (namespace, controller, le)", "by (namespace, pod, le)"),
        "milliseconds": _text("humanizeDuration", "humanize"),
        "the other way round": _expr("> 5", "< 5"),
    },
    "KubeMirrorWorkqueueDepthHigh": {
        "at the threshold": _expr("> 100", ">= 100"),
        "threshold": _expr("> 100", "> 1000"),
        "all replicas together": _expr("max by (namespace, name) (sum", "sum by (namespace, name) (sum"),
        "all queues together": _expr("max by (namespace, name)", "max by (namespace)"),
        "split by priority": _expr("sum without (priority) ", ""),
        "for": _for("10m"),
        "it goes on": _keep("10m"),
        "one queue is not seen": _expr('name=~"secret|configmap"', 'name=~"secret"'),
    },
    "KubeMirrorLeaderElectionLost": {
        "a standby alerts": _expr("max by", "min by"),
        "who leads alerts": _expr("< 1", "< 2"),
        "never": _expr("< 1", "< 0"),
        "for": _for("1m"),
        "for each pod": _expr("by (namespace, name)", "by (namespace, name, pod)"),
        "another metric": _expr("leader_election_master_status", "leader_election_status"),
        "severity": _label("severity", "critical"),
        "component": _label("component", "mirror"),
    },
    "KubeMirrorHighFailureRate": {
        "threshold": _expr("> 0.05", "> 0.1"),
        "threshold by a little": _expr("> 0.05", "> 0.0495"),
        "of each controller": _expr("by (namespace)", "by (namespace, controller)"),
        "another result": _expr('result="error"', 'result="requeue"'),
        "window": _expr("[5m]", "[1m]"),
        "for": _for("20m"),
        "percent twice": _text("humanizePercentage }}", "humanizePercentage }}%"),
        "increase by rate": _expr("rate(", "increase(", 1),
    },
    "KubeMirrorMemoryHigh": {
        "heap": _expr("container_memory_working_set_bytes", "container_memory_rss"),
        "usage with its cache": _expr("container_memory_working_set_bytes", "container_memory_usage_bytes"),
        "no limit is a limit of 0": _expr(" > 0", ""),
        "threshold": _expr("> 0.90", "> 0.95"),
        "another resource": _expr('resource="memory"', 'resource="cpu"'),
        "for": _for("1m"),
        "the pod as well": _expr('container!="", ', ""),
        "only where the kernel's limit is kept": lambda rule: replace(
            rule, expr=rule.expr.replace(rule.expr[rule.expr.index("or on") : rule.expr.index(")\n> 0.90")], "")
        ),
    },
    "KubeMirrorCPUThrottling": {
        "threshold": _expr("> 0.25", "> 0.5"),
        "seconds": _expr("container_cpu_cfs_throttled_periods_total", "container_cpu_cfs_throttled_seconds_total"),
        "window": _expr("[5m]", "[30s]"),
        "two samples": _expr("rate(", "irate("),
        "for": _for("0s"),
        "another pod": _expr('pod=~"kubemirror-controller-.*"', 'pod=~"kubemirror-mirror-.*"'),
        "turned round": lambda rule: replace(
            rule,
            expr=rule.expr.replace("throttled_periods", "X")
            .replace("cfs_periods", "cfs_throttled_periods")
            .replace("X", "periods"),
        ),
        "no number": _text("{{ $value | humanizePercentage }}", "many"),
    },
    "kubemirror:reconcile_duration_seconds:p99": {
        "quantile": _expr("0.99", "0.9"),
        "of each pod": _expr("controller, le", "controller, pod, le"),
        "another job": _expr(_JOB, _TYPO),
        "window": _expr("[5m]", "[10m]"),
    },
    "kubemirror:reconcile_duration_seconds:p95": {
        "quantile": _expr("0.95", "0.99"),
        "all controllers together": _expr("namespace, controller, le", "namespace, le"),
        "another metric": _expr("time_seconds_bucket", "time_seconds_count"),
        "namespace lost": _expr("namespace, controller, le", "controller, le"),
    },
    "kubemirror:reconcile_duration_seconds:p50": {
        "quantile": _expr("0.5,", "0.05,"),
        "another label": _expr("namespace, controller, le", "namespace, container, le"),
        "another job": _expr(_JOB, _TYPO),
        "a mean": lambda rule: replace(rule, expr=f"{rule.expr} * 1.1"),
    },
    "kubemirror:reconcile_rate:5m": {
        "without its result": _expr("by (namespace, controller, result)", "by (namespace, controller)"),
        "an increase": _expr("rate(", "increase("),
        "an average": _expr("sum by", "avg by"),
        "failures": _expr("reconcile_total", "reconcile_errors_total"),
    },
    "kubemirror:reconcile_errors:rate5m": {
        "all of them": _expr("reconcile_errors_total", "reconcile_total"),
        "a minute's": _expr("rate(", "60 * rate("),
        "all controllers together": _expr("by (namespace, controller)", "by (namespace)"),
        "another namespace": _expr('namespace="kubemirror-system"', 'namespace="kubemirror"'),
    },
    "kubemirror:workqueue_depth:max": {
        "all replicas together": _expr("max by", "sum by"),
        "one queue is not seen": _expr("secret|configmap", "secret"),
        "the least": _expr("max by", "min by"),
        "all queues together": _expr("by (namespace, name)", "by (namespace)"),
    },
}
PLANTED: Final = tuple(
    Planted(rule=rule, kind=kind, change=change) for rule, kinds in _RULES.items() for kind, change in kinds.items()
)
