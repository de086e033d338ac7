"""Rules, dashboard and contract say the same; each comparison also against a file broken on purpose."""

from pathlib import Path

import pytest

from harness.core.contract.model import Contract
from monitoring.tests.agreement import dashboard_against_contract, rules_against_contract


def test_every_promise_has_its_rule_and_every_rule_its_promise(contract: Contract, rules_text: str) -> None:
    """Names, counts, severities, waiting times, labels, annotations, metrics and windows are the documented ones."""
    assert rules_against_contract(contract, rules_text) == []


def test_the_documented_numbers_of_things(contract: Contract) -> None:
    """The documentation lists 8 alerts, 6 recording rules, 11 metrics and 9 panels."""
    counts = (contract.alerts, contract.recording_rules, contract.metrics, contract.panels)
    assert [len(things) for things in counts] == [8, 6, 11, 9]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("alert: KubeMirrorCPUThrottling", "alert: KubeMirrorCpuThrottling", "KubeMirrorCPUThrottling is documented"),
        ("alert: KubeMirrorCPUThrottling", "alert: KubeMirrorMemoryHigh", "KubeMirrorMemoryHigh has 2 rules"),
        (
            "alert: KubeMirrorCPUThrottling",
            "alert: KubeMirrorExtra",
            "KubeMirrorExtra has a rule and is not documented",
        ),
        ("for: 15m", "for: 10m", "KubeMirrorWorkqueueDepthHigh: for is 10m, documented 15m"),
        ("severity: critical", "severity: warning", "severity is warning, documented critical"),
        ("component: kubemirror\n", "component: mirror\n", "label component is mirror, documented kubemirror"),
        ("summary:", "title:", "annotations are ['description', 'title']"),
        (
            "{{ $labels.pod }} is short",
            "{{ $labels.node }} is short",
            "shows the label node, which the alert never has",
        ),
        ("{{ $labels.pod }} is short", "is short", "summary does not show pod"),
        ('{{ $value | printf "%.0f" }}', "Many", "shows a value and promises none, or the other way round"),
        ("$value | humanizeDuration", "$value", "does not format its value as duration"),
        (
            "rate(controller_runtime_reconcile_errors_total{",
            "rate(workqueue_retries_total{",
            "kubemirror:reconcile_errors:rate5m: reads ['workqueue_retries_total']",
        ),
        ("[5m]", "[10m]", "kubemirror:reconcile_rate:5m: another window than documented"),
    ],
)
def test_a_rule_that_differs_is_named(old: str, new: str, complaint: str, contract: Contract, rules_text: str) -> None:
    """Each difference between a rule and its promise is said in words, with the rule's name."""
    assert old in rules_text
    assert complaint in "\n".join(rules_against_contract(contract, rules_text.replace(old, new)))


@pytest.fixture(scope="module")
def dashboard(bundle: Path) -> str:
    """The dashboard as it is written."""
    return (bundle / "grafana-dashboard.json").read_text(encoding="utf-8")


def test_the_dashboard_has_the_documented_panels(contract: Contract, dashboard: str) -> None:
    """Exactly the documented panels in their order, each reading what its title promises, from a chosen data source."""
    assert dashboard_against_contract(contract, dashboard) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"Error Rate"', '"Errors"', "panels are"),
        ("kubemirror:reconcile_duration_seconds:p95", "kubemirror:reconcile_duration_seconds:p50", "does not read"),
        ("${datasource}", "prometheus", "is bound to one data source"),
        ('"id": 2', '"id": 1', "two panels have the same id"),
    ],
)
def test_a_dashboard_that_differs_is_named(
    old: str, new: str, complaint: str, contract: Contract, dashboard: str
) -> None:
    """Each difference between the dashboard and the contract is said in words."""
    assert old in dashboard
    assert complaint in "\n".join(dashboard_against_contract(contract, dashboard.replace(old, new)))
