"""Settings: what is the same on every cluster is compared, what names one of them is not."""

from dataclasses import replace
from typing import Any

import pytest

from harness.core.configuration_snapshot import (
    PARTS,
    ConfigSnapshot,
    SettingDifference,
    series_lines,
    setting_differences,
)

_SERIES = {"__name__": "up", "job": "kubelet", "namespace": "mirror", "pod": "c-1", "instance": "10.0.0.1:8080"}
_SETTING = ConfigSnapshot(
    speed=30, evaluation_s=1, series=("up{job}",), rules=("r",), routes=("root",), inhibitions=("i",)
)


def test_a_series_is_told_by_what_it_means() -> None:
    """Pods and addresses by their label's name alone; two pods are one kind of series."""
    other = {**_SERIES, "pod": "c-2", "instance": "10.0.0.2:8080"}
    assert series_lines("up", [_SERIES, other]) == ('up{instance, job="kubelet", namespace="mirror", pod}',)


@pytest.mark.parametrize(
    "change", [{"job": "other"}, {"namespace": "x"}, {"node": "n"}], ids=["a job", "a namespace", "one label more"]
)
def test_a_label_that_is_another_shows(change: dict[str, str]) -> None:
    """Its value where that is meant, its presence in any case."""
    assert series_lines("up", [{**_SERIES, **change}]) != series_lines("up", [_SERIES])


def test_a_metric_without_series_shows() -> None:
    """It is a line of its own: the other stack may have some."""
    assert series_lines("up", []) == ("up (no series)",)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_compared_line_by_line(part: str) -> None:
    """What only one has is told, and which of them; what both have is not."""
    (line,) = getattr(_SETTING, part)
    more: dict[str, Any] = {part: (line, "more")}
    other = replace(_SETTING, **more)
    assert setting_differences(_SETTING, other) == (SettingDifference(part=part, line="more", first=False),)
    assert setting_differences(other, _SETTING) == (SettingDifference(part=part, line="more", first=True),)
    assert setting_differences(other, other) == ()
