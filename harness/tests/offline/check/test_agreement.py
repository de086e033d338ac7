"""What the files of a bundle say beside each other: of good ones nothing false, each planted difference by its line."""

from pathlib import Path

import pytest

from harness.core.check import overall
from harness.core.verdict import Verdict
from harness.home import DEFAULT_SUBJECT
from harness.tests.offline.check.planted import (
    DASHBOARD,
    DEPLOYMENT,
    MONITOR,
    PAGE,
    PLAIN,
    ROUTE,
    RULES,
    SERVICE,
    VALUES,
    Planted,
    copied,
    line_of,
    looked_at,
    of,
    planted,
)
from harness.tests.parcel_courier import SUBJECT as COURIER

_LABELS = "    app.kubernetes.io/component: monitoring\n"
_SELECTOR = "    matchLabels:\n      app.kubernetes.io/name: kubemirror\n"
_ENDPOINTS = "  endpoints:\n"
_PORTS = "            - name: metrics\n              containerPort: 8080\n"
_EXTRA = """\
        - alert: KubeMirrorWorkqueueDepthHigh
          expr: vector(1)
          for: 15m
          labels: {severity: critical, component: kubemirror}
"""

SCRAPING = [
    planted(
        "port", MONITOR, "port: metrics", "port: metric", "port", cause="a port named metric,", line="port: metric"
    ),
    planted(
        "selector",
        MONITOR,
        _SELECTOR,
        _SELECTOR.replace("kubemirror", "kubemirrors"),
        "service",
        cause="does not fit the Service kubemirror-controller-metrics",
        line="selector:",
    ),
    planted(
        "namespace-selector",
        MONITOR,
        _ENDPOINTS,
        f"  namespaceSelector: {{matchNames: [default]}}\n{_ENDPOINTS}",
        "service",
        cause="its namespaceSelector asks for namespace default",
        line="namespaceSelector:",
    ),
    planted(
        "monitor-without-release",
        MONITOR,
        "    release: prometheus\n",
        "",
        "selected",
        cause="give its metadata the label release: prometheus",
        line="labels:",
    ),
    planted("path", MONITOR, "path: /metrics", "path: /metric", "page", cause="the page is /metrics", line="path:"),
    planted(
        "target-port",
        MONITOR,
        "port: metrics",
        "targetPort: 8081",
        "page",
        cause="leads to port 8081",
        line="targetPort: 8081",
    ),
    planted(
        "interval", MONITOR, "interval: 30s", "interval: 1m", "interval", cause="the monitor say", line="interval:"
    ),
    planted(
        "job-label",
        MONITOR,
        "spec:\n",
        "spec:\n  jobLabel: app.kubernetes.io/name\n",
        "job",
        cause="makes the job kubemirror, and rules select job=kubemirror-controller-metrics",
        line="jobLabel:",
    ),
    planted(
        "service-selects-no-pod",
        SERVICE,
        "  selector:\n    app.kubernetes.io/name: kubemirror\n",
        "  selector:\n    app.kubernetes.io/name: kube-mirror\n",
        "endpoints",
        cause="fits no pod of Deployment kubemirror-system/kubemirror-controller",
        line="selector:",
    ),
    planted(
        "service-without-the-port",
        SERVICE,
        "- name: metrics",
        "- name: web",
        "port",
        cause="has the ports web",
        line="port: metrics",
        blamed=MONITOR,
    ),
    planted(
        "pods-without-the-port",
        DEPLOYMENT,
        _PORTS,
        "",
        "endpoints",
        cause="sends to a container port named metrics, and the pods have health",
        line="targetPort: metrics",
        blamed=SERVICE,
    ),
    planted(
        "service-of-another-name",
        SERVICE,
        "name: kubemirror-controller-metrics",
        "name: kubemirror-metrics",
        "service",
        cause="there is no Service kubemirror-controller-metrics",
        line="selector:",
        blamed=MONITOR,
    ),
    planted(
        "service-in-another-namespace",
        SERVICE,
        "namespace: kubemirror-system",
        "namespace: default",
        "service",
        cause="the Service kubemirror-controller-metrics is in default",
        line="namespace: default",
    ),
    planted(
        "deployment-of-another-name",
        DEPLOYMENT,
        "  name: kubemirror-controller\n",
        "  name: kubemirror\n",
        "deployment",
        cause="names the Deployment kubemirror-controller; the manifests bring kubemirror",
        line="",
    ),
    planted(
        "container-of-another-name",
        DEPLOYMENT,
        "- name: controller\n",
        "- name: manager\n",
        "deployment",
        cause="names the container controller; its pods have manager",
        line="selector:",
    ),
    planted(
        "deployment-of-others-pods",
        DEPLOYMENT,
        "    matchLabels:\n      app.kubernetes.io/name: kubemirror\n",
        "    matchLabels:\n      app.kubernetes.io/name: mirror\n",
        "deployment",
        cause="its selector asks for app.kubernetes.io/name=mirror",
        line="selector:",
    ),
    planted(
        "rules-without-release",
        RULES,
        "    release: prometheus\n",
        "    release: other\n",
        "selected",
        cause="takes only PrometheusRules with release=prometheus",
        line="labels:",
    ),
    planted(
        "evaluation",
        VALUES,
        "evaluationInterval: 30s",
        "evaluationInterval: 1m",
        "interval",
        cause="the values of the chart say 1m",
        line="evaluationInterval: 1m",
    ),
]

ROUTING = [
    planted(
        "matcher-value",
        ROUTE,
        "value: kubemirror",
        "value: kubemiror",
        "route",
        cause='takes {component="kubemiror"',
        line="matchers:",
    ),
    planted(
        "matcher-label",
        ROUTE,
        "- name: component",
        "- name: komponent",
        "route",
        cause='takes {komponent="kubemirror"',
        line="matchers:",
    ),
    planted(
        "receiver",
        ROUTE,
        "kubemirror-team\n",
        "kubemirror-crew\n",
        "route",
        "destinations",
        cause="no route leads to a receiver kubemirror-team; those that routes lead to: kubemirror-crew",
        line="receiver: kubemirror-crew",
    ),
    planted(
        "does-not-continue",
        ROUTE,
        "continue: true\n    # one",
        "continue: false\n    # one",
        "continue",
        cause="the object says continue: false",
        line="continue: false",
    ),
    planted(
        "no-ends",
        ROUTE,
        "sendResolved: true",
        "sendResolved: false",
        "send_resolved",
        cause="spec.receivers[0].slackConfigs[0] is not told of ends",
        line="sendResolved: false",
    ),
    planted(
        "no-ends-by-default",
        ROUTE,
        "          sendResolved: true\n",
        "",
        "send_resolved",
        cause="by default for its kind",
        line='channel: "#kubemirror-alerts"',
    ),
    planted(
        "grouping",
        ROUTE,
        "groupBy: [alertname]",
        "groupBy: [namespace]",
        "group_by",
        cause="the route groups by namespace",
        line="groupBy:",
    ),
    planted(
        "no-grouping",
        ROUTE,
        "    groupBy: [alertname]\n",
        "",
        "group_by",
        cause="the route groups by namespace, as it says nothing itself",
        line="receiver: kubemirror-team",
    ),
    planted(
        "repetition",
        ROUTE,
        "repeatInterval: 4h",
        "repeatInterval: 12h",
        "repeat_interval",
        cause="the route says 12h",
        line="repeatInterval:",
    ),
    planted(
        "route-without-release",
        ROUTE,
        "    release: prometheus\n",
        "",
        "selected",
        cause="give its metadata the label release: prometheus",
        line="labels:",
    ),
    planted(
        "route-in-another-namespace",
        ROUTE,
        "namespace: kubemirror-system\n  labels",
        "namespace: monitoring\n  labels",
        "route",
        cause='namespace="monitoring"',
        line="matchers:",
    ),
    planted(
        "text",
        ROUTE,
        ".Status | toUpper",
        ".Status | toUper",
        "texts",
        cause='function "toUper" not defined',
        line="title:",
    ),
    planted(
        "destination-without-an-address",
        ROUTE,
        "          apiURL:\n            name: kubemirror-alertmanager\n            key: slack-webhook-url\n",
        "",
        "destinations",
        cause="Alertmanager refuses its whole configuration",
        line="channel:",
    ),
    planted(
        "inhibition",
        ROUTE,
        "  receivers:\n",
        "  inhibitRules:\n"
        "    - sourceMatch: [{name: alertname, matchType: '=', value: KubeMirrorControllerDown}]\n"
        "      targetMatch: [{name: severity, matchType: '=', value: warning}]\n"
        "      equal: [namespace]\n"
        "  receivers:\n",
        "muting_rules",
        cause="KubeMirrorControllerDown mutes KubeMirror",
        line="inhibitRules:",
    ),
    planted(
        "retention",
        VALUES,
        "retention: 10d",
        "retention: 3d",
        "retention",
        cause="retention is 3d, the documentation asks for 7d",
        line="retention: 3d",
    ),
    planted(
        "routes-of-another-label",
        VALUES,
        "        release: prometheus\n",
        "        alerts: routed\n",
        "selected",
        cause="give its metadata the label alerts: routed",
        line="labels:",
        blamed=ROUTE,
    ),
]

RULE = [
    planted("threshold", RULES, ")) > 100", ")) > 120", "threshold", cause="the contract > 100 items", line="expr:"),
    planted("for", RULES, "for: 15m", "for: 10m", "for", cause="the contract 15m", line="for: 10m"),
    planted(
        "severity", RULES, "severity: critical", "severity: warning", "severity", cause="warning", line="severity:"
    ),
    planted(
        "label",
        RULES,
        "severity: critical\n            component: kubemirror",
        "severity: critical\n            component: mirror",
        "labels",
        cause="the rule says component: mirror",
        line="labels:",
    ),
    planted(
        "alert-of-another-name",
        RULES,
        "alert: KubeMirrorCPUThrottling",
        "alert: KubeMirrorCpuThrottling",
        "written",
        "documented",
        cause="there is KubeMirrorCpuThrottling",
        line="",
    ),
    planted(
        "undocumented-alert",
        RULES,
        "        # A standby",
        _EXTRA + "        # A standby",
        "documented",
        cause="has no promise for it",
        line="alert: KubeMirrorWorkqueueDepthHigh",
    ),
    planted(
        "record-of-another-name",
        RULES,
        "record: kubemirror:reconcile_rate:5m",
        "record: kubemirror:reconcile:rate5m",
        "written",
        cause="kubemirror:reconcile",
        line="",
    ),
]

SHOWN = [
    planted(
        "panel-with-a-strange-variable",
        DASHBOARD,
        'p95{namespace=\\"kubemirror-system\\"',
        'p95{namespace=\\"$where\\"',
        "variables",
        cause="queries name where, which `templating` does not define",
        line="title",
    ),
    planted(
        "panel-of-another-title",
        DASHBOARD,
        '"Error Rate"',
        '"Errors"',
        "panel",
        cause="titles that nothing documents: Errors",
        line="panels",
    ),
    planted(
        "panel-reads-something-else",
        DASHBOARD,
        "kubemirror:reconcile_duration_seconds:p95",
        "kubemirror:reconcile_duration_seconds:p50",
        "reads",
        cause="no query of it reads kubemirror:reconcile_duration_seconds:p95",
        line="targets",
    ),
    planted(
        "page-severity",
        PAGE,
        "critical · no replica",
        "warning · no replica",
        "documented severity",
        cause="the page says warning, the contract critical",
        line="### KubeMirrorControllerDown",
    ),
    planted(
        "page-for",
        PAGE,
        "in one queue · for 15m",
        "in one queue · for 10m",
        "documented for",
        cause="the page says for 10m, the contract for 15m",
        line="### KubeMirrorWorkqueueDepthHigh",
    ),
    planted(
        "page-threshold",
        PAGE,
        "more than 5% of all",
        "more than 7% of all",
        "documented threshold",
        cause="the page says > 7%, the contract > 5 %",
        line="### KubeMirrorHighFailureRate",
    ),
    planted(
        "page-labels",
        PAGE,
        "for 10m · label `controller`\n\nReconciles mostly",
        "for 10m · label `name`\n\nReconciles mostly",
        "documented labels",
        cause="the page says labels name, the contract labels controller",
        line="### KubeMirrorReconcileLatencyHigh",
    ),
    planted(
        "page-without-an-alert",
        PAGE,
        "### KubeMirrorMemoryHigh",
        "### Memory",
        "documented",
        cause="the page lists other alerts, and not this one",
        line="",
    ),
    planted(
        "page-with-a-strange-alert",
        PAGE,
        "## Recording rules",
        "### KubeMirrorSlow\n\nwarning · for 5m\n\n## Recording rules",
        "documented",
        cause="the contract has no such promise",
        line="### KubeMirrorSlow",
    ),
    planted(
        "page-record",
        PAGE,
        "| namespace, controller, result |",
        "| namespace, controller |",
        "documented labels kept",
        cause="the page says controller, namespace, the contract controller, namespace, result",
        line="kubemirror:reconcile_rate:5m",
    ),
    planted(
        "page-metric",
        PAGE,
        "`workqueue_depth` | gauge",
        "`workqueue_depth` | counter",
        "documented type",
        cause="the page says counter, the contract gauge",
        line="workqueue_depth",
    ),
    planted(
        "page-panel",
        PAGE,
        "| `go_goroutines`, `process_open_fds` |",
        "| `go_goroutines` |",
        "documented reads",
        cause="the contract go_goroutines, process_open_fds",
        line="Process Stats",
    ),
]


@pytest.mark.parametrize("defect", [*SCRAPING, *ROUTING, *RULE, *SHOWN], ids=str)
def test_a_planted_difference_is_found_with_cause_and_line(defect: Planted, tmp_path: Path) -> None:
    """By the question that it is about and by no other; file and line are those that have to be changed."""
    subject = copied(tmp_path / "bundle")
    defect.plant(subject.parent)
    found = looked_at(subject)
    wrong = of(found, Verdict.VIOLATED)
    assert {one.check for one in wrong} == defect.checks, [(one.check, one.about, one.cause) for one in wrong]
    assert overall(found) is Verdict.VIOLATED
    first = wrong[0]
    assert defect.cause in first.cause
    assert first.command
    if defect.line:
        assert Path(first.file) == subject.parent / defect.blamed
        assert defect.line in line_of(first)


@pytest.mark.parametrize("subject", [DEFAULT_SUBJECT, COURIER], ids=["shipped", "go"])
def test_a_good_bundle_has_nothing_against_it(subject: Path) -> None:
    """Neither a difference, nor anything that cannot be told; every question was asked."""
    found = looked_at(subject)
    assert of(found, Verdict.VIOLATED) == of(found, Verdict.UNKNOWN) == []
    assert overall(found) is Verdict.VERIFIED
    asked = {one.check for one in of(found, Verdict.VERIFIED)}
    assert {"threshold", "for", "severity", "selected", "service", "port", "endpoints", "page", "job"} <= asked
    assert {"route", "group_by", "repeat_interval", "continue", "send_resolved", "destinations", "reads"} <= asked


PLAINLY = [
    planted("as-it-is", ROUTE, "route:", "route:", cause="", line=""),
    planted(
        "does-not-continue",
        ROUTE,
        "      continue: true\n",
        "",
        "continue",
        cause="routes behind it do not see its alerts: continue: false",
        line="receiver: kubemirror-team",
    ),
    planted(
        "no-ends-by-default",
        ROUTE,
        "        send_resolved: true\n",
        "",
        "send_resolved",
        cause="receivers[1].slack_configs[0] is not told of ends",
        line="channel:",
    ),
    planted(
        "matcher",
        ROUTE,
        'component="kubemirror"',
        'component="kubemiror"',
        "route",
        cause='the route to kubemirror-team takes {component="kubemiror"}',
        line="matchers:",
    ),
    planted(
        "no-grouping",
        ROUTE,
        "      group_by: [alertname]\n",
        "",
        "group_by",
        cause="the route groups by no label, as it says nothing itself",
        line="receiver: kubemirror-team",
    ),
    planted(
        "repetition",
        ROUTE,
        "repeat_interval: 4h",
        "repeat_interval: 1h",
        "repeat_interval",
        cause="the route says 1h",
        line="repeat_interval: 1h",
    ),
    planted(
        "another-before-it",
        ROUTE,
        "  routes:\n",
        '  routes:\n    - matchers: [severity=~"warning|critical"]\n      receiver: everybody\n',
        "route",
        cause='a route before it takes the alert and does not continue: {severity=~"warning|critical"} to everybody',
        line="matchers: [component",
    ),
]


@pytest.mark.parametrize("kept", [False, True], ids=["a file", "in a ConfigMap"])
@pytest.mark.parametrize("defect", PLAINLY, ids=str)
def test_a_plain_configuration_is_looked_at_alike(defect: Planted, tmp_path: Path, *, kept: bool) -> None:
    """By itself and in a ConfigMap, with the lines of the file."""
    subject = copied(tmp_path / "bundle")
    routing = subject.parent / ROUTE
    routing.write_text(PLAIN, encoding="utf-8")
    defect.plant(subject.parent)
    if kept:
        inside = "".join(f"    {line}\n" for line in routing.read_text(encoding="utf-8").splitlines())
        head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  alertmanager.yml: |\n"
        routing.write_text(head + inside, encoding="utf-8")
    wrong = of(looked_at(subject), Verdict.VIOLATED)
    assert {one.check for one in wrong} == defect.checks, [(one.check, one.about, one.cause) for one in wrong]
    for one in wrong[:1]:
        assert defect.cause in one.cause
        assert defect.line in line_of(one)


def test_an_alert_without_the_label_that_the_operator_asks_for_never_gets_there(tmp_path: Path) -> None:
    """The operator adds `namespace` to the route's matchers; who is routed by it has to promise it."""
    subject = copied(tmp_path / "bundle")
    contract = subject.parent / "contract.yaml"
    text = contract.read_text(encoding="utf-8").replace("      namespace: kubemirror-system\n", "", 1)
    text = text.replace("labels: [namespace]", "labels: [job]", 1).replace("labels: [namespace, job]", "labels: [job]")
    contract.write_text(text, encoding="utf-8")
    wrong = [one for one in of(looked_at(subject), Verdict.VIOLATED) if one.check == "route"]
    assert [one.about for one in wrong] == ["KubeMirrorControllerDown"]


@pytest.mark.parametrize(
    ("file", "old", "new", "check", "verdict", "cause"),
    [
        (VALUES, "retention: 10d", "retentionSize: 5GB", "retention", Verdict.UNKNOWN, "retentionSize 5GB may let"),
        (VALUES, "alertmanager:\n", "alertmanager:\n  enabled: false\n", "configuration", Verdict.UNKNOWN, "who loads"),
        (
            ROUTE,
            "value: kubemirror\n",
            "value: kubemirror\n      - {name: pod, matchType: '!~', value: '.*'}\n",
            "route",
            Verdict.VIOLATED,
            "takes {component=",
        ),
        (
            RULES,
            "- name: kubemirror.recording\n",
            "- name: kubemirror.recording\n      interval: 1m\n",
            "interval",
            Verdict.SKIPPED,
            "the group says for itself 1m",
        ),
        (
            MONITOR,
            "port: metrics\n",
            "port: metrics\n      relabelings: [{targetLabel: job, replacement: mirror}]\n",
            "job",
            Verdict.SKIPPED,
            "a relabeling writes the label job",
        ),
        (
            MONITOR,
            "port: metrics\n",
            "port: metrics\n      metricRelabelings: [{action: drop, sourceLabels: [__name__], regex: 'go_.*'}]\n",
            "metricRelabelings",
            Verdict.SKIPPED,
            "which of them match can only be seen live",
        ),
    ],
    ids=["size", "no-alertmanager", "no-pod", "own-interval", "job", "dropped"],
)
def test_what_a_file_does_not_tell_is_neither_kept_nor_broken(  # noqa: PLR0917 - a table's columns
    file: str, old: str, new: str, check: str, verdict: Verdict, cause: str, tmp_path: Path
) -> None:
    """It is told as that, with the reason."""
    subject = copied(tmp_path / "bundle")
    planted("it", file, old, new, cause="", line="").plant(subject.parent)
    found = [one for one in looked_at(subject) if one.check == check and one.verdict is verdict]
    assert found
    assert cause in found[0].cause


def test_a_label_that_only_a_cluster_knows_is_no_reason(tmp_path: Path) -> None:
    """Whether a route takes an alert by it, nobody can say beforehand; of several instances each has to come."""
    subject = copied(tmp_path / "bundle")
    contract = subject.parent / "contract.yaml"
    text = contract.read_text(encoding="utf-8").replace(
        "instance_labels: [pod, container]", "instance_labels: [shard, pod]"
    )
    contract.write_text(
        text.replace("labels: [container, namespace, pod]", "labels: [namespace, pod]"), encoding="utf-8"
    )
    route = subject.parent / ROUTE
    more = "value: kubemirror\n      - {name: %s, matchType: '=~', value: '%s'}\n"
    own = route.read_text(encoding="utf-8")
    route.write_text(own.replace("value: kubemirror\n", more % ("shard", "|a")), encoding="utf-8")
    found = {one.about: one for one in looked_at(subject) if one.check == "route"}
    assert found["KubeMirrorMemoryHigh"].verdict is Verdict.UNKNOWN
    assert "what shard will be only a cluster knows" in found["KubeMirrorMemoryHigh"].cause
    assert found["KubeMirrorControllerDown"].verdict is Verdict.VERIFIED
    route.write_text(own.replace("value: kubemirror\n", more % ("name", "|secret|kubemirror-.*")), encoding="utf-8")
    found = {one.about: one for one in looked_at(subject) if one.check == "route"}
    assert found["KubeMirrorWorkqueueDepthHigh"].verdict is Verdict.VIOLATED
    assert 'name="configmap"' in found["KubeMirrorWorkqueueDepthHigh"].cause


def test_an_endpoint_that_is_not_the_controller_s_may_be_scraped_as_it_likes(tmp_path: Path) -> None:
    """Another port of the Service."""
    subject = copied(tmp_path / "bundle")
    planted("it", MONITOR, _ENDPOINTS, f"{_ENDPOINTS}    - {{port: health, interval: 5m}}\n", cause="", line="").plant(
        subject.parent
    )
    planted(
        "it",
        SERVICE,
        "  ports:\n",
        "  ports:\n    - {name: health, port: 8081, targetPort: health}\n",
        cause="",
        line="",
    ).plant(subject.parent)
    assert of(looked_at(subject), Verdict.VIOLATED) == []


def test_the_chart_s_own_retention_counts_where_the_values_say_nothing(tmp_path: Path) -> None:
    """10 days."""
    subject = copied(tmp_path / "bundle")
    values = subject.parent / VALUES
    values.write_text(values.read_text(encoding="utf-8").replace("    retention: 10d\n", ""), encoding="utf-8")
    (one,) = [one for one in looked_at(subject) if one.check == "retention"]
    assert (one.verdict, one.actual) == (Verdict.VERIFIED, "10d")


def test_what_hangs_on_a_broken_link_is_not_looked_at(tmp_path: Path) -> None:
    """It is no finding of its own, and nothing that was seen to hold."""
    subject = copied(tmp_path / "bundle")
    monitor = subject.parent / MONITOR
    monitor.write_text(
        monitor.read_text(encoding="utf-8").replace("release: prometheus", "release: other"), encoding="utf-8"
    )
    found = {one.check: one for one in looked_at(subject) if one.about.startswith("ServiceMonitor")}
    assert {check for check, one in found.items() if one.verdict is Verdict.SKIPPED} == {"service", "port", "endpoints"}


def test_a_rule_that_nobody_can_tell_from_another_is_misuse(tmp_path: Path) -> None:
    """Two rules with the labels of one promise."""
    subject = copied(tmp_path / "bundle")
    rules = subject.parent / RULES
    again = _EXTRA.replace("severity: critical", "severity: warning")
    rules.write_text(rules.read_text(encoding="utf-8").replace("        # A standby", again + "        # A standby"))
    with pytest.raises(Exception, match="KubeMirrorWorkqueueDepthHigh"):
        looked_at(subject)
