"""The door to Docker: an engine or a reason, answers as types, and no call without an end."""

from pathlib import Path

import pytest

from harness.core.marks import RUN_MARK
from harness.stacks.command import CommandFailedError
from harness.stacks.kind.docker import Container, ContainerState, Docker, NoDockerError, StoredImage
from harness.tests.stacks.kind.conftest import Machine


def test_an_engine_tells_its_version(machine: Machine) -> None:
    """And is asked as part of the run."""
    assert Docker(run_id="r1").engine() == "29.1.2"
    assert machine.calls[0]["env"][RUN_MARK] == "r1"


def test_calls_of_no_run_carry_no_mark(machine: Machine) -> None:
    """A sweep must not end the sweeper's own calls."""
    Docker().engine()
    assert RUN_MARK not in machine.calls[0]["env"]


def test_a_silent_engine_is_named_in_its_own_words(machine: Machine) -> None:
    """Installed, and nobody behind it: start it, or do without."""
    machine.set(down=True)
    with pytest.raises(NoDockerError) as caught:
        Docker().engine()
    assert caught.value.what == "no Docker engine answers"
    assert "Cannot connect to the Docker daemon" in caught.value.why
    assert "start Docker" in caught.value.fix
    assert "--stack embedded" in caught.value.fix


def test_no_docker_at_all_is_another_reason(machine: Machine) -> None:
    """There is nothing to start then."""
    (machine.root / "bin" / "docker").unlink()
    assert not Docker.installed()
    with pytest.raises(NoDockerError, match="there is no Docker") as caught:
        Docker().engine()
    assert caught.value.fix.startswith("install and start Docker")


def test_the_users_docker_settings_stay_in_force(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another engine is a matter of Docker's own variables."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2375")
    Docker().engine()
    assert machine.calls[0]["env"]["DOCKER_HOST"] == "tcp://engine:2375"


def test_images_are_told_from_none(machine: Machine) -> None:
    """With labels, without any, and not there."""
    machine.set(images={"a:1": {"k": "v"}, "b:1": {}})
    docker = Docker()
    assert docker.image("a:1") == StoredImage(id="sha256:a:1", labels={"k": "v"})
    assert docker.image("b:1") == StoredImage(id="sha256:b:1", labels={})
    assert docker.image("c:1") is None


def test_an_image_is_not_called_absent_where_nobody_could_look(machine: Machine) -> None:
    """The command fails in the same way."""
    machine.set(down=True)
    with pytest.raises(NoDockerError):
        Docker().image("a:1")


def test_a_build_is_told_everything(machine: Machine, tmp_path: Path) -> None:
    """Name, arguments, labels, no network; and no attestation beside the image."""
    Docker().build(tmp_path / "bin", tag="x:1", arguments={"BASE": "b"}, labels={"l": "1"}, offline=True)
    assert machine.asked("docker", "build") == [
        [
            *("docker", "build", "--tag", "x:1", "--network", "none", "--build-arg", "BASE=b", "--label", "l=1"),
            str(tmp_path / "bin"),
        ]
    ]
    assert machine.calls[-1]["env"]["BUILDX_NO_DEFAULT_ATTESTATIONS"] == "1"
    Docker().build(tmp_path / "bin", tag="x:2", arguments={}, labels={}, offline=False)
    assert "--network" not in machine.calls[-1]["argv"]


def test_a_failed_build_quotes_the_step(machine: Machine, tmp_path: Path) -> None:
    """The last lines say which one."""
    machine.set(broken="x")
    with pytest.raises(CommandFailedError, match="the image x:1 was not built") as caught:
        Docker().build(tmp_path / "bin", tag="x:1", arguments={}, labels={}, offline=True)
    assert caught.value.why.startswith("docker exited with status 1: #7 ERROR: process /bin/sh")


def test_containers_are_asked_for_by_label(machine: Machine) -> None:
    """All with it, or those with one value."""
    machine.set(containers={"c1": {"cluster": "a"}, "c2": {"cluster": "b"}}, label="l")
    assert Docker().containers("l") == (Container(id="c1", label="a"), Container(id="c2", label="b"))
    assert Docker().containers("l", value="b") == (Container(id="c2", label="b"),)
    assert Docker().containers("other") == ()


def test_containers_are_told_as_they_are(machine: Machine) -> None:
    """In the order of the question, by the names they have; one that is gone, or a silent engine, is an error."""
    machine.set(containers={"a": {"cluster": "c"}, "b": {"cluster": "c"}}, states={"b": ["exited", 137, "t1"]})
    asked = [Container(id=name, label="c") for name in ("b", "a")]
    assert Docker().states(asked) == (
        ContainerState(name="b", status="exited", exit_code=137, started="t1"),
        ContainerState(name="a", status="running", exit_code=0, started="2026-01-01T00:00:00Z"),
    )
    with pytest.raises(CommandFailedError, match="does not tell the state"):
        Docker().states([Container(id="gone", label="c")])
    machine.set(down=True)
    with pytest.raises(CommandFailedError, match="does not tell the state"):
        Docker().states(asked)
