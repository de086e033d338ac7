"""A subject is refused for what is in its files, before anything starts, by what its kind of stack can do."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.main import _DEFAULT_SUBJECT
from harness.core.errors import MisuseError
from harness.core.speed import Speed, SpeedError
from harness.core.subject import Subject
from harness.stacks.checked import MONITORING_NAMESPACE, chart_values, checked_chart
from harness.stacks.rhythm import EMBEDDED, EXISTING, KIND, StackTraits
from harness.subject_reader import read_subject

_SUBJECT, _ = read_subject(_DEFAULT_SUBJECT)


def with_values(tmp_path: Path, text: str | bytes) -> Subject:
    """The default subject with this values file."""
    file = tmp_path / "values.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return replace(_SUBJECT, files=replace(_SUBJECT.files, chart_values=file))


@pytest.mark.parametrize("traits", [EMBEDDED, KIND, EXISTING], ids=lambda traits: traits.name)
def test_the_default_subject_works_at_the_default_speed(traits: StackTraits) -> None:
    """Of each kind of stack; release and namespace are the documented ones."""
    chart = checked_chart(_SUBJECT, traits, traits.default_speed)
    assert (chart.release, chart.namespace) == (_SUBJECT.release, MONITORING_NAMESPACE)


def test_how_fast_it_may_go_depends_on_the_kind() -> None:
    """What one keeps up with is too much for another."""
    checked_chart(_SUBJECT, EMBEDDED, Speed(120))
    with pytest.raises(SpeedError, match="speed 120 is too high"):
        checked_chart(_SUBJECT, EXISTING, Speed(120))


def test_the_documented_intervals_count(tmp_path: Path) -> None:
    """A scrape every ten minutes leaves the same rules too little to look at."""
    slow = with_values(tmp_path, 'prometheus: {prometheusSpec: {scrapeInterval: "10m", evaluationInterval: "10m"}}')
    assert str(checked_chart(slow, EMBEDDED, Speed(1)).prometheus.scrape_interval) == "10m"
    checked_chart(with_values(tmp_path, ""), EMBEDDED, Speed(60))


@pytest.mark.parametrize("text", ["a: [", b"a: \xff"], ids=["yaml", "encoding"])
def test_values_that_are_no_yaml_are_named(tmp_path: Path, text: str | bytes) -> None:
    """By their file."""
    with pytest.raises(MisuseError, match=r"values\.yaml is no YAML"):
        chart_values(with_values(tmp_path, text))


def test_rules_that_prometheus_would_refuse_are_refused(tmp_path: Path) -> None:
    """As it would."""
    rules = tmp_path / "rules.yaml"
    text = Path(_SUBJECT.files.rules).read_text()
    rules.write_text(text.replace("expr: ", "expr: ((", 1))
    with pytest.raises(MisuseError):
        checked_chart(replace(_SUBJECT, files=replace(_SUBJECT.files, rules=rules)), EMBEDDED, Speed(1))
