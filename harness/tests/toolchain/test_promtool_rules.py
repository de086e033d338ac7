"""Prometheus's own word on rules is had, with the rule that it is about."""

from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.core.rules.model import AlertingRule, RecordingRule, RuleGroup
from harness.toolchain import ResolvedTool, Toolchain, ToolName
from harness.toolchain.promtool_rules import Complaint, complaints

_GROUPS = [
    RuleGroup(name="fine", rules=(RecordingRule(record="a:b", expr="sum(x)"),)),
    RuleGroup(
        name='not "so"',
        rules=(
            AlertingRule(alert="A", expr="up == 0"),
            AlertingRule(alert="B", expr="up{a=~`\\p{Klingon}`}"),
            AlertingRule(alert="C", expr="up", annotations={"text": "{{ nosuch }}"}),
        ),
    ),
]


@pytest.fixture
def promtool() -> Path:
    """The pinned one; without it this proves nothing, so it fails."""
    tool = Toolchain().find(ToolName.PROMTOOL)
    assert isinstance(tool, ResolvedTool), "`make test` brings it"
    return tool.path


def test_nothing_is_said_of_rules_that_would_be_loaded(promtool: Path) -> None:
    """Its advice on style is none of ours."""
    assert complaints(_GROUPS[:1], promtool) == ()
    twice = RuleGroup(name="g", rules=(AlertingRule(alert="A", expr="up"), AlertingRule(alert="A", expr="up")))
    assert complaints([twice], promtool) == ()


def test_each_complaint_names_its_rule(promtool: Path) -> None:
    """By group and place, as names may repeat."""
    pattern, template = complaints(_GROUPS, promtool)
    assert (pattern.group, pattern.number) == ('not "so"', 2)
    assert "1:4: parse error: error parsing regexp: invalid character class range" in pattern.words
    assert (template.number, '"nosuch" not defined' in template.words) == (3, True)


def test_what_is_said_of_the_whole_is_kept(promtool: Path) -> None:
    """It is about no rule."""
    twice = [RuleGroup(name="g"), RuleGroup(name="g")]
    (said,) = complaints(twice, promtool)
    assert said == Complaint(words=said.words)
    assert "repeated" in said.words


def test_a_promtool_that_says_nothing_is_told_by_its_status(tmp_path: Path) -> None:
    """Somebody's own may be anything."""
    program = tmp_path / "promtool"
    program.write_text("#!/bin/sh\nexit 7\n")
    program.chmod(0o755)
    assert complaints(_GROUPS, program) == (Complaint(words="promtool ended with status 7"),)


def test_a_promtool_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    """It is the place's failure, not the rules'."""
    with pytest.raises(CouldNotTellError, match="could not look"):
        complaints(_GROUPS, tmp_path / "none")
