"""The choice of the embedded stack checks a subject and makes a stack that has not been started."""

from pathlib import Path

import pytest

from harness.core.operator.installation import Installation
from harness.core.rules.speed import Speed, SpeedError
from harness.home import DEFAULT_SUBJECT
from harness.stacks.base import Capability
from harness.stacks.choice import StackChoice
from harness.stacks.embedded.choice import EmbeddedChoice
from harness.stacks.embedded.stack import EmbeddedStack
from harness.stacks.kind.choice import KindChoice
from harness.stacks.kinds import SWEEP
from harness.stacks.scrape_profile import EMBEDDED
from harness.subject_reader import read_subject
from harness.toolchain import Progress

_SUBJECT, _ = read_subject(DEFAULT_SUBJECT)


def test_a_stack_is_made_and_not_started(state_directory: Path) -> None:
    """One for each scenario's speed."""
    choice = EmbeddedChoice()
    one, other = (choice.stack(_SUBJECT, Speed(speed), Progress(), SWEEP) for speed in (60, 30))
    assert isinstance(one, EmbeddedStack)
    assert one is not other
    assert not state_directory.exists()


def test_what_cannot_work_is_refused_by_check_and_by_stack() -> None:
    """Whichever is asked first; what is checked is the embedded kind."""
    choice = EmbeddedChoice()
    assert choice.traits is EMBEDDED
    assert choice.check(_SUBJECT, EMBEDDED.default_speed).release == _SUBJECT.release
    with pytest.raises(SpeedError):
        choice.check(_SUBJECT, Speed(10_000))
    with pytest.raises(SpeedError):
        choice.stack(_SUBJECT, Speed(10_000), Progress(), SWEEP)


def test_monitoring_is_that_of_either_installation(state_directory: Path) -> None:
    """What is checked is what the stack has."""
    plain = EmbeddedChoice(installation=Installation.OPERATOR)
    for choice, there in ((EmbeddedChoice(), True), (plain, False)):
        assert (choice.check(_SUBJECT, Speed(60)).kube_state_metrics is not None) is there
        stack = choice.stack(_SUBJECT, Speed(60), Progress(), SWEEP)
        assert isinstance(stack, EmbeddedStack)
        assert (stack._chart.kube_state_metrics is not None) is there
        assert stack._chart.installation is choice.installation
    assert not state_directory.exists()


@pytest.mark.parametrize("choice", [EmbeddedChoice(), KindChoice()], ids=lambda choice: choice.traits.name)
def test_every_choice_offers_the_same(choice: StackChoice) -> None:
    """A session knows nothing else of them; two that choose the same are equal."""
    assert choice == type(choice)()
    assert choice.traits.default_speed.factor >= 1


def test_a_dashboard_is_never_shown() -> None:
    """That is known before anything is started."""
    assert EmbeddedChoice().cannot == {Capability.GRAFANA: "this stack has no Grafana"}
