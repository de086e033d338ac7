"""A replay says what `promtool test rules` says, exactly: of made-up rules over made-up series."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from harness.core.duration import PromDuration
from harness.core.replay.history import RuleHistory
from harness.offline.private_prometheus import PrivatePrometheus, private_prometheus
from harness.offline.replay import EvaluatedGroup, ReplaySetting, replay
from harness.tests.offline.made_up import Example, examples
from harness.tests.offline.promtool_word import LOOKBACK_MS, SETTING, disagreement, samples
from harness.toolchain import Progress, ResolvedTool, Toolchain, ToolName

#: how many are made up: some in each run of the tests, thousands by `make replay-proof`
_EXAMPLES = int(os.environ.get("REPLAY_EXAMPLES", "30"))
#: 2020, in milliseconds; each example has a window of its own, far from the others'
_BEGIN_MS, _WINDOW_MS = 1_577_836_800_000, 3 * 3_600_000


class Windows:
    """A Prometheus for all examples."""

    def __init__(self, prometheus: PrivatePrometheus, promtool: Path) -> None:
        self._prometheus = prometheus
        self.promtool = promtool
        self.count = 0

    def replayed(self, example: Example) -> tuple[int, tuple[RuleHistory, ...]]:
        """The start of its window, and what each rule does in it."""
        start_ms = _BEGIN_MS + self.count * _WINDOW_MS
        self.count += 1
        self._prometheus.add(samples(example, start_ms))
        step_ms = example.evaluation_s * 1_000
        at_ms = tuple(start_ms + number * step_ms for number in range(example.evaluations))
        setting = ReplaySetting(evaluation_ms=step_ms, templates=SETTING)
        groups = [EvaluatedGroup(group=one, at_ms=at_ms) for one in example.groups]
        return start_ms, replay(groups, self._prometheus, self.promtool, setting, start_ms=start_ms, end_ms=at_ms[-1])


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """One Prometheus, and promtool; without them this proves nothing, so it fails."""
    promtool = Toolchain().find(ToolName.PROMTOOL)
    assert isinstance(promtool, ResolvedTool), "`make test` brings it"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBEMIRROR_HARNESS_STATE", str(tmp_path_factory.mktemp("state")))
        with private_prometheus(PromDuration(LOOKBACK_MS), Progress()) as prometheus:
            yield Windows(prometheus, promtool.path)


@settings(max_examples=_EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None, database=None)
@given(example=examples())
def test_a_replay_says_what_promtool_says(windows: Windows, example: Example) -> None:
    """Every alert with its labels and annotations, every series that rules write, every failure, at each evaluation."""
    start_ms, histories = windows.replayed(example)
    assert not [one.untold for one in histories if one.untold]
    with TemporaryDirectory() as directory:
        assert disagreement(example, histories, start_ms, windows.promtool, Path(directory)) == ""
