"""An idle stack is left alone, and what Prometheus does is told per scrape."""

import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from harness.bench.idle import Scraping, measure_idle
from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_MARK
from harness.core.samples import Point, Series
from harness.scenario.stack_handles import StackHandles
from harness.tests.faults.fake_api import subject
from harness.waiting import AwaitedGoneError


def handles(
    *samples: float, run_id: str = "no-such-run", ended: Callable[[], str | None] = lambda: None
) -> StackHandles:
    """A stack whose targets gave so many samples each."""
    series = tuple(
        Series(labels={"job": str(number)}, points=(Point(at_s=1.0, value=value),))
        for number, value in enumerate(samples)
    )
    made = SimpleNamespace(
        subject=subject(),
        facts=SimpleNamespace(run_id=run_id, scrape_s=0.5),
        stack=SimpleNamespace(ended=ended),
        prometheus=SimpleNamespace(instant=lambda query: series if query == "scrape_samples_scraped" else ()),
    )
    return cast("StackHandles", made)


def test_scraping_is_told_per_scrape() -> None:
    """Three targets every half second are 6 scrapes a second: 3 % of a core is 5 ms for each."""
    scraping = Scraping(targets=3, interval_s=0.5, samples=240, cpu_ratio=0.03)
    assert scraping.scrapes_per_s == 6
    assert scraping.samples_per_s == 480
    assert scraping.cpu_ms_per_scrape == pytest.approx(5)
    assert Scraping(targets=0, interval_s=0.5, samples=0, cpu_ratio=0.03).cpu_ms_per_scrape is None


def test_the_cost_of_scraping_is_that_of_the_prometheus_process() -> None:
    """Found by its mark and its name; its targets are those that gave samples."""
    run_id = f"bench-idle-{os.getpid()}"
    line = "import sys; print('up', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        ["prometheus", "-c", line],
        executable=sys.executable,
        env={RUN_MARK: run_id},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        found = measure_idle(handles(200, 35, run_id=run_id), seconds=0, settle_s=0)
        with pytest.raises(CouldNotTellError, match="scrape_samples_scraped"):
            measure_idle(handles(run_id=run_id), seconds=0, settle_s=0)
        process.communicate("")
    assert [one.name for one in found.usage.components] == ["prometheus"]
    assert found.scraping is not None
    assert (found.scraping.targets, found.scraping.samples) == (2, 235)


def test_without_prometheus_nothing_is_said_about_scraping() -> None:
    """Not that it costs nothing."""
    assert measure_idle(handles(200), seconds=0, settle_s=0).scraping is None


def test_a_component_that_dies_ends_the_measurement() -> None:
    """A stack that falls apart is not idle."""
    with pytest.raises(AwaitedGoneError):
        measure_idle(handles(200, ended=lambda: "etcd ended by signal 9"), seconds=3_600, settle_s=0)
