"""How a scenario is known among pytest's tests.

Light: pytest loads it for unit tests too, which need nothing else of the harness.
"""

from __future__ import annotations

import pytest

#: every other fixture of a scenario asks for this one
SCENARIO_RUN = "scenario"
#: the parameter of a scenario that holds its alerts' names
PARAMETERS = "_parameters"


def is_scenario(item: pytest.Item) -> bool:
    """Whether a test needs a stack: it asks for the harness's fixture, and not for a parameter of the same name."""
    callspec = getattr(item, "callspec", None)
    return SCENARIO_RUN in getattr(item, "fixturenames", ()) and not (callspec and SCENARIO_RUN in callspec.params)
