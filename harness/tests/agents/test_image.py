"""The agents in their image: little more than aiohttp is there, and two folders of the harness."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from harness.stacks.kind.images import _PARTS

_LOCK = Path(__file__).parents[2] / "stacks" / "kind" / "requirements.lock"
#: distributions whose package has another name
_PACKAGES = {"attrs": "attr", "typing-extensions": "typing_extensions"}
#: what this environment itself imports at its start
_OWN = {"_distutils_hack"}
_SHOWS = """
import sys
import {module}
files = {{name.split(".")[0]: str(getattr(one, "__file__", "")) for name, one in sys.modules.items()}}
print(*(name for name, file in files.items() if "site-packages" in file))
print(*(name.split(".")[1] for name in sys.modules if name.startswith("harness.")))
"""


@pytest.mark.parametrize("module", ["harness.agents.receiver.server", "harness.agents.webhook.__main__"])
def test_an_agent_imports_nothing_that_its_image_has_not(module: str) -> None:
    """Else its container would end at its start, on a cluster only: here everything is installed."""
    program = [sys.executable, "-c", _SHOWS.format(module=module)]
    others, rooms = subprocess.run(program, check=True, capture_output=True, text=True).stdout.splitlines()
    locked = re.findall(r"(?m)^([a-z-]+)==", _LOCK.read_text(encoding="utf-8"))
    there = {_PACKAGES.get(name, name) for name in locked}
    assert {one for one in others.split() if not one.startswith("__editable__")} <= there | _OWN
    assert set(rooms.split()) <= set(_PARTS)
