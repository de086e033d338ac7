"""The replay of each recording of the corpus gives what the live Prometheus wrote, for every alert of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.duration import PromDuration
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.model import AlertingRule, RuleGroup
from harness.offline.over_recording import against_live, replay_recording
from harness.offline.private_prometheus import private_prometheus
from harness.recording.recording import Recording
from harness.tests.offline.windows import Windows
from harness.toolchain import Progress

_CORPUS = Path(__file__).parents[1] / "data" / "corpus"
_FIRES = "test_workqueue_depth_high"


def _replayed(recording: Recording, promtool: Path, groups: tuple[RuleGroup, ...]) -> tuple[int, int, int]:
    """How many rules could not be told, evaluations of alerts were compared, and differ."""
    with private_prometheus(recording.lookback, Progress()) as prometheus:
        found = replay_recording(recording, groups, prometheus, promtool)
    alerts = [one for one in found if isinstance(one.placed.rule, AlertingRule)]
    evaluations = sum(len(one.steps) for one in alerts)
    return sum(one.untold is not None for one in found), evaluations, len(against_live(recording, found))


@pytest.mark.parametrize("path", sorted(_CORPUS.iterdir()), ids=lambda path: path.name)
def test_a_replay_gives_what_was_seen_live(windows: Windows, path: Path) -> None:
    """Within one evaluation, at each evaluation; of all rules, and of none too few evaluations."""
    recording = Recording.read(path)
    beats = [one for one in recording.recorded.series() if one.labels["__name__"] == HEARTBEAT]
    made = min(len(one.points) for one in beats)
    untold, evaluations, different = _replayed(recording, windows.promtool, recording.groups)
    assert (untold, different) == (0, 0)
    # those from before there are samples from as far back as a rule looks are taken as they were recorded
    assert evaluations > 8 * made * 0.25


@pytest.mark.parametrize("changed", ["for", "threshold", "keep_firing_for"])
def test_a_rule_that_is_another_is_found_to_differ(windows: Windows, changed: str) -> None:
    """Else no difference would prove nothing."""
    recording = Recording.read(next(path for path in _CORPUS.iterdir() if path.name.startswith(_FIRES)))

    def other(rule: AlertingRule) -> AlertingRule:
        if changed == "for":
            return replace(rule, hold=PromDuration(rule.hold.ms + 1_500))
        if changed == "threshold":
            return replace(rule, expr=rule.expr.replace("> 100", "> 1000"))
        return replace(rule, keep_firing_for=PromDuration(1_500))

    groups = tuple(
        replace(group, rules=tuple(other(rule) if isinstance(rule, AlertingRule) else rule for rule in group.rules))
        for group in recording.groups
    )
    assert _replayed(recording, windows.promtool, groups)[2] > 0
