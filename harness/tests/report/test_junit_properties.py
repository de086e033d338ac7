"""The evidence of a scenario in properties: complete, one name each, fit for XML."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.core.findings import ScenarioFacts
from harness.core.judge import Expectation, Judgement, OtherAlert, judge_life
from harness.core.verdict import Verdict
from harness.report.junit_properties import evidence_properties
from harness.tests.core.judge.world import World
from harness.tests.report.book import recording

FACTS = ScenarioFacts(
    nodeid="a.py::test_a",
    speed=15,
    seconds=41.2345,
    row="flood",
    expectations={"QueueDeep": Expectation.MUST, "Other": Expectation.MAY, "Third": Expectation.MUST_NOT},
    gave_up=("notification (none)",),
)
HOSTILE = 'a\x00\x1b[2J\ud800\ufffe\u202e<![CDATA[ ]]> & "'


def test_the_evidence_is_whole(snapshot: SnapshotAssertion) -> None:
    """Verdict, clauses, figures with units, instants, excuses, the last witness, cause, speed, row, command."""
    other = OtherAlert(
        name="Other", timelines=World().timelines(), expectation=Expectation.MAY, reason="the flood delays it"
    )
    judged = judge_life(replace(World(receiver="default").case(), other_alerts=(other,)))
    judged = replace(judged, fired={"QueueDeep": True, "Other": False})
    found = evidence_properties([judged], FACTS, reproduce="harness reproduce QueueDeep --speed 15")
    assert "\n".join(f"{name} = {value}" for name, value in found) == snapshot


def test_a_recording_rule_has_its_values(snapshot: SnapshotAssertion) -> None:
    """Absent ones left out."""
    found = evidence_properties([recording(Verdict.VIOLATED), replace(recording(Verdict.UNKNOWN, None), name="p99")])
    assert "\n".join(f"{name} = {value}" for name, value in found) == snapshot


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        pytest.param(("VERIFIED", "VIOLATED", "UNKNOWN"), "VIOLATED", id="violated-first"),
        pytest.param(("VERIFIED", "UNKNOWN", "SKIPPED"), "UNKNOWN", id="unknown-next"),
        pytest.param(("VERIFIED", "SKIPPED"), "VERIFIED", id="skipped-last"),
        pytest.param(("SKIPPED",), "SKIPPED", id="only-skipped"),
    ],
)
def test_the_scenario_has_one_verdict(verdicts: tuple[str, ...], whole: str) -> None:
    """The plugin counts by it."""
    judged = [Judgement(name=one, verdict=Verdict(one), promise="", findings=()) for one in verdicts]
    found = evidence_properties(judged)
    assert [value for name, value in found if name.partition(".")[0] == "verdict"] == [whole]


def test_names_are_unique() -> None:
    """Also where one alert was judged twice."""
    judged = judge_life(World().case())
    names = [name for name, _ in evidence_properties([judged, judged], FACTS)]
    assert len(names) == len(set(names))
    assert "QueueDeep.verdict.2" in names


def test_nothing_judged_has_no_verdict() -> None:
    """And no name either."""
    assert evidence_properties([]) == []


def test_names_and_values_can_stand_in_xml() -> None:
    """Control characters, halves of surrogates and what is no character become visible escapes."""
    judged = replace(judge_life(World().case()), name=HOSTILE, cause=HOSTILE, excuses=(HOSTILE,), last_witness=HOSTILE)
    facts = replace(FACTS, row=HOSTILE, expectations={HOSTILE: Expectation.MUST}, gave_up=(HOSTILE,))
    found = evidence_properties([judged], facts, reproduce=HOSTILE)
    root = ET.Element("properties")
    for name, value in found:
        ET.SubElement(root, "property", name=name, value=value)
    read = ET.fromstring(ET.tostring(root, encoding="utf-8"))  # noqa: S314 - our own
    assert [(one.get("name"), one.get("value")) for one in read] == found
    assert all("\x1b" not in name + value for name, value in found)
