"""What a person reads, kept as text."""

import io
from collections.abc import Mapping
from dataclasses import replace

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from harness.core.errors import CouldNotTellError
from harness.core.findings import Kind, ScenarioFacts
from harness.core.judge import Expectation, Judgement, OtherAlert, judge_life, judge_metric
from harness.core.verdict import Verdict
from harness.report.explain import explain_scenario
from harness.report.matrix_table import print_matrix
from harness.report.schema import Results
from harness.report.terminal import console_for, print_summary, totals
from harness.tests.core.judge.world import INJECT, PROMISE, World
from harness.tests.report import gallery
from harness.tests.report.book import CONTRACT, Book, add_untold, recording

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
    assert explain_scenario([judge_life(world.case())], reproduce=COMMAND) == snapshot


def test_a_judgement_that_never_came_about_is_explained_by_its_cause(snapshot: SnapshotAssertion) -> None:
    """No findings, no timeline: the cause and the command remain."""
    judged = Judgement(name="QueueDeep", verdict=Verdict.UNKNOWN, promise="", findings=(), cause="etcd exited")
    assert explain_scenario([judged], reproduce=COMMAND) == snapshot
    assert explain_scenario([replace(judged, cause="")], reproduce=COMMAND).count("\n") == 1


FACTS = ScenarioFacts(
    nodeid="scenarios/test_queue.py::test_deep",
    speed=60,
    seconds=41.27,
    row="flood-behind-slow-writes",
    gave_up=("notification did not come within 22 s (QueueDeep was not delivered at all)",),
)


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(World(matches=False), id="violated"),
        pytest.param(World(blind=(INJECT - 3, INJECT + 30)), id="unknown"),
    ],
)
def test_how_the_scenario_ran_is_told(world: World, snapshot: SnapshotAssertion) -> None:
    """Instants in documented time, the waits that gave up, the row of the matrix, the speed, the seconds."""
    assert explain_scenario([judge_life(world.case())], reproduce=COMMAND, facts=FACTS) == snapshot


def test_at_real_time_documented_time_is_the_clocks() -> None:
    """It is told once."""
    text = explain_scenario(
        [judge_life(World(receiver="default").case())], reproduce=COMMAND, facts=replace(FACTS, speed=1)
    )
    assert "+0.17 s  pending" in text
    assert "documented" not in text.partition("timeline")[2].splitlines()[0]


def test_a_scenario_of_several_targets_is_explained_at_once(snapshot: SnapshotAssertion) -> None:
    """Worst first, what is verified only named, the waits and the command told once."""
    judged = (
        judge_life(World().case()),
        replace(judge_life(World(blind=(INJECT - 3, INJECT + 30)).case()), name="QueueSlow"),
        replace(judge_life(World(receiver="default").case()), name="QueueFails"),
        recording(Verdict.VIOLATED, 9.5),
    )
    assert explain_scenario(judged, reproduce=COMMAND, facts=FACTS) == snapshot


def test_what_several_alerts_share_is_told_once(snapshot: SnapshotAssertion) -> None:
    """Same findings and cause: the first in full, the others by name; another cause is told by itself."""
    lost = judge_life(World(blind=(INJECT - 3, INJECT + 30)).case())
    down = Judgement(name="Down", verdict=Verdict.UNKNOWN, promise="p", findings=(), cause="etcd exited")
    judged: tuple[Judgement, ...] = (
        *(replace(lost, name=name, promise=f"{name} is told.") for name in ("QueueDeep", "QueueSlow", "QueueFails")),
        *(replace(down, name=name) for name in ("Down", "Idle")),
        replace(down, name="Late", cause="the machine stood still"),
        recording(Verdict.UNKNOWN, None),
        replace(recording(Verdict.UNKNOWN, None), name="depth:max"),
    )
    text = explain_scenario(judged, reproduce=COMMAND, facts=FACTS)
    assert text == snapshot
    assert text.count("timeline from") == 1


def test_the_same_of_another_stack_is_told_again() -> None:
    """Its alerts have the same names."""
    judged = [replace(recording(Verdict.VIOLATED), name=name) for name in ("A", "B", "A", "B")]
    lines = explain_scenario(judged, reproduce=COMMAND).splitlines()
    assert [line for line in lines if line.startswith(("A", "B", "  the same"))] == [
        *("A: VIOLATED", "  the same of: B"),
        *("A: VIOLATED", "  the same of: B"),
    ]


def test_an_error_of_several_lines_stays_in_its_column(snapshot: SnapshotAssertion) -> None:
    """What, why and fix under another."""
    error = CouldNotTellError("etcd did not become ready", why="port 2379 is taken", fix="end what listens there")
    judged = Judgement(name="QueueDeep", verdict=Verdict.UNKNOWN, promise="", findings=(), cause=str(error))
    assert explain_scenario([judged], reproduce=COMMAND) == snapshot


@pytest.mark.parametrize("observed", [9.5, None], ids=["differs", "absent"])
def test_a_recording_rule_is_explained(observed: float | None, snapshot: SnapshotAssertion) -> None:
    """Both values and what is accepted."""
    judged = recording(Verdict.VIOLATED, observed)
    assert explain_scenario([judged], reproduce=COMMAND) == snapshot


def summary(results: Results, environment: Mapping[str, str] | None = None, *, width: int | None = None) -> str:
    """What a run ends with."""
    text = io.StringIO()
    console = console_for(text, environment or {})
    console.width = width or console.width
    print_summary(results, console)
    return text.getvalue()


def test_the_summary_shows_documented_beside_observed(snapshot: SnapshotAssertion) -> None:
    """And the matrix, what was proved, what was not, every excuse and reason, the seconds."""
    assert summary(gallery.run()) == snapshot


@pytest.mark.parametrize("width", [60, 100, 160, 240])
def test_the_summary_keeps_within_the_width(width: int) -> None:
    """At 100 columns in logs, and in whatever a terminal has."""
    assert max(map(len, summary(gallery.run(), width=width).splitlines())) <= width


def test_a_wide_terminal_shows_the_matrix_in_one_piece(snapshot: SnapshotAssertion) -> None:
    """All alerts beside another."""
    text = io.StringIO()
    print_matrix(Console(file=text, width=150), gallery.run())
    assert text.getvalue() == snapshot


HOSTILE = "[red]\x1b[2J\x9b1m\u202e[/]\n+ VERIFIED\r"


def test_hostile_names_stay_data() -> None:
    """Names, labels, reasons and causes with markup, escape sequences and line ends reach no terminal as such."""
    promise = replace(PROMISE, name=f"Queue{HOSTILE}", promise=HOSTILE, labels={"team": HOSTILE}, severity=HOSTILE)
    contract = replace(CONTRACT, alerts=(promise,), route=replace(CONTRACT.route, receiver=HOSTILE))
    book = Book(contract=contract, stack="embedded", speed=60)
    nodeid = f"a.py::test_a[{HOSTILE}]"
    other = OtherAlert(name=HOSTILE, timelines=World().timelines(), expectation=Expectation.MAY, reason=HOSTILE)
    labels = {"name": "secret", "severity": HOSTILE, "team": HOSTILE, HOSTILE: HOSTILE}
    case = World(promise=promise, labels=labels, receiver=HOSTILE).case()
    judged = judge_life(replace(case, other_alerts=(other,)))
    book.add(nodeid, judged)
    add_untold(book, nodeid, promise.name, Verdict.SKIPPED, HOSTILE)
    book.add(nodeid, replace(recording(Verdict.VIOLATED), name="rate", cause=HOSTILE), Kind.RECORDING)
    book.add("m", replace(judge_metric(CONTRACT.metrics[0], [], None), cause=HOSTILE), kind=Kind.METRIC)
    book.add("", replace(judged, verdict=Verdict.UNKNOWN, cause=HOSTILE), kind=Kind.INVARIANT)
    for fired in (True, False):
        book.add(nodeid + str(fired), judged)
        book.add_scenario(
            ScenarioFacts(
                nodeid=nodeid + str(fired),
                speed=60,
                seconds=1,
                row=HOSTILE,
                expectations={promise.name: Expectation.MUST_NOT},
                gave_up=(HOSTILE,),
            ),
            {promise.name: fired},
        )
    shown = summary(book.results(duration_s=1)) + explain_scenario([judged], reproduce=COMMAND)
    shown += explain_scenario([replace(recording(Verdict.VIOLATED), name=HOSTILE, cause=HOSTILE)], reproduce=COMMAND)
    assert all(character.isprintable() for character in shown.replace("\n", ""))
    assert not any(line.startswith("+ VERIFIED") for line in shown.splitlines())
    assert "[red]" in shown


def test_a_summary_of_nothing_says_what_was_skipped(snapshot: SnapshotAssertion) -> None:
    """An empty run is not a silent one."""
    book = Book()
    book.add("r", recording(Verdict.UNKNOWN, None), Kind.RECORDING)
    assert summary(book.results(duration_s=1)) == snapshot


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
    book = Book()
    book.add("a", judge_life(World().case()))
    file = Terminal()
    print_summary(book.results(duration_s=1), console_for(file, environment))
    assert ("\x1b[" in file.getvalue()) is coloured


def test_no_name_is_broken_inside_a_word_on_a_usual_terminal() -> None:
    """`QueueHighReconcileErrors` is read as one, the figures beside it fold instead; so are the names of faults."""
    shown = summary(gallery.run(), width=80)
    assert "| QueueReconcileLatencyHigh | VERIFIED |" in shown
    assert "slow-write |" not in shown


def test_a_threshold_that_no_scenario_looked_at_was_not_seen_from_both_sides() -> None:
    """A silence alone says nothing about the number."""
    found = gallery.run()
    verified = {
        name: one.model_copy(update={"verdict": Verdict.VERIFIED, "width": ""}) for name, one in found.alerts.items()
    }
    silent = {
        name: one.model_copy(update={"parts": tuple(part for part in one.parts if part.part != "threshold")})
        for name, one in verified.items()
    }
    assert "both sides" in str(dict(totals(found.model_copy(update={"alerts": verified}))))
    assert "thresholds" not in dict(totals(found.model_copy(update={"alerts": silent})))
