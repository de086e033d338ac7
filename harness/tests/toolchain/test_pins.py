"""Pins: versions agree with the modules that are built, and are read from what programs print."""

import json
import re

import pytest

from harness.toolchain.build import MODULES
from harness.toolchain.gosdk import go_version_in
from harness.toolchain.pins import GO_NEEDED, PINS, ToolName, version_in

#: the module whose version decides, and how its version follows from the program's
_DECIDING = {
    "etcd": ("go.etcd.io/etcd/server/v3", "v{version}"),
    "kubernetes": ("k8s.io/kubernetes", "v{version}"),
    "kwok": ("sigs.k8s.io/kwok", "v{version}"),
    "prometheus": ("github.com/prometheus/prometheus", "v0.313.5"),
    "alertmanager": ("github.com/prometheus/alertmanager", "v{version}"),
    "kind": ("sigs.k8s.io/kind", "v{version}"),
    "helm": ("helm.sh/helm/v3", "v{version}"),
}


@pytest.mark.parametrize("name", ToolName)
def test_every_program_is_pinned_to_its_modules_version(name: ToolName) -> None:
    """A program that is built has the version that its release would have."""
    pin = PINS[name]
    text = (MODULES / pin.module.name / "go.mod").read_text()
    module, version = _DECIDING[pin.module.name]
    assert re.search(rf"^\s*{re.escape(module)} {re.escape(version.format(version=pin.version))}\b", text, re.MULTILINE)
    assert pin.package in text
    assert (MODULES / pin.module.name / "go.sum").stat().st_size > 0


@pytest.mark.parametrize("name", ToolName)
def test_the_stamp_names_the_pinned_version(name: ToolName) -> None:
    """A build whose `--version` said something else would be refused after twelve minutes."""
    pin = PINS[name]
    assert not pin.module.stamp or pin.version in pin.module.stamp


def test_helm_knows_the_kubernetes_it_is_built_with() -> None:
    """Its templates see that version where there is no cluster to ask: client-go 0.37 is Kubernetes 1.37."""
    found = re.search(r"k8s\.io/client-go v0\.([0-9]+)\.", (MODULES / "helm" / "go.mod").read_text())
    assert found is not None
    stamp = PINS[ToolName.HELM].module.stamp
    assert stamp.count(f"k8sVersionMinor={found.group(1)}") == 2
    assert stamp.count("k8sVersionMajor=1") == 2


def test_prometheus_module_number_is_its_version_in_disguise() -> None:
    """Prometheus 3.13.5 is the Go module 0.313.5: 0.<major><minor, two digits>.<patch>."""
    major, minor, patch = PINS[ToolName.PROMETHEUS].version.split(".")
    assert _DECIDING["prometheus"][1] == f"v0.{major}{int(minor):02}.{patch}"


@pytest.mark.parametrize("folder", sorted({pin.module.name for pin in PINS.values()}))
def test_no_module_needs_a_newer_go_than_is_asked_for(folder: str) -> None:
    """The `go` line of each go.mod is within the Go that is looked for."""
    found = re.search(r"^go ([0-9]+)\.([0-9]+)", (MODULES / folder / "go.mod").read_text(), re.MULTILINE)
    assert found is not None
    assert tuple(int(number) for number in found.groups()) == GO_NEEDED


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("etcd Version: 3.6.5\nGit SHA: Not provided\nGo Version: go1.26.8\n", "3.6.5"),
        ("Kubernetes v1.34.4\n", "1.34.4"),
        ("Client Version: v1.34.4\nKustomize Version: v5.7.1\n", "1.34.4"),
        ("kwokctl version v0.8.0 go1.26.8 (linux/amd64)\n", "0.8.0"),
        ("prometheus, version 3.13.5 (branch: , revision: unknown)\n", "3.13.5"),
        ("Kubernetes v1.34.4+k3s1\n", "1.34.4+k3s1"),
        ("kind v0.33.0 go1.26.8 linux/amd64\n", "0.33.0"),
        ("v3.22.0", "3.22.0"),
        ("promtool, version  (branch: , revision: unknown)\n  go version: go1.26.8\n", None),
        ("listening on 127.0.0.1\n", None),
        ("", None),
    ],
)
def test_the_version_is_read_from_what_the_program_prints(output: str, version: str | None) -> None:
    """The first version counts; Go's own version and addresses are none."""
    assert version_in(output) == version


def test_only_the_very_version_fits() -> None:
    """A vendor's build and a missing version are other programs."""
    pin = PINS[ToolName.KUBECTL]
    assert [pin.fits(v) for v in ("1.34.4", "1.34.4+k3s1", "1.34.5", None)] == [True, False, False, False]


def test_settings_are_named_after_their_programs() -> None:
    """Hyphens become underscores, as a shell needs it."""
    assert ToolName.KUBE_CONTROLLER_MANAGER.setting == "KUBEMIRROR_HARNESS_KUBE_CONTROLLER_MANAGER"


@pytest.mark.parametrize(
    ("output", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.27 linux/arm64", (1, 27, 0)),
        ("go version devel go1.28-abc Mon", (1, 28, 0)),
        ("gccgo", None),
    ],
)
def test_gos_version_is_read_as_numbers(output: str, version: tuple[int, ...] | None) -> None:
    """1.9 is older than 1.26, which text would not know."""
    assert go_version_in(output) == version


def test_pins_can_be_shown() -> None:
    """Every address is complete for both processors."""
    shown = {
        f"{pin.name}/{arch}": pin.release.url.format(version=pin.version, arch=arch)
        for pin in PINS.values()
        for arch in ("amd64", "arm64")
    }
    assert len(set(shown.values())) == 2 * (len(PINS) - 2), "promtool and amtool come with their servers"
    assert not re.search(r"[{}]", json.dumps(list(shown.values())))
