"""The results keep every scenario's verdict, and the summary is never better than the worst of them."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import harness.report
from harness.core.contract import Contract, MetricPromise, MetricType, RecordedKind, RecordingPromise, RoutePromise
from harness.core.duration import PromDuration
from harness.core.judge import judge_life, judge_metric, judge_route
from harness.core.recorded import RecordingJudgement
from harness.core.verdict import Verdict
from harness.report.ledger import Kind, Ledger, ReportError, exit_code, worst, write_results
from harness.report.schema import Results
from harness.tests.core.judge.world import PROMISE, World

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED

CONTRACT = Contract(
    source="contract.yaml",
    scrape_interval=PromDuration.parse("30s"),
    evaluation_interval=PromDuration.parse("30s"),
    alerts=(PROMISE,),
    recording_rules=(
        RecordingPromise(
            name="rate",
            meaning="per second",
            kind=RecordedKind.RATE,
            metric="done_total",
            quantile=None,
            window=PromDuration.parse("5m"),
            by=(),
            tolerance_ratio=0.05,
        ),
    ),
    metrics=(MetricPromise(name="depth", type=MetricType.GAUGE, labels=()),),
    panels=(),
    route=RoutePromise(matchers={"component": "kubemirror"}, receiver="kubemirror-team", continues=True),
)


def recording(verdict: Verdict, observed: float | None = 8.0) -> RecordingJudgement:
    """A judged recording rule."""
    return RecordingJudgement(
        name="rate",
        verdict=verdict,
        expected=8.0,
        observed=observed,
        difference_ratio=0.0,
        tolerance_ratio=0.05,
        instants=20,
        why="median difference 0.0% over 20 instants",
    )


def ledger(speed: float = 60) -> Ledger:
    """An empty ledger."""
    return Ledger(CONTRACT, stack="embedded", speed=speed)


def test_a_verified_life_is_entered_with_its_figures() -> None:
    """`pending_s` in documented seconds, what was proved, and what was not."""
    book = ledger()
    book.add("scenarios/a.py::test_a", judge_life(World().case()))
    one = book.results(duration_s=1.23456).alerts["QueueDeep"]
    assert (one.verdict, one.observed.pending_s, one.documented.for_s) == (V, 900, 900)
    assert [part.split(":")[0] for part in one.proved] == [
        "threshold",
        "for at speed 60",
        "labels",
        "severity",
        "annotations",
        "routing",
        "resolve",
    ]
    assert one.not_proved == ("unscaled durations: they ran divided by 60",)


def test_real_time_proves_the_durations_too() -> None:
    """At speed 1 nothing is left."""
    book = ledger(speed=1)
    book.add("a", judge_life(World().case()))
    one = book.results(duration_s=1).alerts["QueueDeep"]
    assert one.not_proved == ()
    assert one.proved[1].startswith("for:")


def test_a_violation_in_one_scenario_is_not_hidden_by_another() -> None:
    """Both verdicts are kept, and the broken part is not proved."""
    book = ledger()
    book.add("good", judge_life(World().case()))
    labels = {"severity": "critical", "component": "kubemirror", "name": "secret"}
    book.add("bad", judge_life(World(labels=labels).case()))
    one = book.results(duration_s=1).alerts["QueueDeep"]
    assert one.verdict is X
    assert [each.verdict for each in one.scenarios] == [V, X]
    assert any(part.startswith("severity: critical") for part in one.not_proved)


def test_what_no_scenario_was_about_is_skipped() -> None:
    """Not verified, and not missing from the file either."""
    results = ledger().results(duration_s=1)
    one = results.alerts["QueueDeep"]
    assert (one.verdict, one.proved) == (S, ())
    assert one.not_proved[0] == "threshold: no scenario was about it"
    assert results.recording_rules["rate"].verdict is S
    assert results.metrics["depth"].verdict is S
    assert results.exit_code == 3


def test_recording_rules_metrics_and_objects_are_entered() -> None:
    """Each under its own name; what is not finite is null."""
    book = ledger()
    book.add_recording("r", recording(X, observed=float("inf")))
    book.add("m", judge_metric(CONTRACT.metrics[0], [], None), kind=Kind.METRIC)
    book.add("o", judge_route(CONTRACT.route, ["kubemirror-team"]), kind=Kind.OBJECT)
    results = book.results(duration_s=1)
    assert (results.recording_rules["rate"].expected, results.recording_rules["rate"].observed) == (8, None)
    assert results.metrics["depth"].why == "scraped: no samples of depth"
    assert results.objects["route"].verdict is V
    assert len(results.scenarios) == 3
    assert results.exit_code == 1


def test_a_scenario_that_ended_without_judging_is_entered_with_its_cause() -> None:
    """The place failed: UNKNOWN."""
    book = ledger()
    book.add_untold("a", "QueueDeep", U, "etcd exited")
    results = book.results(duration_s=1)
    assert results.alerts["QueueDeep"].verdict is U
    assert results.scenarios[0].cause == "etcd exited"


@pytest.mark.parametrize(
    ("verdicts", "summary", "code"),
    [
        pytest.param([V, V], V, 0, id="verified"),
        pytest.param([V, S], S, 0, id="one-skipped"),
        pytest.param([V, U, S], U, 3, id="unknown"),
        pytest.param([X, U, V], X, 1, id="violated-wins"),
        pytest.param([S], S, 3, id="only-skipped-verifies-nothing"),
        pytest.param([], S, 3, id="nothing"),
    ],
)
def test_the_worst_counts(verdicts: Sequence[Verdict], summary: Verdict, code: int) -> None:
    """And a run that verified nothing did not succeed."""
    assert worst(verdicts) is summary
    assert exit_code(verdicts) == code


def test_the_file_is_written_whole_and_reads_back(tmp_path: Path) -> None:
    """Nothing else is left beside it; everybody may read it."""
    book = ledger()
    book.add("a", judge_life(World().case()))
    path = tmp_path / "new" / "results.json"
    write_results(book.results(duration_s=1), path)
    write_results(book.results(duration_s=2), path)
    assert Results.model_validate_json(path.read_text()).duration_s == 2
    assert [each.name for each in path.parent.iterdir()] == ["results.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the option that names another."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="--results"):
        write_results(ledger().results(duration_s=1), tmp_path / "file" / "results.json")


def test_the_schema_beside_the_code_is_the_schema_of_the_code() -> None:
    """Made by `Results.model_json_schema()`; a change of the shape is a change of that file."""
    path = Path(harness.report.__file__).with_name("results.schema.json")
    assert json.loads(path.read_text()) == Results.model_json_schema()
