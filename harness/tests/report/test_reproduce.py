"""A command that a shell takes as it is shown."""

import shlex

import pytest

from harness.report.reproduce import Ran

NODE = "scenarios/test_a.py::test_a[x, speed 15]"
BY_NODE = f"pytest '{NODE}'"


@pytest.mark.parametrize(
    ("ran", "alert", "command"),
    [
        pytest.param(Ran(speed=60), "Down", "harness reproduce Down --speed 15", id="alert"),
        pytest.param(Ran(speed=60), "", f"{BY_NODE} --speed 60", id="no-alert"),
        pytest.param(
            Ran(speed=60, subject="my/s.yaml"),
            "Down",
            "harness reproduce Down --speed 15 --subject my/s.yaml",
            id="subject",
        ),
        pytest.param(Ran(speed=30, stack="kind"), "Down", f"{BY_NODE} --speed 30 --stack kind", id="other-stack"),
    ],
)
def test_the_command_names_all_that_mattered(ran: Ran, alert: str, command: str) -> None:
    """The scenario, the speed at which pytest knows it, and subject and stack where they are others."""
    assert ran.again(NODE, alert=alert, speed=15) == command


def test_a_hostile_name_is_one_word() -> None:
    """A shell runs nothing that stands in it."""
    name = "$(rm -rf ~); `id` 'x"
    assert shlex.split(Ran(speed=60).again(NODE, alert=name))[2] == name
