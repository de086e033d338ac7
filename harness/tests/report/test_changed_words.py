"""Of two lines about one rule, what changed; lines about different things are no change of one into the other."""

import pytest

from harness.report.changed_words import changed, paired

RULE = "g, every 500ms, 1 of 2: Deep = max by (name) (depth) > 100 for 15s with {} says {}"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("> 100", "> 120", ("> 100", "> 120")),
        ("for 15s", "for 10s", ("for 15s", "for 10s")),
        ("> 100 for 15s", "< 100 for 5s", ("(depth) > ... for 15s", "(depth) < ... for 5s")),
        (" for 15s", "", ("100 for 15s", "-")),
    ],
)
def test_what_changed_is_named(old: str, new: str, said: tuple[str, str]) -> None:
    """With the word before it, and nothing of the rest."""
    assert changed(RULE, RULE.replace(old, new)) == said


def test_a_rule_is_paired_with_what_became_of_it() -> None:
    """One that was added and one that went stay whole."""
    new, other, gone = RULE.replace("100", "120"), RULE.replace("Deep", "Late"), RULE.replace("Deep", "Lost")
    assert paired([gone, RULE], [other, new]) == ([(RULE, new)], [gone], [other])


def test_each_is_paired_once_with_the_most_alike() -> None:
    """Two rules of one name, of which one changed."""
    low, high = RULE.replace("> 100 for 15s", "> 50"), RULE.replace("100", "110")
    found, first, second = paired([RULE, low], [high])
    assert (found, first, second) == ([(RULE, high)], [low], [])


def test_what_has_nothing_in_common_is_no_change() -> None:
    """Though it has the same name."""
    assert paired(["up = a b c d"], ["up = x y z w v u"]) == ([], ["up = a b c d"], ["up = x y z w v u"])
