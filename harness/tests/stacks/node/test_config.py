"""The node's configuration file and command."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.stacks.embedded.node import LocalImage, NodeConfig
from harness.stacks.embedded.node.__main__ import main


@pytest.fixture
def config(tmp_path: Path) -> NodeConfig:
    """A complete one."""
    return NodeConfig(
        run_id="r1",
        kubeconfig=tmp_path / "kubeconfig",
        node_name="n1",
        state_dir=tmp_path / "state",
        pod_prefix="198.18.7",
        listen_prefix="127.18.7",
        node_ip="127.18.7.1",
        kubelet_port=10250,
        metrics_port=10251,
        images={"web:1": LocalImage(command=("{python}", "-m", "web"), append_args=("--bind", "$(POD_IP)"))},
        cgroup_parent="/ci",
    )


def test_what_is_written_is_read(config: NodeConfig, tmp_path: Path) -> None:
    """Every field survives."""
    config.write(tmp_path / "node.json")
    assert NodeConfig.read(tmp_path / "node.json") == config


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"run_id": 5}'])
def test_another_file_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    """What, why, fix."""
    (tmp_path / "node.json").write_text(text)
    with pytest.raises(MisuseError, match=r"node\.json is not a node configuration"):
        NodeConfig.read(tmp_path / "node.json")


def test_misuse_ends_with_2_and_a_node_that_cannot_start_too(
    config: NodeConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No argument; a file that is not there; a kubeconfig that is not there."""
    config.write(tmp_path / "node.json")
    assert [main([]), main([str(tmp_path / "none")]), main([str(tmp_path / "node.json")])] == [2, 2, 2]
    assert "kubeconfig cannot be used by the node" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["web:1", "docker.io/library/web:1", "index.docker.io/library/web:1"])
def test_an_image_is_found_under_each_of_its_names(config: NodeConfig, name: str) -> None:
    """As a container runtime finds it, also by what the status calls it; the tag does not matter beside a digest."""
    found = config.find_image(name)
    assert found is not None
    image_id, image = found
    assert image_id == f"docker.io/library/web@{image.digest}"
    assert config.find_image(image_id) == config.find_image(f"web:9@{image.digest}") == found


@pytest.mark.parametrize("name", ["web", "web:2", "ghcr.io/web:1", "web:1@sha256:0", ""])
def test_another_image_is_not_found(config: NodeConfig, name: str) -> None:
    """Another tag, registry or digest is another image."""
    assert config.find_image(name) is None


def test_a_table_may_name_an_image_by_its_digest(config: NodeConfig) -> None:
    """Then that is what it is."""
    known = "ghcr.io/team/web@sha256:1"
    pinned = replace(config, images={known: LocalImage(command=("x",))})
    assert pinned.find_image("ghcr.io/team/web:v1@sha256:1") == (known, pinned.images[known])


def test_another_command_is_another_content() -> None:
    """The digest stands for command and arguments, and for which is which."""
    one, two = LocalImage(command=("a", "b")), LocalImage(command=("a",), append_args=("b",))
    assert len({one.digest, two.digest, LocalImage(command=("a",)).digest}) == 3
    assert one.digest == LocalImage(command=("a", "b")).digest
