"""Somebody else's controller is judged by its own files: nothing of it is known to the code, and its parts fit.

How it lives through faults is shown by the scenarios, run with `--subject` and its subject file.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core.contract.instance import instance_of
from harness.core.contract.model import AlertPromise, Contract
from harness.core.contract.quantity import Quantity
from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.promql import Expression
from harness.core.promql.tree import AggregateExpr, VectorSelector
from harness.core.rules.file import parse_rules
from harness.core.rules.model import AlertingRule
from harness.core.rules.speed import Speed
from harness.stacks.embedded.plan import check_subject
from harness.subject_reader import read_subject
from harness.tests.parcel_courier import MODULE, PROGRAM, SUBJECT
from harness.toolchain.pins import PINS, ToolName
from monitoring.tests.agreement import differences


@pytest.fixture
def courier(tmp_path: Path) -> tuple[Subject, Contract]:
    """The courier's files in a place of their own, with something executable where its program is to be."""
    copied = tmp_path / "courier"
    shutil.copytree(MODULE, copied, ignore=shutil.ignore_patterns("bin"))
    program = copied / PROGRAM.relative_to(MODULE)
    program.parent.mkdir()
    program.touch(mode=0o700)
    return read_subject(copied / SUBJECT.name)


def _objects(subject: Subject) -> Iterator[Any]:
    directory = Path(subject.files.manifests[0])
    yaml = YAML(typ="safe", pure=True)
    for name in yaml.load((directory / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]:
        yield from yaml.load_all((directory / name).read_text(encoding="utf-8"))


def _one(subject: Subject, kind: str, name: str) -> Any:
    (found,) = (one for one in _objects(subject) if (one["kind"], one["metadata"]["name"]) == (kind, name))
    return found


@pytest.mark.parametrize("factor", [1, 60])
def test_the_embedded_stack_takes_it(courier: tuple[Subject, Contract], factor: int) -> None:
    """In real time and at the default speed, with the intervals of its own chart values."""
    subject, contract = courier
    settings = check_subject(subject, Speed(factor)).prometheus
    assert (settings.scrape_interval, settings.evaluation_interval) == (
        contract.scrape_interval,
        contract.evaluation_interval,
    )


def test_a_program_that_is_not_built_is_misuse(courier: tuple[Subject, Contract]) -> None:
    """Nothing is started for a program that is not there, and the message names it."""
    subject, _ = courier
    program = Path(subject.images[0].command[0])
    program.unlink()
    with pytest.raises(MisuseError) as caught:
        check_subject(subject, Speed(60))
    assert str(program) in caught.value.why


def test_its_names_are_not_ours() -> None:
    """No file of it speaks of KubeMirror's labels, metrics or alerts: the same code judges both."""
    files = [path for path in MODULE.rglob("*.yaml") if "bin" not in path.parts]
    assert len(files) >= 8
    assert [path.name for path in files if "kubemirror" in path.read_text(encoding="utf-8")] == []


def test_rules_and_dashboard_keep_its_contract(courier: tuple[Subject, Contract]) -> None:
    """Every promise has its rule and its panel, and the other way round; a changed rule is noticed."""
    subject, contract = courier
    assert differences(subject, contract) == []
    rules = Path(subject.files.rules)
    rules.write_text(rules.read_text(encoding="utf-8").replace("for: 3m", "for: 4m"), encoding="utf-8")
    (one,) = differences(subject, contract)
    assert one.startswith("ParcelCourierAbsent: for: the rule says for: 4m, the contract 3m")


def _by(expression: Expression) -> set[str]:
    """The labels that the outermost aggregations keep."""
    return {
        label
        for node in expression.nodes()
        if isinstance(node, AggregateExpr)
        for label in (node.grouping.labels if node.grouping else ())
    }


def _misfits(contract: Contract, rules: str) -> list[str]:
    """Alerts whose rule keeps other labels than those that the contract tells instances apart by."""
    recorded = {promise.name: set(promise.by) for promise in contract.recording_rules}
    promises = {promise.name: promise for promise in contract.alerts}
    found: list[str] = []
    for rule in (rule for group in parse_rules(rules, "rules.yaml").groups for rule in group.rules):
        if isinstance(rule, AlertingRule):
            kept = _by(rule.expression) - {"le", "priority"}
            for node in rule.expression.nodes():
                if isinstance(node, VectorSelector):
                    kept |= recorded.get(node.name, set())
            if kept != set(promises[rule.name].instance_labels):
                found.append(rule.name)
    return found


def test_instance_labels_are_those_that_the_rules_keep(courier: tuple[Subject, Contract]) -> None:
    """What tells instances apart is what the expressions aggregate by, directly or in a recorded value."""
    subject, contract = courier
    rules = Path(subject.files.rules).read_text(encoding="utf-8")
    assert _misfits(contract, rules) == []
    planted = rules.replace("max by (pod) (process_open_fds", "max by (node) (process_open_fds")
    assert _misfits(contract, planted) == ["ParcelFileHandles"]


def _instance(promise: AlertPromise, subject: Subject) -> dict[str, str]:
    return instance_of(promise, subject, kind="ConfigMap")


def test_the_instance_that_a_fault_hits_has_its_names(courier: tuple[Subject, Contract]) -> None:
    """Queue, controller, lease and container are those of the subject file."""
    subject, contract = courier
    known = {promise.threshold.quantity: _instance(promise, subject) for promise in contract.alerts}
    assert known == {
        Quantity.SERVING_REPLICAS: {},
        Quantity.LEADING_REPLICAS: {"name": "parcel-courier-dispatch"},
        Quantity.QUEUE_DEPTH: {"name": "parcel"},
        Quantity.RECONCILE_LATENCY: {"controller": "parcel"},
        Quantity.FAILED_RECONCILES: {"controller": "parcel"},
        Quantity.MEMORY_USE: {"container": "courier"},
        Quantity.OTHER: {},
    }


def test_what_cannot_be_tested_says_why(courier: tuple[Subject, Contract]) -> None:
    """Of its promises one has no fault that could break it, and the contract tells the reason."""
    _, contract = courier
    (untestable,) = (promise for promise in contract.alerts if promise.threshold.quantity is Quantity.OTHER)
    assert (untestable.name, bool(untestable.threshold.untestable)) == ("ParcelFileHandles", True)


def test_manifests_have_what_the_subject_file_names(courier: tuple[Subject, Contract]) -> None:
    """Deployment, container, image, Service, port and lease are there under the names that are told."""
    subject, _ = courier
    workload = subject.workload
    pod = _one(subject, "Deployment", workload.deployment)["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    (image,) = subject.images
    (port,) = _one(subject, "Service", workload.service)["spec"]["ports"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert (container["name"], container["image"]) == (workload.container, image.image)
    assert ports[port["targetPort"]] == workload.metrics_port
    assert f"--metrics-address=$(POD_IP):{workload.metrics_port}" in image.append_args
    assert _one(subject, "Service", workload.service)["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    assert workload.lease is not None
    assert f'"{workload.lease.name}"' in (MODULE / "main.go").read_text(encoding="utf-8")
    assert 'Named("parcel")' in (MODULE / "courier.go").read_text(encoding="utf-8")


def test_its_variant_keeps_its_lease() -> None:
    """The same subject but for its manifests: one worker, and a Lease that runs out by itself when it ends."""
    common, other = SUBJECT.read_text(encoding="utf-8"), (MODULE / "keeping.yaml").read_text(encoding="utf-8")
    assert other.strip() in common.replace("manifests: deploy", "manifests: keeping")
    yaml = YAML(typ="safe", pure=True)
    (patch,) = yaml.load((MODULE / "keeping" / "kustomization.yaml").read_text(encoding="utf-8"))["patches"]
    flags = [step["value"] for step in yaml.load(patch["patch"])]
    assert flags == ["--release-lease=false", "--workers=1"]
    program = (MODULE / "main.go").read_text(encoding="utf-8")
    assert all(f'"{flag.removeprefix("--").partition("=")[0]}"' in program for flag in flags)


def test_its_client_is_of_the_stacks_kubernetes() -> None:
    """The Kubernetes libraries it is built with have the minor version of the API server it is tested on."""
    minor = PINS[ToolName.KUBE_APISERVER].version.removeprefix("1.")
    lines = (MODULE / "go.mod").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("\tk8s.io/client-go")] == [f"\tk8s.io/client-go v0.{minor}"]
    assert f"k8s.io/client-go v0.{minor} h1:" in (MODULE / "go.sum").read_text(encoding="utf-8")
