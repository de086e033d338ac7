"""Rules broken on purpose. Each defect is one that a person could make, and a test must turn red for each."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One change of the text of one rule."""

    #: file of cases that must notice, without `.yaml`
    case: str
    #: what is broken, for the test's id
    what: str
    #: the alert or record that is changed
    rule: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.rule}-{self.what}"

    def plant(self, rules: str) -> str:
        """The PrometheusRule's text with the defect in it.

        Raises:
            ValueError: the rule does not hold the old text, so nothing would be planted.
        """
        start, end = _block(rules, self.rule)
        block = rules[start:end]
        if self.old not in block:
            raise ValueError(f"{self.rule} holds no {self.old!r}")
        return rules[:start] + block.replace(self.old, self.new) + rules[end:]


def _block(rules: str, name: str) -> tuple[int, int]:
    found = re.search(rf"- (?:alert|record): {re.escape(name)}\n", rules)
    if found is None:
        raise ValueError(f"there is no rule {name}")
    following = re.search(r"\n +(?:#|- (?:alert|record|name):)", rules[found.end() :])
    return found.start(), found.end() + following.start() if following else len(rules)


def _plant(case: str, rule: str, **changes: tuple[str, str]) -> list[Defect]:
    return [Defect(case=case, what=what, rule=rule, old=old, new=new) for what, (old, new) in changes.items()]


_JOB = ', job="kubemirror-controller-metrics"'
_NAMESPACE = 'namespace="kubemirror-system", '
_WARNING = ("severity: warning", "severity: critical")
_COMPONENT = ("component: kubemirror", "component: kube-mirror")

DEFECTS = [
    *_plant(
        "controller_down",
        "KubeMirrorControllerDown",
        threshold=("== 0", "< 0"),
        for_shorter=("for: 5m", "for: 4m30s"),
        for_longer=("for: 5m", "for: 5m30s"),
        severity=("severity: critical", "severity: warning"),
        component=_COMPONENT,
        no_job=(_JOB, ""),
        no_namespace=(_NAMESPACE, ""),
        other_job=("kubemirror-controller-metrics", "kubemirror"),
        blind_to_absence=(
            'or\n            absent(up{namespace="kubemirror-system", job="kubemirror-controller-metrics"})',
            "",
        ),
        blind_to_failing_scrapes=("== 0\n            or", "== 0 and vector(0) > 0\n            or"),
        # labels of the two ways to be down differ, so the outage becomes another alert half-way
        labels_change_half_way=("max by (namespace, job) (up{", "max by (namespace, job, pod) (up{"),
        any_replica=("max by (namespace, job)", "min by (namespace, job)"),
        text=("has reached no replica of", "has not reached {{ $labels.instance }} of"),
    ),
    *_plant(
        "reconcile_errors",
        "KubeMirrorHighReconcileErrors",
        threshold_higher=("> 0.10", "> 0.11"),
        threshold_lower=("> 0.10", "> 0.095"),
        threshold_inclusive=("> 0.10", ">= 0.10"),
        percent_for_ratio=("> 0.10", "> 10"),
        for_shorter=("for: 10m", "for: 9m30s"),
        for_longer=("for: 10m", "for: 10m30s"),
        severity=_WARNING,
        component=_COMPONENT,
        no_job=(_JOB, ""),
        counts_for_rates=("rate(", "delta("),
        all_controllers_in_one=("sum by (namespace, controller)", "sum by (namespace)"),
        minimum_load=("> 0.10\n", "> 0.10 and sum by (namespace, controller) (rate(x[5m])) > 0.1\n"),
        counts_per_second=("\n            /\n", "\n            and\n"),
        unformatted=("$value | humanizePercentage", "$value"),
    ),
    *_plant(
        "failure_rate",
        "KubeMirrorHighFailureRate",
        threshold_higher=("> 0.05", "> 0.07"),
        threshold_lower=("> 0.05", "> 0.045"),
        threshold_inclusive=("> 0.05", ">= 0.05"),
        for_shorter=("for: 10m", "for: 9m30s"),
        for_longer=("for: 10m", "for: 10m30s"),
        severity=_WARNING,
        component=_COMPONENT,
        no_job=(_JOB, ""),
        not_only_errors=(', result="error"', ', result!="success"'),
        per_controller=("sum by (namespace)", "sum by (namespace, controller)"),
    ),
    *_plant(
        "reconcile_latency",
        "KubeMirrorReconcileLatencyHigh",
        threshold_higher=("> 5", "> 5.9"),
        threshold_lower=("> 5", "> 4.9"),
        quantile=("histogram_quantile(0.99", "histogram_quantile(0.999"),
        for_shorter=("for: 10m", "for: 9m30s"),
        for_longer=("for: 10m", "for: 10m30s"),
        severity=_WARNING,
        component=_COMPONENT,
        no_namespace=(_NAMESPACE, ""),
        since_ever=("rate(", "("),
        all_controllers_in_one=("namespace, controller, le", "namespace, le"),
        unformatted=("$value | humanizeDuration", "$value"),
    ),
    *_plant(
        "workqueue_depth",
        "KubeMirrorWorkqueueDepthHigh",
        threshold_higher=("> 100", "> 101"),
        threshold_lower=("> 100", "> 99"),
        threshold_inclusive=("> 100", ">= 100"),
        for_shorter=("for: 15m", "for: 14m30s"),
        for_longer=("for: 15m", "for: 15m30s"),
        severity=_WARNING,
        component=_COMPONENT,
        no_job=(_JOB, ""),
        no_namespace=(_NAMESPACE, ""),
        any_queue=(', name=~"secret|configmap"', ""),
        sum_of_replicas=("max by (namespace, name)", "sum by (namespace, name)"),
        sum_of_queues=("max by (namespace, name)", "sum by (namespace)"),
        emptiest_replica=("max by (namespace, name)", "min by (namespace, name)"),
        priorities_apart=("sum without (priority)", "max without (nothing)"),
    ),
    *_plant(
        "leader_election",
        "KubeMirrorLeaderElectionLost",
        threshold=("< 1", "< 0"),
        standby_counts=("max by (namespace, name)", "min by (namespace, name)"),
        each_replica=("max by (namespace, name)", "max by (namespace, name, pod)"),
        for_shorter=("for: 2m", "for: 1m30s"),
        for_longer=("for: 2m", "for: 2m30s"),
        severity=_WARNING,
        component=_COMPONENT,
        no_job=(_JOB, ""),
        tells_of_absence=("            ) < 1", "            ) < 1 or absent(leader_election_master_status)"),
    ),
    *_plant(
        "memory",
        "KubeMirrorMemoryHigh",
        threshold_higher=("> 0.90", "> 0.93"),
        threshold_inclusive=("> 0.90", ">= 0.90"),
        for_shorter=("for: 5m", "for: 4m30s"),
        for_longer=("for: 5m", "for: 5m30s"),
        severity=_WARNING,
        component=_COMPONENT,
        any_resource=(', resource="memory"', ""),
        any_pod=('pod=~"kubemirror-controller-.*", ', ""),
        pod_cgroup_too=('container!="", ', ""),
        pause_container_too=(', container!="POD"', ""),
        no_limit_is_a_limit=("} > 0", "}"),
        declared_limit_first=(
            "container_spec_memory_limit_bytes{",
            'kube_pod_container_resource_limits{resource="memory",',
        ),
        duplicates_break_it=("max by (namespace, pod, container) (", "max without (nothing) ("),
    ),
    *_plant(
        "cpu_throttling",
        "KubeMirrorCPUThrottling",
        threshold_higher=("> 0.25", "> 0.26"),
        threshold_inclusive=("> 0.25", ">= 0.25"),
        for_shorter=("for: 10m", "for: 9m30s"),
        for_longer=("for: 10m", "for: 10m30s"),
        severity=_WARNING,
        component=_COMPONENT,
        any_pod=('pod=~"kubemirror-controller-.*", ', ""),
        pod_cgroup_too=('container!="", ', ""),
        since_ever=("rate(", "("),
        per_second=(
            "\n            / on (namespace, pod, container)\n",
            "\n            and on (namespace, pod, container)\n",
        ),
    ),
    *_plant(
        "recording_rules",
        "kubemirror:reconcile_duration_seconds:p99",
        quantile=("0.99", "0.95"),
        window_shorter=("[5m]", "[4m]"),
        window_longer=("[5m]", "[6m]"),
        by=("controller, le", "controller, pod, le"),
        namespace=(_NAMESPACE, ""),
    ),
    *_plant(
        "recording_rules",
        "kubemirror:reconcile_duration_seconds:p95",
        quantile=("0.95", "0.9"),
        window_shorter=("[5m]", "[4m]"),
        window_longer=("[5m]", "[6m]"),
    ),
    *_plant("recording_rules", "kubemirror:reconcile_duration_seconds:p50", quantile=("0.5", "0.4")),
    *_plant(
        "recording_rules",
        "kubemirror:reconcile_rate:5m",
        metric=("controller_runtime_reconcile_total", "controller_runtime_reconcile_errors_total"),
        by=("namespace, controller, result", "namespace, controller"),
        job=(_JOB, ""),
        window_shorter=("[5m]", "[4m]"),
        window_longer=("[5m]", "[6m]"),
        per_window=("rate(", "increase("),
    ),
    *_plant(
        "recording_rules",
        "kubemirror:reconcile_errors:rate5m",
        metric=("controller_runtime_reconcile_errors_total", "controller_runtime_reconcile_total"),
        job=(_JOB, ""),
        window_shorter=("[5m]", "[4m]"),
        window_longer=("[5m]", "[6m]"),
    ),
    *_plant(
        "recording_rules",
        "kubemirror:workqueue_depth:max",
        sum_of_replicas=("max by", "sum by"),
        by=("namespace, name", "namespace"),
        any_queue=(', name=~"secret|configmap"', ""),
    ),
]
