"""What a person reads, kept as text."""

import io
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.core.judge import Bystander, Expectation, Judgement, judge_life, judge_metric, judge_route
from harness.core.recorded import RecordingJudgement
from harness.core.verdict import Verdict
from harness.report.explain import explain, explain_recording
from harness.report.ledger import Kind
from harness.report.terminal import console_for, print_summary
from harness.tests.core.judge.world import World
from harness.tests.report.test_ledger import CONTRACT, ledger, recording

COMMAND = "pytest scenarios/test_queue.py::test_deep --speed 60"


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(), id="verified"),
        pytest.param(World(hold_s=10), id="fires-too-early"),
        pytest.param(World(matches=False), id="matches-nothing"),
        pytest.param(World(receiver="default"), id="wrong-receiver"),
    ],
)
def test_a_judgement_is_explained(world: World, snapshot: SnapshotAssertion) -> None:
    """Promise, expected and actual aligned, timeline, witness, cause, what to run."""
    assert explain(judge_life(world.case()), reproduce=COMMAND) == snapshot


def test_a_judgement_that_never_came_about_is_explained_by_its_cause(snapshot: SnapshotAssertion) -> None:
    """No findings, no timeline: the cause and the command remain."""
    judged = Judgement(name="QueueDeep", verdict=Verdict.UNKNOWN, promise="", findings=(), cause="etcd exited")
    assert explain(judged, reproduce=COMMAND) == snapshot
    assert explain(replace(judged, cause=""), reproduce=COMMAND).count("\n") == 1


@pytest.mark.parametrize("observed", [9.5, None], ids=["differs", "absent"])
def test_a_recording_rule_is_explained(observed: float | None, snapshot: SnapshotAssertion) -> None:
    """Both values and what is accepted."""
    judged: RecordingJudgement = recording(Verdict.VIOLATED, observed)
    assert explain_recording(judged, reproduce=COMMAND) == snapshot


def test_the_summary_shows_documented_beside_observed(snapshot: SnapshotAssertion) -> None:
    """And what was proved, what was not, every excuse, the seconds."""
    book = ledger()
    other = Bystander(
        name="Other", timelines=World().timelines(), expectation=Expectation.MAY, reason="the flood delays it"
    )
    book.add("scenarios/a.py::test_a", judge_life(replace(World().case(), bystanders=(other,))))
    book.add_recording("r", recording(Verdict.VERIFIED))
    book.add("m", judge_metric(CONTRACT.metrics[0], [], None), kind=Kind.METRIC)
    book.add("o", judge_route(CONTRACT.route, ["kubemirror-team"]), kind=Kind.OBJECT)
    text = io.StringIO()
    print_summary(book.results(duration_s=61.04), console_for(text, {}))
    assert text.getvalue() == snapshot


def test_a_summary_of_nothing_says_what_was_skipped(snapshot: SnapshotAssertion) -> None:
    """An empty run is not a silent one."""
    book = ledger()
    book.add_recording("r", recording(Verdict.UNKNOWN, None))
    text = io.StringIO()
    print_summary(book.results(duration_s=1), console_for(text, {}))
    assert text.getvalue() == snapshot


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        pytest.param({"TERM": "xterm"}, True, id="terminal"),
        pytest.param({"CI": "true"}, False, id="ci"),
        pytest.param({"NO_COLOR": "1"}, False, id="no-color"),
    ],
)
def test_colour_is_for_terminals_only(
    environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CI and NO_COLOR ask for plain text."""
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    book = ledger()
    book.add("a", judge_life(World().case()))
    file = Terminal()
    print_summary(book.results(duration_s=1), console_for(file, environment))
    assert ("\x1b[" in file.getvalue()) is coloured
