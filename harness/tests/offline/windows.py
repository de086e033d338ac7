"""A Prometheus for all examples of a module, each with a window of its own in it."""

from pathlib import Path

from harness.core.replay.history import RuleHistory
from harness.offline.private_prometheus import PrivatePrometheus
from harness.offline.replay import EvaluatedGroup, ReplaySetting, replay
from harness.tests.offline.made_up import Example
from harness.tests.offline.promtool_word import SETTING, samples

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
