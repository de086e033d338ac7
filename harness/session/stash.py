"""How a scenario is known among pytest's tests.

Light: pytest loads it for unit tests too, which need nothing else of the harness.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

#: every other fixture of a scenario asks for this one
SCENARIO_RUN = "scenario"
#: the parameter of a scenario that holds its alerts' names
PARAMETERS = "_parameters"


def is_scenario(item: pytest.Item) -> bool:
    """Whether a test needs a stack."""
    return SCENARIO_RUN in getattr(item, "fixturenames", ())


def has_scenarios(words: Iterable[str]) -> bool:
    """Whether these words of a command line ask for a directory of scenarios, before anything is collected."""
    return any("scenarios" in PurePath(word.partition("::")[0]).parts for word in words)
