"""`harness up` leaves a stack behind only when it is up, and says how to look at it."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.up import up
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.rules.speed import Speed, SpeedError
from harness.home import DEFAULT_SUBJECT
from harness.tests.scenario import fakes


class Place:
    """Where stacks are made that are not real, and what is done to them."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def build(self, _subject: Subject, speed: Speed, _progress: object, _sweep: object) -> fakes.FakeStack:
        """One; at speed 13 it does not come up."""
        stack = fakes.FakeStack(speed, self.log.append, Path("/run/" + "x" * 200))
        if speed == Speed(13):
            stack.refusal = CouldNotTellError("it failed", why="planted", fix="-")
        return stack


@pytest.fixture
def place() -> Place:
    """Nothing is done yet."""
    return Place()


def test_it_stays_and_tells_how_to_look_at_it(place: Place) -> None:
    """Lines to copy, never wrapped; no token among them."""
    out = io.StringIO()
    up(speed=Speed(60), subject_file=DEFAULT_SUBJECT, console=Console(file=out, width=40), build=place.build)
    assert place.log == ["up at 60", "keep"]
    lines = out.getvalue().splitlines()
    assert f"export KUBECONFIG=/run/{'x' * 200}/kubeconfig.yaml" in lines
    assert lines[-1] == "It stays until `harness down`."


def test_a_stack_that_does_not_come_up_is_not_kept(place: Place) -> None:
    """It has cleaned up after itself, and nothing is printed that could be copied."""
    out = io.StringIO()
    with pytest.raises(CouldNotTellError, match="it failed"):
        up(speed=Speed(13), subject_file=DEFAULT_SUBJECT, console=Console(file=out), build=place.build)
    assert place.log == ["up at 13"]
    assert out.getvalue() == ""


def test_a_subject_that_is_not_there_is_misuse(place: Place, tmp_path: Path) -> None:
    """Before anything is started."""
    with pytest.raises(MisuseError):
        up(
            speed=Speed(60),
            subject_file=tmp_path / "subject.yaml",
            console=Console(file=io.StringIO()),
            build=place.build,
        )
    assert place.log == []


def test_too_high_a_speed_is_misuse(state_directory: Path) -> None:
    """The real stack's own check, which starts nothing."""
    with pytest.raises(SpeedError):
        up(speed=Speed(1000), subject_file=DEFAULT_SUBJECT, console=Console(file=io.StringIO()))
    assert not state_directory.exists()
