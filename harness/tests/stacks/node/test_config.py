"""The node's configuration file and command."""

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
