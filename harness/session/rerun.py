"""Running again: how a session was asked to run, for the command that reproduces what it found."""

import os
import sys
from pathlib import Path

import pytest

from harness.report.reproduce import Ran, called, given
from harness.session.options import Options


def asked_for(config: pytest.Config, options: Options) -> Ran:
    """How the session was asked to run; how it is told and kept is everybody's own."""
    return Ran(
        speed=options.speed.factor,
        stack=options.traits.name,
        subject=config.getoption("--subject") or "",
        given=given(options.traits.name, config.getoption),
        strength=("", "") if options.strength is None else (options.strength.alert, options.strength.text),
        harness=_called("harness", config),
        pytest=_called("pytest", config),
        root=_way(config.invocation_params.dir, config.rootpath),
    )


def _called(program: str, config: pytest.Config) -> tuple[str, ...]:
    here = config.invocation_params.dir
    return called(program, python=Path(sys.executable), here=here, path=os.environ.get("PATH", os.defpath))


def _way(here: Path, root: Path) -> str:
    """From one directory to another; empty if they are the same."""
    return "" if here == root else os.path.relpath(root, here)
