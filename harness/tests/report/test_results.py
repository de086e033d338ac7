"""The results keep every scenario's verdict, and the summary is never better than the worst of them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import harness.report
from harness.core.contract.quantity import Quantity
from harness.core.findings import Kind, ScenarioFacts
from harness.core.judge import Clause, Expectation, Judgement, judge_life, judge_metric
from harness.core.judge.finding import unread, violated
from harness.core.rules.unproved import Unproved
from harness.core.verdict import Verdict, exit_code, worst
from harness.report.scenario_table import not_tried
from harness.report.schema import Results, ScenarioResult
from harness.tests.core.judge.world import PROMISE, World
from harness.tests.report.book import CONTRACT, Book, add_untold, recording, route

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED


def test_a_verified_life_is_entered_with_its_figures() -> None:
    """`pending_s` in documented seconds, what was proved, and what was not."""
    book = Book()
    book.add("scenarios/a.py::test_a", judge_life(World().case()))
    one = book.results(duration_s=1.23456).alerts["QueueDeep"]
    assert (one.verdict, one.observed.pending_s, one.documented.for_s) == (V, 900, 900)
    assert [part.split(":")[0] for part in one.proved] == [
        "threshold",
        "pending",
        "for at speed 60",
        "labels",
        "severity",
        "annotations",
        "routing",
        "resolve",
        "other alerts",
    ]
    assert one.not_proved == (
        "silence: no scenario looked at it",
        "unscaled durations: they ran divided by 60",
    )


def test_real_time_proves_the_durations_too() -> None:
    """At speed 1 no duration is left."""
    book = Book(speed=1)
    book.add("a", judge_life(World().case()))
    one = book.results(duration_s=1).alerts["QueueDeep"]
    assert one.not_proved == ("silence: no scenario looked at it",)
    assert one.proved[2].startswith("for:")


def test_a_scenario_speaks_for_the_speed_it_ran_at() -> None:
    """The slowest proof of the `for` is told, and all speeds by which durations were divided."""
    book = Book()
    book.add("fast", judge_life(World().case()))
    book.add("slow", judge_life(World().case()))
    book.add_scenario(ScenarioFacts(nodeid="slow", speed=15, seconds=61.23456, gave_up=("quiet (A pending)",)))
    results = book.results(duration_s=1)
    one = results.alerts["QueueDeep"]
    assert one.proved[2].startswith("for at speed 15:")
    assert one.not_proved[-1] == "unscaled durations: they ran divided by 15 and 60"
    fast, slow = results.scenarios
    assert (fast.speed, fast.seconds, fast.gave_up) == (None, None, ())
    assert (slow.speed, slow.seconds, slow.gave_up) == (15, 61.235, ("quiet (A pending)",))


def test_real_time_in_one_scenario_is_enough_for_the_durations() -> None:
    """However fast the others ran."""
    book = Book()
    book.add("fast", judge_life(World().case()))
    book.add("real", judge_life(World().case()))
    book.add_scenario(ScenarioFacts(nodeid="real", speed=1, seconds=900))
    assert book.results(duration_s=1).alerts["QueueDeep"].not_proved == ("silence: no scenario looked at it",)


def test_a_violation_in_one_scenario_is_not_hidden_by_another() -> None:
    """Both verdicts are kept, and the broken part is not proved."""
    book = Book()
    book.add("good", judge_life(World().case()))
    labels = {"severity": "critical", "component": "kubemirror", "name": "secret"}
    book.add("bad", judge_life(World(labels=labels).case()))
    one = book.results(duration_s=1).alerts["QueueDeep"]
    assert one.verdict is X
    assert [each.verdict for each in one.scenarios] == [V, X]
    assert any(part.startswith("severity: critical") for part in one.not_proved)


def test_what_was_judged_before_any_scenario_counts_and_is_kept_once() -> None:
    """Several stacks may find the same; a rule as it is written breaks its part of the promise."""
    book = Book()
    wrong = Judgement(
        name="QueueDeep",
        verdict=X,
        promise="",
        findings=(violated(Clause.HOLD, "for: 15m", "the rule says for: 10m, the contract 15m"),),
        cause="the rule says for: 10m, the contract 15m",
        where="rules.yaml:7",
    )
    book.add("scenarios/a.py::test_a", judge_life(World().case()))
    for _ in range(2):
        book.add_beforehand(wrong, kind=Kind.WRITTEN)
    results = book.results(duration_s=1)
    assert [(one.about, one.where) for one in results.beforehand] == [("QueueDeep", "rules.yaml:7")]
    assert (results.exit_code, results.alerts["QueueDeep"].verdict) == (1, X)
    parts = {one.part: one for one in results.alerts["QueueDeep"].parts}
    assert (parts["for"].verdict, parts["for"].observed) == (X, wrong.cause)
    assert parts["threshold"].verdict is V


def test_what_the_text_of_a_rule_does_not_tell_is_not_proved() -> None:
    """It breaks nothing, proves nothing, and is named."""
    book = Book()
    finding = unread(Clause.THRESHOLD, "> 100 items", "`maintenance == 0` must hold as well")
    book.add("scenarios/a.py::test_a", judge_life(World().case()))
    book.add_beforehand(Judgement(name="QueueDeep", verdict=S, promise="", findings=(finding,)), kind=Kind.WRITTEN)
    results = book.results(duration_s=1)
    one = results.alerts["QueueDeep"]
    assert (results.exit_code, one.verdict) == (0, V)
    assert one.not_proved[-1] == "threshold as written: `maintenance == 0` must hold as well"


def test_an_object_that_is_wrong_before_any_scenario_is_among_the_objects() -> None:
    """And fails the run, with no scenario at all."""
    book = Book()
    book.add_beforehand(
        Judgement(name="ServiceMonitor", verdict=X, promise="", findings=(), cause="selects nothing"), kind=Kind.OBJECT
    )
    results = book.results(duration_s=1)
    assert (results.exit_code, results.objects["ServiceMonitor"].why) == (1, "selects nothing")


def test_what_no_scenario_was_about_is_skipped() -> None:
    """Not verified, and not missing from the file either."""
    results = Book().results(duration_s=1)
    one = results.alerts["QueueDeep"]
    assert (one.verdict, one.proved) == (S, ())
    assert one.not_proved[0] == "threshold: no scenario was about it"
    assert results.recording_rules["rate"].verdict is S
    assert results.metrics["depth"].verdict is S
    assert results.exit_code == 3


def test_recording_rules_metrics_and_objects_are_entered() -> None:
    """Each under its own name; what is not finite is null."""
    book = Book()
    book.add("r", recording(X, observed=float("inf")), Kind.RECORDING)
    book.add("m", judge_metric(CONTRACT.metrics[0], [], None), kind=Kind.METRIC)
    book.add("o", route(), kind=Kind.OBJECT)
    results = book.results(duration_s=1)
    assert (results.recording_rules["rate"].expected, results.recording_rules["rate"].observed) == (8, None)
    assert results.metrics["depth"].why == "scraped: no samples of depth"
    assert results.objects["route"].verdict is V
    assert len(results.scenarios) == 3
    assert results.exit_code == 1


def test_a_scenario_that_ended_without_judging_is_entered_with_its_cause() -> None:
    """The place failed: UNKNOWN."""
    book = Book()
    add_untold(book, "a", "QueueDeep", U, "etcd exited")
    results = book.results(duration_s=1)
    assert results.alerts["QueueDeep"].verdict is U
    assert results.scenarios[0].cause == "etcd exited"


UNTESTABLE = replace(
    PROMISE,
    name="CertificateExpires",
    threshold=replace(PROMISE.threshold, quantity=Quantity.OTHER, untestable="no certificate here expires"),
)


@pytest.mark.parametrize(
    ("whole", "verdict", "code"),
    [pytest.param(True, U, 3, id="whole-run"), pytest.param(False, S, 0, id="selection")],
)
def test_a_promise_that_no_scenario_can_test_is_unknown(whole: bool, verdict: Verdict, code: int) -> None:
    """With the contract's reason; a run that was asked for less does not fail for it."""
    contract = replace(CONTRACT, alerts=(PROMISE, UNTESTABLE))
    book = Book(contract=contract, stack="embedded", speed=60, whole=whole)
    book.add("a", judge_life(World().case()))
    results = book.results(duration_s=1)
    one = results.alerts["CertificateExpires"]
    assert (one.verdict, one.why, results.exit_code) == (verdict, "no certificate here expires", code)
    assert results.alerts["QueueDeep"].why == ""


def invariant(verdict: Verdict) -> Judgement:
    """An alert's silence outside of the faults."""
    return Judgement(name="QueueDeep", verdict=verdict, promise="", findings=(), cause="firing at the start")


@pytest.mark.parametrize(
    ("verdict", "summary", "code"),
    [pytest.param(V, V, 0, id="verified"), pytest.param(U, U, 3, id="unknown"), pytest.param(X, X, 1, id="violated")],
)
def test_an_alert_that_fires_outside_of_the_faults_is_violated(verdict: Verdict, summary: Verdict, code: int) -> None:
    """Whatever its scenarios say; how near it came is told, and no scenario is made of it."""
    book = Book()
    book.add("a", judge_life(World().case()))
    book.add("", invariant(verdict), kind=Kind.INVARIANT)
    book.add_approach("QueueDeep", 0.12, float("nan"))
    results = book.results(duration_s=1)
    found = results.invariants["QueueDeep"]
    assert (found.verdict, found.why, found.pending_share, found.nearest_value) == (
        verdict,
        "firing at the start",
        0.12,
        None,
    )
    assert (results.alerts["QueueDeep"].verdict, results.exit_code) == (summary, code)
    assert [one.nodeid for one in results.scenarios] == ["a"]


def test_what_a_whole_stack_said_is_no_scenario() -> None:
    """It counts as the object that it is about, and for the exit code."""
    book = Book()
    book.add("a", judge_life(World().case()))
    book.add("", Judgement(name="routes agree", verdict=X, promise="", findings=(), cause="x"), kind=Kind.OBJECT)
    results = book.results(duration_s=1)
    assert (results.objects["routes agree"].verdict, results.exit_code) == (X, 1)
    assert [one.nodeid for one in results.scenarios] == ["a"]


def test_silence_outside_of_the_faults_alone_proves_no_alert() -> None:
    """It stays SKIPPED."""
    book = Book()
    book.add("", invariant(V), kind=Kind.INVARIANT)
    assert book.results(duration_s=1).alerts["QueueDeep"].verdict is S


def test_a_rule_that_means_something_else_at_speed_is_not_proved() -> None:
    """Where a scenario ran it at all."""
    book = Book()
    book.unproved.append(Unproved(rule="QueueDeep", part="the threshold of `>`", why="it counts events"))
    assert "the threshold of `>`: it counts events" not in book.results(duration_s=1).alerts["QueueDeep"].not_proved
    book.add("a", judge_life(World().case()))
    assert "the threshold of `>`: it counts events" in book.results(duration_s=1).alerts["QueueDeep"].not_proved


def test_bring_ups_are_entered() -> None:
    """Each with its speed."""
    book = Book()
    book.bring_ups.append((15, 4.56789))
    assert [(one.speed, one.seconds) for one in book.results(duration_s=1).bring_ups] == [(15, 4.568)]


MUST, MAY, MUST_NOT = Expectation.MUST, Expectation.MAY, Expectation.MUST_NOT


@pytest.mark.parametrize(
    ("expected", "fired", "violated", "breach"),
    [
        pytest.param(MUST, True, True, False, id="must-fired"),
        pytest.param(MUST, False, True, True, id="must-silent"),
        pytest.param(MUST, False, False, False, id="must-silent-and-the-judge-knows-why"),
        pytest.param(MUST, None, True, False, id="must-unseen"),
        pytest.param(MAY, True, True, False, id="may-fired"),
        pytest.param(MAY, False, True, False, id="may-silent"),
        pytest.param(MUST_NOT, True, True, True, id="must-not-fired"),
        pytest.param(MUST_NOT, False, True, False, id="must-not-silent"),
        pytest.param(MUST_NOT, None, True, False, id="must-not-unseen"),
    ],
)
def test_the_matrix_is_entered_beside_what_happened(
    expected: Expectation, fired: bool | None, violated: bool, breach: bool
) -> None:
    """A breach is what was certain enough for a violation."""
    book = Book()
    add_untold(book, "a", "QueueDeep", X if violated else U, "because")
    facts = ScenarioFacts(
        nodeid="a",
        speed=60,
        seconds=1,
        row="flood",
        expectations={"Other": expected},
        reasons={"Other": "so it is"},
    )
    book.add_scenario(facts, {"Other": fired})
    (line,) = book.results(duration_s=1).matrix
    cell = line.cells["Other"]
    assert (line.row, line.nodeid) == ("flood", "a")
    assert (cell.expected, cell.fired, cell.breach, cell.reason) == (expected, fired, breach, "so it is")


def test_what_nobody_looked_at_is_told_with_its_reason() -> None:
    """A scenario that is not even collected leaves no other trace."""
    book = Book()
    book.left_out.append(("9 panels of the dashboard", "this stack has no Grafana"))
    results = book.results(duration_s=1)
    assert (S, "9 panels of the dashboard: this stack has no Grafana") in [*not_tried(results)]


def test_what_was_not_tested_because_of_a_finding_is_counted_and_told_with_it() -> None:
    """The finding stands among the objects and beforehand; the alert has no part that anybody looked at."""
    book = Book()
    broken = Judgement(name="target", verdict=X, promise="", findings=(), cause="so it is")
    book.add_beforehand(broken, kind=Kind.PREFLIGHT)
    untested = Judgement(name="QueueDeep", verdict=U, promise="", findings=(), cause="not", because_of="target")
    book.add("a", untested)
    book.add("b", replace(untested, name="test_metrics"), kind=Kind.OBJECT)
    results = book.results(duration_s=1)
    assert (results.exit_code, [*results.objects]) == (1, ["target"])
    assert [one.about for one in results.beforehand] == ["target"]
    assert {one.because_of for one in results.scenarios} == {"target"}
    alert = results.alerts["QueueDeep"]
    assert (alert.verdict, alert.why, alert.scenarios) == (U, "not tested because of target", ())
    told = [text for _, text in not_tried(results)]
    assert told == ["2 scenarios: not tested because of target", "QueueDeep: not tested because of target"]


@pytest.mark.parametrize(
    ("because_of", "why"),
    [pytest.param("target", "not tested because of target", id="blocked"), pytest.param("", "no answer", id="broken")],
)
def test_a_recording_rule_that_was_not_compared_is_unknown_with_the_reason(because_of: str, why: str) -> None:
    """Because of a finding as alerts are, and told with them; for another reason with that; it had a scenario."""
    book = Book()
    untold = Judgement(name="rate", verdict=U, promise="", findings=(), cause="no answer", because_of=because_of)
    book.add("a", untold, kind=Kind.RECORDING)
    results = book.results(duration_s=1)
    assert (results.recording_rules["rate"].verdict, results.recording_rules["rate"].why) == (U, why)
    assert ((U, f"rate: {why}") in [*not_tried(results)]) is bool(because_of)
    assert not results.objects


def test_a_recording_rule_that_was_compared_and_once_was_not_is_as_bad_as_the_worse() -> None:
    """Both are told."""
    book = Book()
    book.add("a", recording(V), Kind.RECORDING)
    book.add("b", Judgement(name="rate", verdict=U, promise="", findings=(), cause="no answer"), kind=Kind.RECORDING)
    rule = book.results(duration_s=1).recording_rules["rate"]
    assert rule.verdict is U
    assert rule.why.startswith("no answer; ")
    assert rule.expected == 8


def test_a_scenario_without_a_row_is_no_line_of_the_matrix() -> None:
    """Surveys inject nothing."""
    book = Book()
    book.add_scenario(ScenarioFacts(nodeid="a", speed=60, seconds=1))
    assert book.results(duration_s=1).matrix == ()


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


FIRST_VERSION = """{
  "schema_version": 1, "stack": "embedded", "speed": 60.0, "duration_s": 1.0, "contract": "c.yaml", "exit_code": 0,
  "alerts": {"A": {
    "verdict": "VERIFIED",
    "documented": {
      "severity": "warning", "condition": "depth > 100", "threshold": 100, "side": ">", "unit": "items", "for_s": 900,
      "labels": {}
    },
    "observed": {"pending_s": 900},
    "proved": ["for: firing after 15m"], "not_proved": [], "scenarios": [{"nodeid": "a", "verdict": "VERIFIED"}]
  }},
  "recording_rules": {}, "metrics": {}, "objects": {},
  "scenarios": [{"nodeid": "a", "about": "A", "verdict": "VERIFIED", "findings": [], "excuses": [], "cause": ""}]
}"""


def test_files_written_before_a_field_was_added_are_read() -> None:
    """What they do not say has a value that says so."""
    results = Results.model_validate_json(FIRST_VERSION)
    assert (results.matrix, results.bring_ups, results.invariants, results.scenarios[0].speed) == ((), (), {}, None)


def test_fields_that_a_later_harness_adds_are_passed_over() -> None:
    """In the file and in its parts; the schema says so too, by not closing any object."""
    later = FIRST_VERSION.replace('"about": "A"', '"about": "A", "mood": 1').replace('"stack"', '"new": [], "stack"', 1)
    assert Results.model_validate_json(later) == Results.model_validate_json(FIRST_VERSION)
    assert 'additionalProperties": false' not in json.dumps(Results.model_json_schema())


def test_results_of_before_recordings_are_read() -> None:
    """What was a dossier is named where a recording is."""
    old = {"nodeid": "n", "about": "a", "verdict": "VIOLATED", "dossier": "d"}
    assert ScenarioResult.model_validate(old).recording == "d"
    assert Results.model_validate({**_minimal(), "dossiers": ["e"]}).recordings == ("e",)


def _minimal() -> dict[str, object]:
    empty: dict[str, object] = {key: {} for key in ("alerts", "recording_rules", "metrics", "objects")}
    return {"stack": "s", "speed": 1, "duration_s": 1, "contract": "c", "exit_code": 3, "scenarios": [], **empty}


def test_the_schema_beside_the_code_is_the_schema_of_the_code() -> None:
    """Made by `Results.model_json_schema()`; a change of the shape is a change of that file."""
    path = Path(harness.report.__file__).with_name("results.schema.json")
    assert json.loads(path.read_text()) == Results.model_json_schema()
