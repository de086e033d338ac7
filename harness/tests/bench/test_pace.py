"""The pace counts the documented `for` of alerts that were judged on firing, and nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.bench.pace import Pace, pace_of
from harness.core.errors import MisuseError
from harness.core.findings import Kind
from harness.core.judge import Judgement, judge_life, judge_metric
from harness.core.verdict import Verdict
from harness.report.results_file import read_results
from harness.report.schema import Results
from harness.tests.core.judge.world import PROMISE, World
from harness.tests.report.book import CONTRACT, Book


def results(*judgements: Judgement, duration_s: float = 60.0) -> Results:
    """A run with these scenarios about the one alert of the contract, documented to hold for ten minutes."""
    book = Book()
    for number, judgement in enumerate(judgements):
        book.add(f"scenarios/a.py::test_{number}", judgement)
    book.add("scenarios/a.py::metrics", judge_metric(CONTRACT.metrics[0], [], None), kind=Kind.METRIC)
    return book.results(duration_s=duration_s)


VERIFIED = judge_life(World().case())
LATE = judge_life(World(hold_s=30).case())
EARLY = judge_life(World(hold_s=10).case())
BLIND = replace(VERIFIED, verdict=Verdict.UNKNOWN, findings=())


def test_only_lives_that_lasted_their_for_count() -> None:
    """An alert that did not fire in time was waited for like one that did; one that fired early was not."""
    documented_s = PROMISE.hold.seconds
    pace = pace_of(results(VERIFIED, LATE, EARLY, BLIND))
    assert pace == Pace(lives=2, documented_s=2 * documented_s, held_s=2 * documented_s / 60, wall_s=60.0, speed=60)
    assert pace.per_minute == pytest.approx(2 * documented_s / 60)
    assert pace.holding_ratio == pytest.approx(2 * documented_s / 60 / 60)


def test_a_life_at_a_lower_speed_was_held_for_longer() -> None:
    """A suite has scenarios of several speeds; what they held the machine for is each one's own."""
    found = results(VERIFIED, LATE)
    slower = [one.model_copy(update={"speed": 15}) if "test_0" in one.nodeid else one for one in found.scenarios]
    pace = pace_of(found.model_copy(update={"scenarios": slower}))
    assert pace.held_s == pytest.approx(PROMISE.hold.seconds / 15 + PROMISE.hold.seconds / 60)


def test_a_run_without_lives_has_no_pace_to_be_proud_of() -> None:
    """Scenarios about silence, metrics or rules hold nothing for a `for`."""
    assert pace_of(results(BLIND)).documented_s == 0


def test_a_run_that_took_no_time_is_refused() -> None:
    """Instead of a division by zero."""
    with pytest.raises(MisuseError, match="no pace"):
        pace_of(results(VERIFIED, duration_s=0))


def test_the_file_of_a_run_is_read(tmp_path: Path) -> None:
    """As `--results` wrote it."""
    file = tmp_path / "results.json"
    file.write_text(results(VERIFIED).model_dump_json())
    assert pace_of(read_results(file)).lives == 1


@pytest.mark.parametrize("text", ["{", json.dumps({"schema_version": 2}), "\xff"], ids=["no-json", "other", "no-utf8"])
def test_a_file_that_is_none_is_misuse(tmp_path: Path, text: str) -> None:
    """Named, with what to give instead."""
    file = tmp_path / "results.json"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(MisuseError, match=r"results\.json holds no results") as caught:
        pace_of(read_results(file))
    assert caught.value.exit_code == 2
    with pytest.raises(MisuseError):
        read_results(tmp_path / "absent.json")
