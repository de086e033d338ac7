"""Annotations: GitHub's own lines, at the rule's, and nothing in them that is not data."""

from dataclasses import replace

import pytest

from harness.core.findings import Kind
from harness.core.judge import judge_life
from harness.core.verdict import Verdict
from harness.report.annotations import annotations
from harness.report.schema import BeforehandResult, Results
from harness.tests.core.judge.world import PROMISE, World
from harness.tests.report.book import Book

GITHUB = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": "/home/runner/work/repo"}


def _results(verdict: Verdict, cause: str = "it never fired", where: str = "monitoring/rules.yaml:12") -> Results:
    book = Book()
    book.add("a.py::test_a", replace(judge_life(World().case()), verdict=verdict, cause=cause))
    found = book.results(duration_s=1)
    early = BeforehandResult(about=PROMISE.name, kind="written", verdict=Verdict.VERIFIED, where=where)
    return found.model_copy(update={"beforehand": (early,)})


@pytest.mark.parametrize(
    ("verdict", "lines"),
    [
        (
            Verdict.VIOLATED,
            (f"::error file=monitoring/rules.yaml,line=12,title={PROMISE.name}%3A VIOLATED::it never fired",),
        ),
        (
            Verdict.UNKNOWN,
            (f"::warning file=monitoring/rules.yaml,line=12,title={PROMISE.name}%3A UNKNOWN::it never fired",),
        ),
        (Verdict.VERIFIED, ()),
        (Verdict.SKIPPED, ()),
    ],
)
def test_what_is_not_as_promised_is_shown_at_its_rule(verdict: Verdict, lines: tuple[str, ...]) -> None:
    """A violation is an error, what could not be told a warning, the rest nothing."""
    assert annotations(_results(verdict), GITHUB) == lines


@pytest.mark.parametrize("environment", [{}, {"CI": "true"}, {"GITHUB_ACTIONS": "false"}])
def test_elsewhere_nobody_reads_them(environment: dict[str, str]) -> None:
    """They would be noise."""
    assert annotations(_results(Verdict.VIOLATED), environment) == ()


def test_a_rule_as_it_is_written_comes_before_its_scenarios() -> None:
    """One line for an alert, and the root cause in it."""
    results = _results(Verdict.VIOLATED)
    early = results.beforehand[0].model_copy(update={"verdict": Verdict.VIOLATED, "cause": "the rule says > 120"})
    (line,) = annotations(results.model_copy(update={"beforehand": (early,)}), GITHUB)
    assert line.endswith("::the rule says > 120")


def test_violations_come_first() -> None:
    """GitHub shows ten."""
    results = _results(Verdict.UNKNOWN)
    early = BeforehandResult(about="rate", kind="written", verdict=Verdict.VIOLATED, cause="x", where="r.yaml:3")
    first, second = annotations(results.model_copy(update={"beforehand": (*results.beforehand, early)}), GITHUB)
    assert first.startswith("::error file=r.yaml,line=3,")
    assert second.startswith("::warning ")


@pytest.mark.parametrize(
    ("where", "place"),
    [
        ("/home/runner/work/repo/my/r.yaml:3", "file=my/r.yaml,line=3,"),
        ("/elsewhere/r.yaml:3", ""),
        ("../r.yaml:3", ""),
        ("r.yaml", ""),
        ("", ""),
        ("a,b:c.yaml:3", "file=a%2Cb%3Ac.yaml,line=3,"),
    ],
)
def test_a_place_is_one_in_the_repository(where: str, place: str) -> None:
    """Of a rule that is elsewhere only the words are shown."""
    (line,) = annotations(_results(Verdict.VIOLATED, where=where), GITHUB)
    assert line.removeprefix(f"::error {place}").startswith("title=")


def test_words_of_others_are_no_commands() -> None:
    """Whatever is in a label: one line, and no second command in it."""
    (line,) = annotations(_results(Verdict.VIOLATED, cause="100%\n::error::x\r::set-env name=A::b"), GITHUB)
    assert line.count("\n") == line.count("\r") == 0
    assert "100%25" in line


def test_what_fires_outside_of_the_faults_is_shown() -> None:
    """No scenario failed by it."""
    book = Book()
    book.add("", replace(judge_life(World().case()), verdict=Verdict.VIOLATED, cause="fired"), kind=Kind.INVARIANT)
    (line,) = annotations(book.results(duration_s=1), GITHUB)
    assert "::outside of the faults: " in line
