"""A source names its targets by names, globs or `all`."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.targets import SYSTEM_NAMESPACES, parse

SPACES = ["team-a", "team-b", "team-ab", "prod", "home", "kube-system", "kube-public"]


@pytest.mark.parametrize(
    ("annotation", "selected"),
    [
        pytest.param("prod", ["prod"], id="a name"),
        pytest.param(" prod ,, team-a,", ["prod", "team-a"], id="a list with blanks and empty entries"),
        pytest.param("team-?", ["team-a", "team-b"], id="a question mark is one character"),
        pytest.param("team-*", ["team-a", "team-ab", "team-b"], id="a star is any characters"),
        pytest.param("team-[ab]", ["team-a", "team-b"], id="a set of characters"),
        pytest.param("all", ["prod", "team-a", "team-ab", "team-b"], id="all"),
        pytest.param("*", ["prod", "team-a", "team-ab", "team-b"], id="a star alone is all"),
        pytest.param("kube-*", [], id="globs leave system namespaces out"),
        pytest.param("kube-public,team-a", ["kube-public", "team-a"], id="a name reaches a system namespace"),
        pytest.param("home", [], id="never its own namespace"),
        pytest.param("elsewhere", [], id="a namespace that does not exist"),
        pytest.param("all-of-them", [], id="all is a keyword only as a whole entry"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_annotation_selects(annotation: str, selected: list[str]) -> None:
    """The annotation selects exactly these namespaces, in alphabetical order."""
    assert parse(annotation).select(SPACES, own="home") == selected


def test_impossible_entries_are_told() -> None:
    """An entry that no namespace can match is kept for a warning, and does not disturb the others."""
    parsed = parse("Prod, team_a, team-a")
    assert parsed.invalid == ("Prod", "team_a")
    assert parsed.select(SPACES, own="home") == ["team-a"]


NAME = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
ENTRY = st.one_of(NAME, st.from_regex(r"[a-z*?-]{1,6}", fullmatch=True), st.just("all"))


@given(entries=st.lists(ENTRY, max_size=5), spaces=st.sets(NAME | st.sampled_from(sorted(SYSTEM_NAMESPACES))), own=NAME)
def test_selection_is_what_a_simple_reading_says(entries: list[str], spaces: set[str], own: str) -> None:
    """For any annotation: selected is what a plain reading of the rules selects, and `match` agrees with `select`."""
    parsed = parse(",".join(entries))
    expected = sorted(
        space
        for space in spaces - {own}
        if space in entries
        or (
            space not in SYSTEM_NAMESPACES
            and any(entry == "all" or (set(entry) & set("*?") and fnmatchcase(space, entry)) for entry in entries)
        )
    )
    assert parsed.select(spaces, own=own) == expected
    assert sorted(space for space in spaces if parsed.match(space, own=own)) == expected
