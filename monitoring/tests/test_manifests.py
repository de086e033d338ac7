"""The resources of the bundle are found by a default kube-prometheus-stack, and fit to each other."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core.contract.model import Contract
from harness.core.contract.subject import Subject
from harness.core.contract.subject_file import load_subject

RESOURCES = ("prometheusrule.yaml", "servicemonitor.yaml", "alertmanager.yaml")


def _load(bundle: Path, name: str) -> Any:
    return YAML(typ="safe", pure=True).load((bundle / name).read_text(encoding="utf-8"))


def _found_by_release(resource: Any, release: str, namespace: str) -> bool:
    metadata = resource["metadata"]
    return bool(metadata["namespace"] == namespace and metadata["labels"].get("release") == release)


@pytest.fixture(scope="module")
def subject(bundle: Path) -> Subject:
    """The default subject."""
    return load_subject((bundle / "subject.yaml").read_text(encoding="utf-8"), "subject.yaml")


@pytest.mark.parametrize("name", RESOURCES)
def test_the_release_finds_every_resource(name: str, bundle: Path, subject: Subject) -> None:
    """Every resource lies in the subject's namespace and carries the label that the chart's selectors ask for."""
    assert _found_by_release(_load(bundle, name), subject.release, subject.namespace)


@pytest.mark.parametrize("change", [{"release": "other"}, {}], ids=["other release", "no label"])
def test_a_resource_without_the_release_is_noticed(change: dict[str, str], bundle: Path, subject: Subject) -> None:
    """A resource that the chart's selectors would pass over is told apart."""
    resource = _load(bundle, RESOURCES[0])
    resource["metadata"]["labels"] = change
    assert not _found_by_release(resource, subject.release, subject.namespace)


def test_the_monitor_scrapes_as_documented(bundle: Path, subject: Subject, contract: Contract) -> None:
    """The ServiceMonitor scrapes the documented path at the documented interval, and sets no job label of its own."""
    spec = _load(bundle, "servicemonitor.yaml")["spec"]
    (endpoint,) = spec["endpoints"]
    assert endpoint["path"] == subject.workload.metrics_path
    assert endpoint["interval"] == str(contract.scrape_interval)
    assert "jobLabel" not in spec


def test_alerts_are_routed_to_the_documented_receiver(bundle: Path, contract: Contract) -> None:
    """The route's matchers, receiver and continue are the documented ones, and its receiver exists."""
    spec = _load(bundle, "alertmanager.yaml")["spec"]
    route = spec["route"]
    assert {matcher["name"]: matcher["value"] for matcher in route["matchers"]} == contract.route.matchers
    assert all(matcher["matchType"] == "=" for matcher in route["matchers"])
    assert (route["receiver"], route["continue"]) == (contract.route.receiver, contract.route.continues)
    assert (tuple(route["groupBy"]), route["repeatInterval"]) == (
        contract.route.group_by,
        str(contract.route.repeat_interval),
    )
    assert [receiver["name"] for receiver in spec["receivers"]] == [contract.route.receiver]


def test_no_secret_is_in_the_bundle(bundle: Path) -> None:
    """The channel's address is referred to, never written down."""
    (receiver,) = _load(bundle, "alertmanager.yaml")["spec"]["receivers"]
    (slack,) = receiver["slackConfigs"]
    assert set(slack["apiURL"]) == {"name", "key"}


def test_the_values_pin_what_the_bundle_depends_on(bundle: Path, subject: Subject, contract: Contract) -> None:
    """The chart's values keep the documented intervals, and select by the same release as the manifests' label."""
    values = _load(bundle, "kube-prometheus-stack.values.yaml")
    prometheus = values["prometheus"]["prometheusSpec"]
    assert prometheus["scrapeInterval"] == str(contract.scrape_interval)
    assert prometheus["evaluationInterval"] == str(contract.evaluation_interval)
    selector = values["alertmanager"]["alertmanagerSpec"]["alertmanagerConfigSelector"]
    assert selector["matchLabels"] == {"release": subject.release}


def test_rules_watch_what_the_subject_names(bundle: Path, subject: Subject) -> None:
    """Namespace, job and pods in the rules are the subject's namespace, Service and Deployment."""
    text = (bundle / "prometheusrule.yaml").read_text(encoding="utf-8")
    assert text.count(f'namespace="{subject.namespace}"') == text.count('namespace="')
    assert text.count(f'job="{subject.workload.service}"') == text.count('job="')
    assert text.count(f'pod=~"{subject.workload.deployment}-.*"') == text.count('pod=~"')
    assert f'name=~"{"|".join(subject.sources.queues.values())}"' in text
