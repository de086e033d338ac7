"""Helm knows our directories and none of the user's."""

import os
from pathlib import Path

import pytest

from harness.core.marks import RUN_MARK
from harness.stacks.cluster.helm_program import Helm, helm_program
from harness.stacks.command import CommandFailedError
from harness.tests.stacks.cluster.fake_helm import FakeHelm
from harness.toolchain import Progress


@pytest.fixture
def fake(tmp_path: Path) -> FakeHelm:
    """One that can pull."""
    return FakeHelm.at(tmp_path / "helm")


def environment(fake: FakeHelm, helm: Helm) -> dict[str, str]:
    """What a command is started with."""
    helm.output("list", what="w", fix="f", timeout_s=60)
    found: dict[str, str] = fake.calls[-1]["env"]
    return found


def test_all_of_helms_state_is_in_its_home(fake: FakeHelm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the user's own settings put it elsewhere."""
    names = ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "PLUGINS", "REPOSITORY_CACHE", "REPOSITORY_CONFIG")
    places = [*(f"HELM_{name}" for name in names), "DOCKER_CONFIG", "KUBECACHEDIR"]
    for name in places:
        monkeypatch.setenv(name, "/users/own")
    home = tmp_path / "home"
    found = environment(fake, Helm(program=fake.program, home=home))
    for name in (*places, "HELM_REGISTRY_CONFIG"):
        assert Path(found[name]).is_relative_to(home), name


def test_settings_for_another_cluster_are_not_in_force(fake: FakeHelm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty is to Helm as if it were not set."""
    for name in ("HELM_KUBECONTEXT", "HELM_KUBETOKEN", "HELM_KUBEAPISERVER", "HELM_DRIVER", "HELM_NAMESPACE"):
        monkeypatch.setenv(name, "theirs")
    monkeypatch.setenv("KUBECONFIG", "theirs")
    helm = Helm(program=fake.program, home=fake.directory / "home")
    assert "theirs" not in environment(fake, helm).values()
    assert environment(fake, helm)["KUBECONFIG"] == os.devnull


def test_a_registrys_credentials_are_the_users(fake: FakeHelm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one thing that a private mirror cannot do without."""
    monkeypatch.setenv("HELM_REGISTRY_CONFIG", "/users/config.json")
    found = environment(fake, Helm(program=fake.program, home=fake.directory / "home"))
    assert found["HELM_REGISTRY_CONFIG"] == "/users/config.json"


def test_a_run_is_marked_and_its_cluster_the_only_one(fake: FakeHelm, tmp_path: Path) -> None:
    """So that a sweep ends it, and nothing else is installed on."""
    helm = Helm(program=fake.program, home=tmp_path / "home", kubeconfig=tmp_path / "kubeconfig", run_id="r1")
    found = environment(fake, helm)
    assert (found[RUN_MARK], found["KUBECONFIG"]) == ("r1", str(tmp_path / "kubeconfig"))


def test_its_last_words_are_in_the_error(fake: FakeHelm) -> None:
    """With what was to be done, and what helps."""
    fake.fails("list", "Error: Kubernetes cluster unreachable")
    with pytest.raises(CommandFailedError) as caught:
        environment(fake, Helm(program=fake.program, home=fake.directory / "home"))
    assert (caught.value.what, caught.value.fix) == ("w", "f")
    assert caught.value.why.endswith("Error: Kubernetes cluster unreachable")


def test_the_program_is_the_toolchains(fake: FakeHelm) -> None:
    """The pinned one, wherever it comes from."""
    assert helm_program(fake.settings(), Progress()) == fake.program
