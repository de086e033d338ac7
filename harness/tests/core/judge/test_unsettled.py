"""Unsettled: what was pending when a watch ended, and for how long it had been."""

from dataclasses import replace

import pytest

from harness.core.judge.unsettled import unsettled
from harness.core.timeline import Timeline
from harness.tests.core.judge.world import INJECT, World


def _pending_from(at_s: float, name: str = "secret") -> Timeline:
    """A label set whose condition began so long after the injection, and went on."""
    labels = {"severity": "warning", "component": "kubemirror", "name": name}
    (line,) = World(value=lambda t: 240 if t >= INJECT + at_s else 0, hold_s=60, labels=labels).timelines()
    return line


@pytest.mark.parametrize("swapped", [False, True])
def test_of_several_the_one_that_was_pending_longest_is_told(swapped: bool) -> None:
    """Wherever it stands: it is the nearest to firing."""
    lines = [_pending_from(4, "late"), _pending_from(1, "early")]
    left = unsettled(reversed(lines) if swapped else lines, [INJECT + 9])
    assert left is not None
    assert left.line.labels["name"] == "early"
    assert left.pending_s == pytest.approx(7.5)


def test_it_is_pending_from_the_evaluation_that_finds_it_so() -> None:
    """Of a watch that ends with that one, it had been so for no time yet; of one that ends before, not at all."""
    line = _pending_from(1)
    (life,) = line.episodes
    left = unsettled([line], [life.pending_at_s])
    assert left is not None
    assert left.pending_s == 0
    assert unsettled([line], [life.pending_at_s - 0.01]) is None


def test_what_fired_or_is_over_is_settled() -> None:
    """And so is what nobody evaluated before the watch ended."""
    line = _pending_from(1)
    fired = World(hold_s=5).timelines()
    assert unsettled(fired, [INJECT + 10, INJECT + 35]) is None
    assert unsettled([replace(line, moments=())], [INJECT + 9]) is None
