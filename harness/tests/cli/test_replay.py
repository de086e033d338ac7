"""`harness replay`: what rules would have done, told, and nothing left of it afterwards."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from rich.console import Console

from harness.cli.replay import replay
from harness.core.errors import MisuseError
from harness.core.rules.file import RuleFileError
from harness.stacks.run import known_runs
from harness.tests.recording.made import START_S, beats, recording, series, up

_RULES = """groups:
- name: g
  interval: 1m
  rules:
  - {record: "a:b", expr: "depth * 2"}
  - {alert: Deep, expr: "a:b > 15", for: 2m, labels: {severity: page}}
  - {alert: Fires, expr: "depth > 9"}
  - {alert: Never, expr: "depth > 100"}
"""


def _recorded(directory: Path, depth: int = 20) -> Path:
    scraped = (series("depth", *range(depth), pod="a"), up(*[1.0] * 20))
    return recording(directory, scraped=scraped, recorded=(beats(20),), end_s=START_S + 19, instants={"start": START_S})


def _told(path: Path, rules: Path | None = None, **options: bool) -> tuple[int, str]:
    out = io.StringIO()
    code = replay(path, Console(file=out, width=40), rules=rules, hold=lambda _ended: None, **options)
    assert not known_runs()
    return code, out.getvalue()


def test_its_own_rules_are_told(tmp_path: Path) -> None:
    """From the start, in seconds of the clock."""
    code, told = _told(_recorded(tmp_path))
    assert code == 0
    assert "its own rules, at speed 60" in told
    assert 'A {pod="a"}: firing +5.00 s, at the end still' in told


def test_others_are_scaled_and_told(tmp_path: Path) -> None:
    """Every duration divided by the recording's speed, which is said."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(_RULES)
    code, told = _told(_recorded(tmp_path, depth=16), rules)
    assert code == 0
    assert "every duration divided by the speed, 60" in told
    assert 'Deep {pod="a", severity="page"}: pending +10.00 s or before, firing +12.00 s, at the end still' in told
    assert 'Fires {pod="a"}: firing +10.00 s, at the end still' in told
    assert "never active: Never" in told
    assert "a:b: 1 series, 15 samples in 15 evaluations" in told


def test_what_cannot_be_told_is_said_with_its_exit_code(tmp_path: Path) -> None:
    """The rest is told all the same."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(_RULES.replace("depth > 100", "rate(depth[1h]) > 0"))
    code, told = _told(_recorded(tmp_path), rules)
    assert code == 3
    assert "Never (rule 4 of g) cannot be told: it rests on samples of the last 1m, and the recording spans 19s" in told
    assert 'Fires {pod="a"}' in told


def test_a_failure_and_a_series_of_two_rules_are_said(tmp_path: Path) -> None:
    """In Prometheus's words, once."""
    rules = tmp_path / "rules.yaml"
    expr = "label_replace(depth, 'pod', '', '', '') or depth"
    rules.write_text(
        f'groups: [{{name: g, limit: 1, rules: [{{record: c, expr: "{expr}"}}, {{record: d, expr: depth}}, '
        "{record: d, expr: depth + 1}]}]"
    )
    code, told = _told(_recorded(tmp_path), rules)
    assert code == 0
    assert "c (rule 1 of g) failed in 15 of 15 evaluations: exceeded limit of 1 with 2 series" in told
    assert "d (rule 3 of g) wrote what another rule had written, 15 times: duplicate sample for timestamp" in told


def test_programs_get_the_same(tmp_path: Path) -> None:
    """Instants in Unix seconds."""
    code, told = _told(_recorded(tmp_path), as_json=True)
    document = json.loads(told)
    (alert,) = document["rules"]
    assert (code, document["speed"], document["scaled"]) == (0, 60.0, False)
    assert (alert["rule"], alert["kind"], alert["number"], alert["untold"]) == ("A", "alert", 1, None)
    (line,) = alert["timelines"]
    assert line["labels"] == {"alertname": "A", "pod": "a"}
    assert {"at_s": START_S + 5, "state": "firing"} in line["changes"]


def test_the_prometheus_is_left_with_what_rules_wrote(tmp_path: Path) -> None:
    """Until somebody has seen enough."""
    out = io.StringIO()
    seen: list[str] = []

    def hold(ended: Callable[[], str | None]) -> None:
        assert ended() is None
        url = next(line.split()[-1] for line in out.getvalue().splitlines() if line.startswith("Prometheus"))
        asked = {"query": "ALERTS", "time": str(START_S + 10)}
        found = requests.get(f"{url}/api/v1/query", params=asked, timeout=10).json()["data"]["result"]
        seen.extend(one["metric"]["alertname"] for one in found)

    assert replay(_recorded(tmp_path), Console(file=out, width=400), serve=True, hold=hold) == 0
    assert seen == ["A"]
    assert not known_runs()


def test_rules_that_are_none_are_refused_before_anything_starts(tmp_path: Path) -> None:
    """With the line, or with Prometheus's words."""
    rules = tmp_path / "rules.yaml"
    path = _recorded(tmp_path)
    rules.write_text("groups: [{name: g, rules: [{alert: A, expr: '('}]}]")
    with pytest.raises(RuleFileError):
        _told(path, rules)
    rules.write_text("groups: [{name: g, rules: [{alert: A, expr: up, annotations: {a: '{{ nosuch }}'}}]}]")
    with pytest.raises(MisuseError, match="Prometheus would not load"):
        _told(path, rules)
    with pytest.raises(MisuseError, match="rules"):
        _told(path, tmp_path / "none.yaml")


def test_what_is_no_recording_or_an_empty_one_is_refused(tmp_path: Path) -> None:
    """There is nothing to replay."""
    with pytest.raises(MisuseError, match="no recording that can be used"):
        _told(tmp_path)
