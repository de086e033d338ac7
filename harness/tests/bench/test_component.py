"""Processes are told apart by their command lines."""

from dataclasses import replace

import pytest

from harness.bench.component import component_of
from harness.core.contract.subject import ImageCommand
from harness.tests.faults.fake_api import subject

PYTHON = "/venv/bin/python"
SUBJECT = replace(
    subject(),
    images=(
        ImageCommand(image="mine:dev", command=("{python}", "-m", "mine"), append_args=()),
        ImageCommand(image="compiled:dev", command=("/opt/manager",), append_args=()),
    ),
)


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (("/x/bin/etcd", "--name=node0"), "etcd"),
        (("/x/kube-apiserver", "--etcd-prefix=/registry"), "kube-apiserver"),
        (("/cache/prometheus/3.13.5/prometheus", "--config.file=x"), "prometheus"),
        ((PYTHON, "-m", "harness.stacks.embedded.agent", "node.json"), "node and operator"),
        ((PYTHON, "-m", "harness.agents.webhook", "--listen=x"), "fault webhook"),
        ((PYTHON, "-m", "harness.agents.receiver.server"), "receiver"),
        ((PYTHON, "-m", "mine", "--metrics-bind-address=x"), "controller"),
        (("/opt/manager", "--leader-elect"), "controller"),
        ((PYTHON, "-m", "minetoo"), "other: minetoo"),
        (("/usr/bin/kubectl", "apply"), "other: kubectl"),
        ((PYTHON, "-m"), "other: python"),
        ((), "other: unnamed"),
    ],
)
def test_a_command_line_names_its_component(argv: tuple[str, ...], name: str) -> None:
    """The subject says how its own processes look; a stranger is called one."""
    assert component_of(argv, SUBJECT, python=PYTHON) == name
