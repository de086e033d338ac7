"""Mutants: a survivor is either explained or open, and an explanation that explains nothing is told."""

import pytest
from pydantic import ValidationError

from harness.bench import mutants
from harness.bench.mutants import Equivalent, Known, Mutant, changed, function_of, known, outdated, scores, told

_SAME = Equivalent(function="condition.clear", was="a <= b", now="a < b", why="they are never equal")


def mutant(function: str = "condition.clear", status: str = "survived", *, now: str = "a < b") -> Mutant:
    """One place of the judge, changed."""
    return Mutant(function=function, was="a <= b", now=now, status=status)


def test_what_survives_without_a_reason_is_open() -> None:
    """By module: killed in any way, listed as the same, or open; one that no test comes by is open."""
    found = [
        mutant(),
        mutant(now="a == b"),
        mutant(status="killed"),
        mutant("phases.judge_hold", "timeout"),
        mutant("phases.judge_hold", "no tests"),
    ]
    first, second = scores(found, [_SAME])
    assert (first.module, first.killed, first.equivalent, first.all, first.open) == ("condition", 1, 1, 3, (found[1],))
    assert (second.module, second.killed, second.all, second.open) == ("phases", 1, 2, (found[4],))
    assert str(first) == "condition            1 killed    1 equivalent     3 in all, 1 survive"


def test_a_listed_mutant_that_does_not_survive_is_told() -> None:
    """Killed, or not there any more; of modules that were not looked at nothing is said."""
    assert outdated([mutant()], [_SAME]) == ()
    assert outdated([mutant(status="killed")], [_SAME]) == (_SAME,)
    assert outdated([mutant(now="a == b")], [_SAME]) == (_SAME,)
    assert outdated([mutant("phases.judge_hold")], [_SAME]) == ()


def test_the_list_has_a_reason_for_each() -> None:
    """Without one it is none."""
    text = "equivalent: [{function: condition.clear, was: a <= b, now: a < b, why: they are never equal}]"
    assert known(text) == Known(equivalent=(_SAME,))
    assert known("") == Known()
    with pytest.raises(ValidationError, match="why"):
        known("equivalent: [{function: f, was: a, now: b}]")
    kept = known(mutants._LIST.read_text(encoding="utf-8"))
    assert all(one.why for one in kept.equivalent)
    # a package's own functions bear its name
    modules = (mutants._ROOT / "harness" / "core" / "judge").rglob("*.py")
    judged = {path.parent.name if path.stem == "__init__" else path.stem for path in modules} | {"timeline"}
    assert set(kept.open) <= judged


def test_a_difference_is_its_changed_lines() -> None:
    """Without indentation, numbers and surroundings: they stand when the function around them changes."""
    diff = "--- a\n+++ b\n@@ -1,3 +1,3 @@\n def f():\n-    a <= b\n+    a < b\n     c"
    assert changed(diff) == ("a <= b", "a < b")


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("harness.core.judge.condition.x_stretches__mutmut_3", "condition.stretches"),
        ("harness.core.judge.phases.x__onset_s__mutmut_12", "phases._onset_s"),
        ("harness.core.timeline.xǁTimelineǁbefore__mutmut_1", "timeline.Timeline.before"),
    ],
)
def test_functions_are_named_as_people_name_them(name: str, function: str) -> None:
    """By module and name; of a method with its class."""
    assert function_of(name) == function


@pytest.mark.parametrize(
    ("found", "good", "words"),
    [
        pytest.param([mutant(status="killed")], True, "condition            1 killed", id="killed"),
        pytest.param([mutant()], False, "was: a <= b", id="open"),
    ],
)
def test_an_open_mutant_fails_the_run(found: list[Mutant], good: bool, words: str) -> None:
    """And shows the place."""
    lines, well = told(found, Known())
    assert (well, words in "\n".join(lines)) == (good, True)


def test_a_listed_mutant_that_is_killed_fails_the_run() -> None:
    """The list shows what is the same, and nothing else."""
    lines, well = told([mutant(status="killed")], Known(equivalent=(_SAME,)))
    assert (well, "does not survive" in "\n".join(lines)) == (False, True)


def test_an_open_module_is_measured_and_fails_nothing() -> None:
    """Its survivors are shown all the same."""
    lines, well = told([mutant()], Known(open=("condition",)))
    text = "\n".join(lines)
    assert (well, "was: a <= b" in text, "(open)" in text) == (True, True, True)
