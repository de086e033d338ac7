"""Two runs compared: the same is told to be so, every difference is found, and what is not known is no difference."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from rich.console import Console

from harness.cli.compare import compare_files
from harness.core.configuration_snapshot import ConfigSnapshot
from harness.core.contract.model import Contract
from harness.core.errors import MisuseError
from harness.core.findings import Kind
from harness.core.judge import Clause, Judgement, judge_life
from harness.core.judge.finding import violated
from harness.core.verdict import Verdict
from harness.report.comparison import compare
from harness.report.comparison_table import print_comparison
from harness.report.results_file import write_results
from harness.report.schema import Results
from harness.tests.core.judge.world import World
from harness.tests.live.test_fidelity import at_speeds_of, slower_alerts, with_slower
from harness.tests.report.book import CONTRACT, Book, recording

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN

_SETTING = ConfigSnapshot(
    speed=60, evaluation_s=0.5, series=("up{job}",), rules=("r one", "r two"), routes=("root",), inhibitions=("i",)
)


def _run(
    *settings: ConfigSnapshot,
    stack: str = "kind",
    alert: Judgement | None = None,
    recorded: Verdict = V,
    metric: Verdict = V,
    silence: Verdict = V,
    objects: Mapping[str, Verdict] = MappingProxyType({"rules": V}),
) -> Results:
    book = Book(contract=CONTRACT, stack=stack, speed=60)
    book.add("", Judgement(name="QueueDeep", verdict=silence, promise="", findings=()), kind=Kind.INVARIANT)
    for name, verdict in objects.items():
        book.add("a.py::d", Judgement(name=name, verdict=verdict, promise="", findings=()), kind=Kind.OBJECT)
    book.add("a.py::a", alert or judge_life(World().case()))
    book.add("a.py::b", recording(recorded), Kind.RECORDING)
    book.add("a.py::c", Judgement(name="depth", verdict=metric, promise="", findings=()), kind=Kind.METRIC)
    for setting in settings or (_SETTING,):
        book.settings.append(setting)
    return book.results(duration_s=1)


def _shifted(pending_s: float) -> Results:
    run = _run()
    alert = run.alerts["QueueDeep"]
    observed = alert.observed.model_copy(update={"pending_s": pending_s})
    return run.model_copy(update={"alerts": {"QueueDeep": alert.model_copy(update={"observed": observed})}})


def test_two_runs_that_found_the_same_do_not_differ() -> None:
    """Whatever the kind of stack; and how much was the same is counted."""
    found = compare(_run(stack="embedded"), _run(stack="kind"))
    assert (found.differences, found.not_compared, found.exit_code) == ((), (), 0)
    assert found.same["rules at speed 60"] == 2
    assert found.same["alerts"] == found.same["recording rules"] == found.same["times from pending to firing"] == 1


@pytest.mark.parametrize("part", ["series", "rules", "routes", "inhibitions"])
def test_a_line_that_only_one_has_is_a_difference(part: str) -> None:
    """Told for the side that has it."""
    other = _with(part, (*getattr(_SETTING, part), "more"))
    (difference,) = compare(_run(), _run(other)).differences
    assert (difference.what, difference.first, difference.second) == (f"{part} at speed 60", "-", "more")
    (difference,) = compare(_run(other), _run()).differences
    assert (difference.first, difference.second) == ("more", "-")


def _with(part: str, lines: tuple[str, ...]) -> ConfigSnapshot:
    change: dict[str, Any] = {part: lines}
    return replace(_SETTING, **change)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (lambda: _run(recorded=X), "rate"),
        (lambda: _run(metric=X), "depth"),
        (lambda: _run(objects={"rules": X}), "rules"),
        (lambda: _shifted(900 + 61), "QueueDeep, documented time to firing"),
    ],
    ids=["a recording rule", "a metric", "an object", "a time"],
)
def test_another_finding_is_a_difference(other: Callable[[], Results], what: str) -> None:
    """Verdicts, and documented times by more than an evaluation of each."""
    found = compare(_run(), other())
    assert [one.what for one in found.differences] == [what]
    assert found.exit_code == 1


def test_a_time_within_an_evaluation_of_each_is_the_same() -> None:
    """Neither run sees more than that: 2 x 0.5 s at speed 60."""
    assert compare(_run(), _shifted(900 + 60)).differences == ()


def test_a_time_is_no_difference_where_nobody_says_how_often_rules_were_evaluated() -> None:
    """It cannot be told then; what is the same to the second is the same."""
    without = _shifted(900 + 61).model_copy(update={"settings": ()})
    found = compare(_run(), without)
    assert found.differences == ()
    assert any("900 s and 961 s, and how often rules were evaluated is not told" in one for one in found.not_compared)
    found = compare(_run(), _run().model_copy(update={"settings": ()}))
    assert found.same["times from pending to firing"] == 1


def test_an_alert_that_does_something_else_is_a_difference_in_each_part_of_it() -> None:
    """The alert itself, and what about it."""
    right = judge_life(World().case())
    wrong = violated(Clause.LABELS, "component=kubemirror", "no component")
    others = tuple(one for one in right.findings if one.clause is not Clause.LABELS)
    found = compare(_run(), _run(alert=replace(right, verdict=X, findings=(*others, wrong))))
    assert [one.what for one in found.differences] == ["QueueDeep", "QueueDeep, labels"]


def test_an_alert_that_fires_outside_of_the_faults_is_a_difference() -> None:
    """In its silence, and so in the alert."""
    found = compare(_run(), _run(silence=X))
    assert [(one.what, one.second) for one in found.differences] == [("QueueDeep", "VIOLATED")] * 2


def test_an_object_that_only_one_run_looked_at_is_no_difference() -> None:
    """A panel where there is a Grafana; what was skipped is not even worth telling."""
    more = {"rules": V, "panel Depth": V, "panel Rate": Verdict.SKIPPED}
    for runs, which in (((_run(), _run(objects=more)), "second"), ((_run(objects=more), _run()), "first")):
        found = compare(*runs)
        assert found.differences == ()
        assert found.not_compared == (f"panel Depth: only the {which} run looked at it (VERIFIED)",)
        assert found.same["objects"] == 1


def test_what_a_run_could_not_tell_is_no_difference() -> None:
    """And no agreement either: exit code 3."""
    untold = Judgement(name="QueueDeep", verdict=U, promise="", findings=(), cause="the machine stood still")
    found = compare(_run(), _run(alert=untold))
    assert found.differences == ()
    assert "QueueDeep: VERIFIED and UNKNOWN" in found.not_compared
    assert found.exit_code == 3


@pytest.mark.parametrize(
    ("setting", "why"),
    [
        (ConfigSnapshot(speed=30, evaluation_s=1), "no speed in common (60 and 30)"),
        (
            ConfigSnapshot(speed=60, evaluation_s=0.5, unread="Prometheus did not answer"),
            "Prometheus did not answer",
        ),
    ],
    ids=["another speed", "unread"],
)
def test_settings_that_cannot_be_compared_are_told(setting: ConfigSnapshot, why: str) -> None:
    """With the reason."""
    found = compare(_run(), _run(setting))
    assert any(why in one for one in found.not_compared)
    assert found.exit_code == 3


def test_a_speed_that_only_one_run_had_is_told() -> None:
    """However many others they have in common: nobody has compared what is loaded at that one."""
    slow = replace(_SETTING, speed=7)
    found = compare(_run(), _run(_SETTING, slow))
    assert found.not_compared == ("settings at speed 7: only the second run has them",)
    found = compare(_run(_SETTING, slow), _run())
    assert (found.not_compared, found.exit_code) == (("settings at speed 7: only the first run has them",), 3)


def test_a_slower_run_of_one_alert_makes_two_runs_comparable() -> None:
    """As `make fidelity` does it: the alert that a cluster ran at speed 7 is run at it here as well."""
    fast, slow, slowish = (replace(_SETTING, speed=speed) for speed in (60, 7, 15))
    ours, theirs = _run(fast, slowish), _at(7, _run(fast, slow))
    assert slower_alerts(ours, theirs) == {"QueueDeep": 7}
    assert slower_alerts(ours, _run(fast, slow)) == {}
    silent = Judgement(name="QueueDeep", verdict=X, promise="", findings=())
    for again, different in ((_run(slow), []), (_run(slow, alert=silent), ["QueueDeep"])):
        found = compare(at_speeds_of(with_slower(ours, again, "QueueDeep"), theirs), theirs)
        assert ([one.what for one in found.differences], found.not_compared) == (different, ())


def _at(speed: float, run: Results) -> Results:
    scenarios = tuple(one.model_copy(update={"speed": speed}) for one in run.scenarios)
    return run.model_copy(update={"scenarios": scenarios})


def test_the_same_setting_of_several_workers_is_kept_once() -> None:
    """And one that differs is kept beside it."""
    assert len(_run(_SETTING, _SETTING).settings) == 1
    assert len(_run(_SETTING, ConfigSnapshot(speed=60, evaluation_s=0.5)).settings) == 2


def _file(path: Path, results: Results) -> Path:
    write_results(results, path)
    return path


def test_the_table_shows_what_differs_and_when_each_alert_did_what(tmp_path: Path) -> None:
    """Both runs by their stack; the exit code is the comparison's."""
    out = io.StringIO()
    other = _with("routes", ("elsewhere",))
    first, second = _file(tmp_path / "a", _run(stack="embedded")), _file(tmp_path / "b", _run(other, stack="kind"))
    assert compare_files(first, second, Console(file=out, width=160)) == 1
    text = out.getvalue()
    assert "embedded at 60" in text
    assert "kind at 60" in text
    assert "elsewhere" in text
    assert "900 / 900" in text
    assert text.rstrip().endswith("2 differences")


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (_run, "no difference"),
        (lambda: _run(ConfigSnapshot(speed=1, evaluation_s=30)), "no difference, as far as it can be told"),
    ],
    ids=["the same", "not told"],
)
def test_the_last_line_says_it_in_a_sentence(run: Callable[[], Results], sentence: str) -> None:
    """What one looks at first."""
    out = io.StringIO()
    print_comparison(Console(file=out, width=160), compare(_run(), run()), _run(), run())
    assert out.getvalue().rstrip().endswith(sentence)


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "no such file"), ("{}", "validation errors"), ("\xff", "")],
    ids=["missing", "another file", "no text"],
)
def test_a_file_without_results_is_refused(tmp_path: Path, content: str | None, why: str) -> None:
    """With its name and what to give instead."""
    good, bad = _file(tmp_path / "a", _run()), tmp_path / "bad"
    if content is not None:
        bad.write_bytes(content.encode("latin-1"))
    with pytest.raises(MisuseError, match="bad") as refused:
        compare_files(good, bad, Console(file=io.StringIO()))
    assert why in refused.value.why
    assert "--results" in refused.value.fix


def test_runs_of_different_contracts_are_refused(tmp_path: Path) -> None:
    """They promise different alerts."""
    other = Book(
        contract=Contract(
            source="other.yaml",
            scrape_interval=CONTRACT.scrape_interval,
            evaluation_interval=CONTRACT.evaluation_interval,
            alerts=(),
            recording_rules=(),
            metrics=(),
            panels=(),
            route=CONTRACT.route,
        ),
        stack="kind",
        speed=60,
    ).results(duration_s=1)
    with pytest.raises(MisuseError, match="cannot be compared") as refused:
        compare_files(_file(tmp_path / "a", _run()), _file(tmp_path / "b", other), Console(file=io.StringIO()))
    assert "QueueDeep" in refused.value.why
