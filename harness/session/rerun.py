"""Running again: how a session was asked to run, for the command that reproduces what it found."""

import os
import sys
from pathlib import Path

import pytest

from harness.home import HOME, INSTALLED, SCENARIOS
from harness.report.reproduce import Ran, called
from harness.session.options import Options
from harness.stacks.options import given


def asked_for(config: pytest.Config, options: Options) -> Ran:
    """How the session was asked to run; how it is told and kept is everybody's own."""
    here, root = config.invocation_params.dir, config.rootpath
    shipped = root == HOME
    asked = () if config.args_source is not pytest.Config.ArgsSource.ARGS else tuple(config.args)
    pytests, way = _called("pytest", config), "" if here == root else os.path.relpath(root, here)
    if shipped and INSTALLED:
        # nobody calls them by where the package lies
        pytests = (*_called("harness", config), "prove")
        way = str(root) if (here / SCENARIOS.name).exists() else ""
        asked = () if asked == (str(SCENARIOS),) else asked
    return Ran(
        speed=options.speed.factor,
        stack=options.traits.name,
        subject=config.getoption("--subject") or "",
        given=given(options.traits.name, config.getoption),
        strength=("", "") if options.strength is None else (options.strength.alert, options.strength.text),
        harness=_called("harness", config),
        pytest=pytests,
        root=way,
        asked=asked,
        shipped=shipped,
    )


def _called(program: str, config: pytest.Config) -> tuple[str, ...]:
    here = config.invocation_params.dir
    return called(program, python=Path(sys.executable), here=here, path=os.environ.get("PATH", os.defpath))
