"""Samples as OpenMetrics: what is written is what a parser reads, and what promtool makes blocks of."""

import math
import re
import subprocess
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from harness.core.samples import Point, Series
from harness.recording.openmetrics import openmetrics
from harness.toolchain import ResolvedTool, Toolchain, ToolName


def _series(metric: str, /, *values: float, **labels: str) -> Series:
    points = tuple(Point(at_s=1_700_000_000.25 + at, value=value) for at, value in enumerate(values))
    return Series(labels={"__name__": metric, **labels}, points=points)


def _read_back(text: str) -> Sample:
    """The one sample of a text."""
    (family,) = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    sample: Sample
    (sample,) = family.samples
    return sample


def test_each_sample_is_a_line_with_its_instant() -> None:
    """Those of one metric together; nothing is rounded."""
    found = [_series("up", 1, 0, job="b"), _series("depth", 0.1), _series("up", 1, job="a")]
    assert openmetrics(found) == (
        "depth{} 0.1 1700000000.250\n"
        'up{job="a"} 1 1700000000.250\n'
        'up{job="b"} 1 1700000000.250\n'
        'up{job="b"} 0 1700000001.250\n'
        "# EOF\n"
    )
    assert openmetrics([]) == "# EOF\n"


@pytest.mark.parametrize("value", ["plain", 'a "b" \\ c\nd', "", "{x} # y", "ümlaut"])
def test_a_label_reads_back_as_it_was(value: str) -> None:
    """Also what looks like syntax."""
    sample = _read_back(openmetrics([_series("up", 1, job=value)]))
    assert (sample.name, sample.labels, sample.value) == ("up", {"job": value}, 1.0)
    assert str(sample.timestamp) == "1700000000.250000000"


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e300, -0.1, 2.0**60])
def test_a_value_reads_back_as_it_was(value: float) -> None:
    """To the last bit."""
    assert _read_back(openmetrics([_series("v", value)])).value == value


def test_what_is_not_a_number_is_written_as_such() -> None:
    """A quantile of nothing."""
    assert math.isnan(_read_back(openmetrics([_series("v", math.nan)])).value)


def test_names_of_the_new_kind_are_quoted() -> None:
    """Prometheus has taken any text since version 3."""
    found = openmetrics([_series("with.dot", 1, **{"a/b": "c"})])
    assert found.startswith('{"with.dot","a/b"="c"} 1 ')


def test_promtool_makes_blocks_of_it(tmp_path: Path) -> None:
    """The pinned one; without it this proves nothing, so it fails."""
    tool = Toolchain().find(ToolName.PROMTOOL)
    assert isinstance(tool, ResolvedTool), "`make test` brings it"
    found = [
        _series("ALERTS", 1, 1, alertname="A", alertstate="firing"),
        _series("depth", math.nan, math.inf, name='a "b"'),
        _series("with.dot", 1, **{"a/b": "c"}),
        _series("requests_total", 1, 2),
        _series("latency_bucket", 1, le="+Inf"),
    ]
    (tmp_path / "samples").write_text(openmetrics(found))
    ran = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True, check=False)
    made = ran([tool.path, "tsdb", "create-blocks-from", "openmetrics", "samples", "data"])
    assert made.returncode == 0, made.stdout + made.stderr
    heading, block = ran([tool.path, "tsdb", "list", "data"]).stdout.splitlines()
    assert re.split(r" {2,}", heading)[4] == "NUM SAMPLES", heading
    assert block.split()[4] == "8", block
