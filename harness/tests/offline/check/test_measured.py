"""What is measured of the shipped rules is as documented; and every planted mistake in them is found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.contract.model import Contract
from harness.core.duration import PromDuration
from harness.core.measured.catalog import Catalog
from harness.core.rules.file import parse_rules
from harness.core.rules.model import RuleFile
from harness.core.verdict import Verdict
from harness.home import DEFAULT_SUBJECT
from harness.offline.check.healthy import healthy
from harness.offline.check.measured import measured
from harness.offline.check.virtual_run import FROM_S, MeasuredCase
from harness.offline.private_prometheus import PrivatePrometheus, private_prometheus
from harness.subject_reader import read_subject
from harness.tests.offline.check.planted_rules import PLANTED, Planted
from harness.toolchain import Progress, ToolName, ensure

_LOOKBACK = PromDuration(300_000)
_SUBJECT, _CONTRACT = read_subject(DEFAULT_SUBJECT)
_RULES = Path(_SUBJECT.files.rules)
#: so far apart that no measurement sees another
_APART_S = 20 * 86_400.0


@pytest.fixture(scope="module")
def promtool() -> Path:
    """The program."""
    return ensure((ToolName.PROMTOOL,), Progress())[ToolName.PROMTOOL].path


@pytest.fixture(scope="module")
def prometheus() -> Iterator[PrivatePrometheus]:
    """One for all: each measurement has a stretch of time of its own."""
    with private_prometheus(_LOOKBACK, Progress()) as running:
        yield running


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped controller's own series."""
    return healthy(_SUBJECT, endpoint="metrics").catalog


@pytest.fixture(scope="module")
def file() -> RuleFile:
    """The shipped rules."""
    return parse_rules(_RULES.read_text(encoding="utf-8"), str(_RULES))


def _case(contract: Contract, catalog: Catalog, rules: RuleFile, promtool: Path) -> MeasuredCase:
    return MeasuredCase(contract=contract, catalog=catalog, rules=rules, promtool=promtool)


def test_the_shipped_rules_do_what_is_documented(catalog: Catalog, file: RuleFile, promtool: Path) -> None:
    """Every alert and every recording rule, in all situations."""
    with private_prometheus(_LOOKBACK, Progress()) as own:
        found = measured(_case(_CONTRACT, catalog, file, promtool), own)
    assert {one.about for one in found} == {
        *(one.name for one in _CONTRACT.alerts),
        *(one.name for one in _CONTRACT.recording_rules),
    }
    assert [one for one in found if one.verdict is not Verdict.VERIFIED] == []


@pytest.mark.parametrize("planted", [pytest.param(one, id=one.id) for one in PLANTED])
def test_a_planted_mistake_is_found(
    planted: Planted, catalog: Catalog, file: RuleFile, promtool: Path, prometheus: PrivatePrometheus
) -> None:
    """By what the rule does, whatever its text says."""
    case = _case(_CONTRACT, catalog, planted.into(file), promtool)
    from_s = FROM_S + _APART_S * PLANTED.index(planted)
    found = measured(case, prometheus, only=frozenset({planted.rule}), from_s=from_s)
    assert Verdict.VIOLATED in {one.verdict for one in found}
