"""What others do for a session: with its stacks, for the judge, at the end. Tests of whole sessions replace it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from rich.console import Console

from harness.scenario.run import RunParts
from harness.scenario.survey_fixture import Surveys
from harness.session.hold import hold
from harness.session.stack_manager import Parts
from harness.stacks.base import StackFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """Those of every session, until pytest's stash has others when it is prepared."""

    #: with a stack
    of_stack: Parts = field(default_factory=Parts)
    #: for a scenario under way
    of_run: RunParts = field(default_factory=RunParts)
    #: of what must simply be there and right
    surveys: Surveys = field(default_factory=Surveys)
    #: at the end, where somebody wants to look at the stack
    hold: Callable[[StackFacts, Console], None] = hold


PARTS = pytest.StashKey[SessionParts]()
