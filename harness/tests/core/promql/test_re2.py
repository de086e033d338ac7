"""Patterns are taken and refused as RE2 takes and refuses them, and those that fit the empty text are known."""

import pytest

from harness.core.promql.re2 import RegexError, matches_empty


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        ".*",
        "a?",
        "a*?",
        "|a",
        "a|",
        "(a|)",
        "(?:a|b*)",
        "^$",
        "\\A\\z",
        "\\B",
        "a{0}",
        "a{0,}b*",
        "(?i)",
        "()+",
        "\\Q\\E",
    ],
)
def test_a_pattern_that_fits_the_empty_text(pattern: str) -> None:
    """It takes a series without the label, too."""
    assert matches_empty(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *(".+", "a", "a|b", "(a|b)", "a+?", "\\b", "[a-z]", "[^]]", "[]]", "[\\w-_]", "[[:^alpha:]x]", "[[]x", "[a-]"),
        *("\\d", "\\pL", "\\p{^Greek}", "\\x41", "\\x{1F600}", "\\0", "\\12", "\\n", "\\.", "\\_", "\\Qa.b", "\\Q(\\E"),
        *(
            "{{ name }}",
            "a{,5}",
            "a{02}",
            "a{2}",
            "a{2,3}?",
            "(?P<n>a)",
            "(?<n>a)",
            "(?i-s:a)",
            "(?U)a",
            "a*b",
            "é",
            "[\\x41-\\x43]",
        ),
    ],
)
def test_a_pattern_that_asks_for_something(pattern: str) -> None:
    """It takes no series without the label."""
    assert not matches_empty(pattern)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(a", "missing closing )"),
        ("a)", "unexpected )"),
        ("[a", "missing closing ]"),
        ("[", "missing closing ]"),
        ("[z-a]", "character class range"),
        ("[a-\\d]", "invalid escape"),
        ("[[:foo:]]", "character class range"),
        ("\\pX", "character class range"),
        ("*", "missing argument"),
        ("a|*", "missing argument"),
        ("(+)", "missing argument"),
        ("a**", "nested repetition"),
        ("a{2}{3}", "nested repetition"),
        ("a{3,2}", "repeat count"),
        ("a{1001}", "repeat count"),
        ("(?=a)", "Perl syntax"),
        ("(?<!a)", "Perl syntax"),
        ("(?x)a", "Perl syntax"),
        ("(?-)a", "Perl syntax"),
        ("\\1", "invalid escape"),
        ("\\C", "invalid escape"),
        ("\\Z", "invalid escape"),
        ("\\x{110000}", "invalid escape"),
        ("a\\", "trailing backslash"),
    ],
)
def test_what_re2_refuses(pattern: str, words: str) -> None:
    """With its own words, more or less."""
    with pytest.raises(RegexError, match=words.replace(")", "\\)")):
        matches_empty(pattern)
