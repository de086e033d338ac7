"""Rules, dashboard, documentation and contract say the same; each comparison also against a file broken on purpose.

More such files, of every kind, are among the tests of `harness check`.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.contract.model import Contract
from harness.core.contract.subject import Subject
from harness.subject_reader import read_subject
from monitoring.tests.agreement import annotations_against_contract, dashboard_is_portable, differences
from monitoring.tests.conftest import BUNDLE


@pytest.fixture(scope="module")
def subject() -> Subject:
    """The default subject."""
    return read_subject(BUNDLE / "subject.yaml")[0]


def test_every_file_says_what_the_contract_says(subject: Subject, contract: Contract, rules_text: str) -> None:
    """Rules, labels, ways to the controller and to the receiver, panels, the tables of README.md; and annotations."""
    assert differences(subject, contract) == []
    assert annotations_against_contract(contract, rules_text) == []


def test_readme_s_plain_route_is_the_same_route(subject: Subject, contract: Contract, tmp_path: Path) -> None:
    """Whoever has no AlertmanagerConfig is told as much."""
    text = (BUNDLE / "README.md").read_text(encoding="utf-8")
    (plain,) = (block for block in text.split("```") if block.startswith("yaml\nroute:"))
    routing = tmp_path / "alertmanager.yml"
    routing.write_text(plain.removeprefix("yaml\n"), encoding="utf-8")
    assert differences(replace(subject, files=replace(subject.files, alertmanager=routing)), contract) == []


def test_the_documented_numbers_of_things(contract: Contract) -> None:
    """The documentation lists 8 alerts, 6 recording rules, 11 metrics and 9 panels."""
    counts = (contract.alerts, contract.recording_rules, contract.metrics, contract.panels)
    assert [len(things) for things in counts] == [8, 6, 11, 9]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("alert: KubeMirrorCPUThrottling", "alert: KubeMirrorCpuThrottling", "KubeMirrorCPUThrottling: written"),
        ("alert: KubeMirrorCPUThrottling", "alert: KubeMirrorExtra", "KubeMirrorExtra: documented"),
        ("for: 15m", "for: 10m", "KubeMirrorWorkqueueDepthHigh: for: the rule says for: 10m"),
        ("severity: critical", "severity: warning", "the rule says severity warning, the contract critical"),
        ("component: kubemirror\n", "component: mirror\n", "the rule says component: mirror"),
        ("summary:", "title:", "the rule has no annotation summary"),
        (
            "rate(controller_runtime_reconcile_errors_total{",
            "rate(workqueue_retries_total{",
            "kubemirror:reconcile_errors:rate5m: value",
        ),
        ("[5m]", "[10m]", "kubemirror:reconcile_rate:5m: window"),
    ],
)
def test_a_rule_that_differs_is_named(  # noqa: PLR0917 - a table's columns
    old: str, new: str, complaint: str, subject: Subject, contract: Contract, rules_text: str, tmp_path: Path
) -> None:
    """Each difference between a rule and its promise is said in words, with the rule's name."""
    assert old in rules_text
    rules = tmp_path / "rules.yaml"
    rules.write_text(rules_text.replace(old, new), encoding="utf-8")
    broken = replace(subject, files=replace(subject.files, rules=rules))
    assert complaint in "\n".join(differences(broken, contract))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("summary:", "title:", "annotations are ['description', 'title']"),
        (
            "{{ $labels.pod }} is short",
            "{{ $labels.node }} is short",
            "shows the label node, which the alert never has",
        ),
        ("{{ $labels.pod }} is short", "is short", "summary does not show pod"),
        ('{{ $value | printf "%.0f" }}', "Many", "shows a value and promises none, or the other way round"),
        ("$value | humanizeDuration", "$value", "does not format its value as duration"),
    ],
)
def test_an_annotation_that_differs_is_named(
    old: str, new: str, complaint: str, contract: Contract, rules_text: str
) -> None:
    """What it shows, and how."""
    assert old in rules_text
    assert complaint in "\n".join(annotations_against_contract(contract, rules_text.replace(old, new)))


@pytest.fixture(scope="module")
def dashboard(bundle: Path) -> str:
    """The dashboard as it is written."""
    return (bundle / "grafana-dashboard.json").read_text(encoding="utf-8")


def test_the_dashboard_works_in_any_grafana(contract: Contract, dashboard: str) -> None:
    """The documented panels in their order, each from a data source that is chosen."""
    assert dashboard_is_portable(contract, dashboard) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"Error Rate"', '"Errors"', "panels are"),
        ("${datasource}", "prometheus", "is bound to one data source"),
        ('"id": 2', '"id": 1', "two panels have the same id"),
    ],
)
def test_a_dashboard_that_differs_is_named(
    old: str, new: str, complaint: str, contract: Contract, dashboard: str
) -> None:
    """Each difference between the dashboard and the contract is said in words."""
    assert old in dashboard
    assert complaint in "\n".join(dashboard_is_portable(contract, dashboard.replace(old, new)))
