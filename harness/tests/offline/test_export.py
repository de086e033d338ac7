"""Exported tests: promtool runs them unmodified, the shipped rules pass them, and planted mistakes do not."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.contract.model import Contract
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.rules.file import parse_rules, render
from harness.core.rules.model import AlertingRule, RuleFile
from harness.home import DEFAULT_SUBJECT
from harness.offline.check.healthy import healthy
from harness.offline.export import RECORDED, RULES, Export, ExportCase, exported, refuse_full, write
from harness.subject_reader import read_subject
from harness.tests.offline.check.planted_rules import PLANTED, Planted
from harness.toolchain import Progress, ToolName, ensure
from harness.toolchain.promtool_tests import TestsSaid, run_rule_tests

_SUBJECT, _CONTRACT = read_subject(DEFAULT_SUBJECT)
_TEXT = Path(_SUBJECT.files.rules).read_text(encoding="utf-8")
_FILE = parse_rules(_TEXT, "rules.yaml")
_ALERT = "KubeMirrorControllerDown"


@pytest.fixture(scope="module")
def promtool() -> Path:
    """The program."""
    return ensure((ToolName.PROMTOOL,), Progress())[ToolName.PROMTOOL].path


def _export(contract: Contract, file: RuleFile, promtool: Path) -> Export:
    catalog = healthy(_SUBJECT, endpoint="metrics").catalog
    text = _TEXT if file is _FILE else render(file.groups)
    case = ExportCase(contract=contract, catalog=catalog, rules=file, rules_text=text, promtool=promtool)
    return exported(case, Progress())


@pytest.fixture(scope="module")
def shipped(promtool: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped bundle's files."""
    directory = tmp_path_factory.mktemp("exported") / "there"
    export = _export(_CONTRACT, _FILE, promtool)
    assert [one.name for one in export.files if not one.passed] == []
    assert not export.left_out
    write(export, directory)
    return directory


def _about(*names: str) -> Contract:
    """The contract, with a few of its alerts and no recording rule."""
    return replace(_CONTRACT, alerts=tuple(one for one in _CONTRACT.alerts if one.name in names), recording_rules=())


def test_promtool_runs_them_as_they_are(shipped: Path, promtool: Path) -> None:
    """By the command that stands in each: one file for each alert, and one for what is recorded."""
    files = sorted(one.name for one in shipped.glob("*.test.yaml"))
    assert files == sorted([*(f"{one.name}.test.yaml" for one in _CONTRACT.alerts), RECORDED])
    for one in files:
        assert "promtool test rules *.test.yaml" in (shipped / one).read_text(encoding="utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", *files], cwd=shipped, capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.returncode, done.stdout.count("SUCCESS")) == (0, len(files)), done.stderr
    assert parse_rules((shipped / RULES).read_text(encoding="utf-8"), RULES).groups == _FILE.groups


def _alone(rule: str, file: RuleFile, shipped: Path, directory: Path, promtool: Path) -> TestsSaid:
    """What the tests about one rule say, where it is the only one; of recorded series those of others fail then."""
    groups = (replace(one, rules=tuple(each for each in one.rules if each.name == rule)) for one in file.groups)
    (directory / RULES).write_text(render(one for one in groups if one.rules), encoding="utf-8")
    alerts = {one.alert for one in _CONTRACT.alerts}
    tests = directory / (f"{rule}.test.yaml" if rule in alerts else RECORDED)
    tests.write_bytes((shipped / tests.name).read_bytes())
    return run_rule_tests(tests, promtool)


@pytest.mark.parametrize("planted", [pytest.param(one, id=one.id) for one in PLANTED])
def test_a_planted_mistake_is_found(planted: Planted, shipped: Path, promtool: Path, tmp_path: Path) -> None:
    """By the tests of that alert, or by those that ask for that recorded series."""
    file = planted.into(parse_rules((shipped / RULES).read_text(encoding="utf-8"), RULES))
    said = _alone(planted.rule, file, shipped, tmp_path, promtool)
    assert not said.passed
    assert planted.rule in said.words
    assert "err:" not in said.words


@pytest.mark.parametrize("rule", sorted({one.rule for one in PLANTED}))
def test_a_rule_alone_without_a_mistake_passes(rule: str, shipped: Path, promtool: Path, tmp_path: Path) -> None:
    """So it is the mistake that is found."""
    file = parse_rules((shipped / RULES).read_text(encoding="utf-8"), RULES)
    assert rule not in _alone(rule, file, shipped, tmp_path, promtool).words.replace(f"{rule}.test.yaml", "")


def test_rules_that_are_not_as_promised_do_not_pass(promtool: Path) -> None:
    """What is expected is what is documented; an alert that is never there has no text."""
    mistake = next(one for one in PLANTED if one.id == f"{_ALERT}-severity")
    (one,) = _export(_about(_ALERT), mistake.into(_FILE), promtool).files
    assert not one.passed
    assert "exp_annotations" not in one.text
    assert "'severity': 'critical'" in one.text


def test_two_promises_of_one_alert_are_tested_together(promtool: Path) -> None:
    """Each with its threshold, its `for` and its severity: promtool is told of all alerts of a name."""
    contract = _about("KubeMirrorWorkqueueDepthHigh")
    (first,) = contract.alerts
    second = replace(
        first,
        name="Flooded",
        of_alert=first.name,
        severity="critical",
        labels={**first.labels, "severity": "critical"},
        threshold=replace(first.threshold, value=500.0),
        hold=PromDuration.parse("5m"),
    )
    groups = []
    for group in _FILE.groups:
        flooded = [
            replace(
                rule,
                expr=rule.expr.replace("> 100", "> 500"),
                hold=second.hold,
                labels={**rule.labels, "severity": "critical"},
            )
            for rule in group.rules
            if isinstance(rule, AlertingRule) and rule.alert == first.name
        ]
        groups.append(replace(group, rules=(*group.rules, *flooded)))
    file = replace(_FILE, groups=tuple(groups))
    (one,) = _export(replace(contract, alerts=(first, second)), file, promtool).files
    assert one.passed, one.words
    for text in ("silent at 500 items", "silent at 100 items", "'severity': 'critical'", "'severity': 'warning'"):
        assert text in one.text
    (late,) = _export(contract, file, promtool).files
    assert not late.passed, "a rule that nobody promises fires, and is told"


def test_what_cannot_be_driven_is_said(promtool: Path) -> None:
    """And nothing is made up about it."""
    alert = "KubeMirrorCPUThrottling"
    catalog = healthy(_SUBJECT, endpoint="metrics").catalog
    catalog = replace(catalog, series=tuple(one for one in catalog.series if "cfs" not in one.name))
    case = ExportCase(contract=_about(alert), catalog=catalog, rules=_FILE, rules_text=_TEXT, promtool=promtool)
    found = exported(case, Progress())
    assert found.files == ()
    assert "container_cpu_cfs_periods_total" in found.left_out[alert]


def test_nothing_is_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a directory that holds something, not a file, not the ground one stands on; another empty one is filled."""
    export = Export(rules="groups: []\n", files=(), left_out={})
    full, empty, file, here = (tmp_path / name for name in ("full", "empty", "file", "here"))
    full.mkdir()
    (full / "mine").touch()
    empty.mkdir()
    file.touch()
    here.mkdir()
    monkeypatch.chdir(here)
    for place in (full, file, Path()):
        with pytest.raises(MisuseError):
            refuse_full(place)
        with pytest.raises(MisuseError):
            write(export, place)
    write(export, empty)
    write(export, tmp_path / "new" / "below")
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file()) == [
        "empty/rules.yaml",
        "file",
        "full/mine",
        "new/below/rules.yaml",
    ]
