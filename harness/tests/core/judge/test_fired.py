"""Whether an alert fired is read from its timelines, and not told where they have gaps."""

import pickle

import pytest

from harness.core.findings import Findings, ScenarioFacts, fired_in
from harness.core.judge import Expectation, Judgement, judge_life
from harness.core.timeline import has_fired
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import END, INJECT, World


@pytest.mark.parametrize(
    ("world", "fired"),
    [
        pytest.param(World(), True, id="fired"),
        pytest.param(World(matches=False), False, id="silent"),
        pytest.param(World(matches=False, missed=(INJECT, INJECT + 20)), None, id="a-gap-as-long-as-its-for"),
        pytest.param(World(missed=(INJECT + 16, INJECT + 35)), True, id="fired-beside-a-gap"),
    ],
)
def test_firing_is_read_from_the_timelines(world: World, fired: bool | None) -> None:
    """A gap that is long enough to hide a firing leaves it open, unless it was seen anyway."""
    assert has_fired(world.timelines(), start_s=INJECT, end_s=END, hold_s=15) is fired


def test_without_timelines_nothing_is_known() -> None:
    """Not silence."""
    assert has_fired((), start_s=INJECT, end_s=END, hold_s=15) is None


def test_what_all_judgements_of_a_scenario_say_is_put_together() -> None:
    """Each says it of its own alert and of those beside it."""
    nothing = Judgement.without_findings("Other", Verdict.UNKNOWN, "broken")
    assert fired_in([judge_life(World().case()), nothing]) == {"QueueDeep": True}


def test_findings_travel_between_processes() -> None:
    """Pickled by a worker, read by the controller of the session."""
    findings = Findings()
    findings.add("a", judge_life(World().case()))
    findings.facts["a"] = ScenarioFacts(
        nodeid="a", speed=60, seconds=1, row="flood", expectations={"A": Expectation.MUST}
    )
    assert pickle.loads(pickle.dumps(findings)) == findings  # noqa: S301 - our own
