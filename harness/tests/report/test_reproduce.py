"""A command that a shell takes as it is shown."""

import shlex

import pytest

from harness.report.reproduce import reproduce_command

NODE = "scenarios/test_a.py::test_a[x y]"


@pytest.mark.parametrize(
    ("alert", "subject", "command"),
    [
        pytest.param("Down", "", "harness reproduce Down --speed 15", id="alert"),
        pytest.param("", "", "pytest 'scenarios/test_a.py::test_a[x y]' --speed 15", id="no-alert"),
        pytest.param("Down", "my/s.yaml", "harness reproduce Down --speed 15 --subject my/s.yaml", id="subject"),
    ],
)
def test_the_command_names_all_that_mattered(alert: str, subject: str, command: str) -> None:
    """The scenario, the speed it ran at, and the subject where it is another."""
    assert reproduce_command(NODE, speed=15, alert=alert, subject=subject) == command


def test_a_hostile_name_is_one_word() -> None:
    """A shell runs nothing that stands in it."""
    name = "$(rm -rf ~); `id` 'x"
    assert shlex.split(reproduce_command(NODE, speed=60, alert=name))[2] == name
