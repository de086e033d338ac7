"""The hooks for pre-commit call what there is."""

import shlex
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.cli.main import app

ROOT = Path(__file__).resolve().parents[2]


def _hooks() -> list[dict[str, Any]]:
    yaml = YAML(typ="safe")
    own = yaml.load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    return [
        *yaml.load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")),
        *(hook for repo in own["repos"] for hook in repo["hooks"]),
    ]


@pytest.mark.parametrize("hook", [pytest.param(one, id=one["entry"]) for one in _hooks()])
def test_a_hook_calls_a_command_that_is_there(hook: dict[str, Any]) -> None:
    """And gives it no file names, which it would not take."""
    program, command = shlex.split(hook["entry"])
    assert Path(program).name == "harness"
    assert command in {one.name or one.callback.__name__ for one in app.registered_commands if one.callback is not None}
    assert hook["pass_filenames"] is False
