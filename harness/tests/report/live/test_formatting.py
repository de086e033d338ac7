"""How things are said on one line."""

import math
from dataclasses import replace

import pytest

from harness.core.events import AlertIs, Watched, WitnessSaw
from harness.core.timeline import AlertState
from harness.report.live.formatting import seen, state_of, title_of
from harness.tests.report.live.telling import DEEP, START_S, saw, state


@pytest.mark.parametrize(
    ("nodeid", "about", "title"),
    [
        ("s/test_x.py::test_a_flood_pages[QueueDeep]", ("QueueDeep",), "QueueDeep: a flood pages"),
        ("s/test_x.py::test_it_pages[QueueDeep-crash-loop]", ("QueueDeep",), "QueueDeep: it pages [crash-loop]"),
        ("s/test_x.py::test_it_pages[crash-loop-QueueDeep]", ("QueueDeep",), "QueueDeep: it pages [crash-loop]"),
        ("s/test_x.py::test_both[A+B]", ("A", "B"), "A, B: both"),
        ("s/test_x.py::test_idle[4 alerts]", ("A", "B", "C", "D"), "4 alerts: idle"),
        ("s/test_x.py::test_rates_under_load", (), "rates under load"),
        ("s/test_x.py::test_x[a\x1b[2Jb]", (), r"x [a\x1b[2Jb]"),
        ("s/test_x.py::test_it_pages[QueueDeep, speed 15]", ("QueueDeep",), "QueueDeep: it pages, at speed 15"),
        (
            "s/test_x.py::test_one_killed_pod_that_comes_back[4 alerts, speed 15]",
            ("A", "B", "C", "D"),
            "4 alerts: one killed pod that comes back, at speed 15",
        ),
        ("s/test_x.py::test_rates[speed 2.5-busy]", (), "rates [busy], at speed 2.5"),
        ("", (), ""),
    ],
    ids=[
        "alert",
        "parameter",
        "parameter before",
        "two",
        "many",
        "survey",
        "hostile",
        "slow",
        "many slow",
        "slow survey",
        "nothing",
    ],
)
def test_a_title_says_each_thing_once(nodeid: str, about: tuple[str, ...], title: str) -> None:
    """The alert's name, the claim, and only those parameters that say more."""
    assert title_of(nodeid, about) == title


@pytest.mark.parametrize(
    ("watched", "seen_", "text"),
    [
        (DEEP, None, ""),
        (DEEP, saw(145, holds=True), "145 items > 100"),
        (DEEP, saw(90, holds=False), "90 items, not > 100"),
        (DEEP, saw(90, holds=None), "90 items, perhaps > 100"),
        (replace(DEEP, unit="ratio", threshold=0.1), saw(0.125, holds=True), "12.5 % > 10 %"),
        (replace(DEEP, unit="seconds", threshold=5), saw(5.25, holds=True), "5.25 s > 5 s"),
        (replace(DEEP, unit="replicas", side="<", threshold=1), saw(0, holds=True), "0 replicas < 1"),
        (replace(DEEP, unit="replicas", side="<", threshold=1), saw(1, holds=False), "1 replica, not < 1"),
        (DEEP, saw(math.nan, holds=False), "nan items, not > 100"),
        (DEEP, saw(None, holds=None, note="no pod\nanswers"), r"no pod\nanswers"),
        (DEEP, saw(None, holds=None), "nothing seen"),
    ],
    ids=[
        "not yet",
        "above",
        "below",
        "unclear",
        "ratio",
        "seconds",
        "replicas",
        "replica",
        "no number",
        "note",
        "no note",
    ],
)
def test_a_value_stands_beside_its_threshold(watched: Watched, seen_: WitnessSaw | None, text: str) -> None:
    """With its unit, and never as if a condition held that does not."""
    assert seen(watched, seen_) == text


@pytest.mark.parametrize(
    ("now", "after_s", "text"),
    [
        (None, 0, ""),
        (state(AlertState.INACTIVE), 0, "inactive"),
        (state(AlertState.PENDING, 0), 6.5, "pending 6.5 of 15.0 s (15m)"),
        (state(AlertState.PENDING, 0), 15.0, "pending 15.0 of 15.0 s (15m), due"),
        (state(AlertState.PENDING, 0), 99.0, "pending 99.0 of 15.0 s (15m), due"),
        (state(AlertState.PENDING, 1), 0.4, "pending 0.0 of 15.0 s (15m)"),
        (state(AlertState.PENDING), 6.5, "pending"),
        (state(AlertState.FIRING, 0), 20, "firing"),
        (state(AlertState.UNKNOWN, note="refused"), 0, "could not look: refused"),
    ],
    ids=["not yet", "inactive", "pending", "due", "overdue", "clock behind", "since when?", "firing", "unknown"],
)
def test_a_pending_alert_counts_in_the_clock_of_its_line(now: AlertIs | None, after_s: float, text: str) -> None:
    """Seconds of the clock, as the line begins with; what is documented stands beside."""
    assert state_of(DEEP, now, speed=60, now_s=START_S + after_s) == text


def test_the_speed_matters() -> None:
    """At speed 1 both times are one."""
    now = state(AlertState.PENDING, 0)
    assert state_of(DEEP, now, speed=1, now_s=START_S + 60) == "pending 60.0 of 900.0 s"
