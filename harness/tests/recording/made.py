"""A recording of a few samples, as tests of several rooms want it."""

from pathlib import Path
from typing import Any

from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.samples import STALE, Point, Series
from harness.recording.facts import Facts, Setting
from harness.recording.samples_file import Samples
from harness.recording.writing import Taken, write_recording

#: long ago: no retention may take it away
START_S = 1_600_000_000.0
SETTING = Setting(
    stack="embedded",
    run="r",
    speed=60.0,
    scrape_s=1.0,
    evaluation_s=1.0,
    lookback_s=5.0,
    resend_s=1.0,
    namespace="ns",
    job="j",
)
RULES = """groups:
- name: g
  interval: 1s
  rules:
  - alert: A
    expr: depth > 1
  - record: harness:evaluated
    expr: vector(1)
    labels:
      rule_group: g
"""


def series(name: str, *values: float, start_s: float = START_S, step_s: float = 1.0, **labels: str) -> Series:
    """Samples a step apart."""
    points = tuple(Point(at_s=start_s + number * step_s, value=value) for number, value in enumerate(values))
    return Series(labels={"__name__": name, **labels}, points=points)


def up(*values: float, **labels: str) -> Series:
    """Scrapes, a second apart."""
    points = tuple(Point(at_s=START_S + number, value=value) for number, value in enumerate(values))
    return Series(labels={"__name__": "up", **labels}, points=points)


def beats(count: int = 6, **labels: str) -> Series:
    """Evaluations, a second apart."""
    points = tuple(Point(at_s=START_S + number, value=1.0) for number in range(count))
    return Series(labels={"__name__": HEARTBEAT, "rule_group": "g", **labels}, points=points)


def firing() -> Series:
    """Three evaluations and the end."""
    return series("ALERTS", 1.0, 1.0, 1.0, STALE, alertname="A", alertstate="firing")


def taken(*, scraped: tuple[Series, ...] = (), recorded: tuple[Series, ...] = (), **facts: Any) -> Taken:
    """To be written: six seconds in which all was as it should be, unless something else is said."""
    said = {"about": "t.py::test_it", "setting": SETTING, "start_s": START_S, "end_s": START_S + 5, **facts}
    return Taken(
        facts=Facts(**said),
        scraped=Samples.of(scraped or (up(1, 1, 1, 1, 1, 1),)),
        recorded=Samples.of(recorded or (beats(), firing())),
        rules=RULES,
        contract="alerts: []\n",
    )


def recording(directory: Path, **changes: Any) -> Path:
    """One that is written; its directory."""
    return write_recording(taken(**changes), directory / "made")
