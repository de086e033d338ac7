"""What `harness check` found, as people and programs read it; whatever is in it stays data."""

import io
import json

from rich.console import Console

from harness.core.check import CheckFinding
from harness.core.verdict import Verdict
from harness.report.check_result import CheckResult, check_json, check_markdown, print_check


def finding(verdict: Verdict, about: str = "Shop", cause: str = "") -> CheckFinding:
    """One about an alert."""
    return CheckFinding(
        check="for",
        about=about,
        verdict=verdict,
        expected="for: 5m",
        actual="for: 4m",
        cause=cause,
        file="rules.yaml",
        line=7,
        command="sed -n 7,19p rules.yaml",
    )


def result(*found: CheckFinding) -> CheckResult:
    """Of a call that took a second and a half."""
    return CheckResult(subject="shop", findings=found, seconds=1.5)


def printed(one: CheckResult) -> str:
    """On a wide console that is no terminal."""
    out = io.StringIO()
    print_check(Console(file=out, width=120), one)
    return out.getvalue()


def test_what_is_wrong_is_told_with_all_that_mends_it() -> None:
    """Violations first, then what cannot be told."""
    text = printed(
        result(
            finding(Verdict.VERIFIED), finding(Verdict.UNKNOWN, "B", "why"), finding(Verdict.VIOLATED, "A", "it says")
        )
    )
    assert text.index("VIOLATED for of A") < text.index("UNKNOWN for of B")
    for part in ("expected  for: 5m", "actual    for: 4m", "cause     it says", "rules.yaml:7", "sed -n 7,19p"):
        assert part in text
    assert "shop: VIOLATED; 1 VIOLATED, 1 UNKNOWN, 1 VERIFIED; 1.5 s" in text


def test_nothing_looked_at_proves_nothing() -> None:
    """Neither does what was left open."""
    assert "shop: UNKNOWN; nothing was looked at" in printed(result())
    assert "shop: UNKNOWN; 1 SKIPPED" in printed(result(finding(Verdict.SKIPPED)))


def test_text_of_others_steers_nothing() -> None:
    """Neither a terminal, nor rich's markup, nor Markdown, nor JSON."""
    one = result(finding(Verdict.VIOLATED, "[red]\x1b[2J|x", "a\nb"))
    assert "[red]\\x1b[2J|x" in printed(one)
    assert "&#91;red&#93;&#92;x1b&#91;2J&#124;x" in check_markdown(one)
    assert json.loads(check_json(one))["findings"][0]["about"] == "[red]\x1b[2J|x"


def test_markdown_has_a_table_only_where_something_is_wrong() -> None:
    """Else it says what was left open."""
    assert "|" not in check_markdown(result(finding(Verdict.VERIFIED)))
    assert "- for of Shop: left" in check_markdown(result(finding(Verdict.SKIPPED, cause="left")))
