"""Labels and annotations are rendered by Prometheus's own code, whatever is in them."""

import math
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import CouldNotTellError
from harness.core.replay.labels import Element, label_set
from harness.toolchain import ResolvedTool, Toolchain, ToolName
from harness.toolchain.promtool_alerts import Rendered, Templates, TemplateSetting, render_alerts

_ELEMENT = Element(labels=label_set({"__name__": "up", "pod": "a", "job.name": "é"}), value=0.25)


@pytest.fixture(scope="module")
def promtool() -> Path:
    """The pinned one; without it this proves nothing, so it fails."""
    tool = Toolchain().find(ToolName.PROMTOOL)
    assert isinstance(tool, ResolvedTool), "`make test` brings it"
    return tool.path


def _annotation(text: str, promtool: Path, element: Element = _ELEMENT, *, at_ms: int = 0) -> str:
    asked = Templates(alertname="A", labels={}, annotations={"text": text}, element=element, at_ms=at_ms)
    (rendered,) = render_alerts([asked], promtool)
    return rendered.annotations["text"]


def test_labels_and_annotations_come_to_what_prometheus_makes_of_them(promtool: Path) -> None:
    """A label of the series that the rule has too is the rule's; one that comes to nothing is empty."""
    asked = Templates(
        alertname='A "b"',
        labels={"pod": "{{ $labels.pod }}!", "none": "{{ $labels.none }}", "fixed": "x"},
        annotations={"text": "{{ $value | humanizePercentage }} of {{ $labels.pod }}", "plain": "12.5%%"},
        element=_ELEMENT,
    )
    assert render_alerts([asked], promtool) == (
        Rendered(labels={"pod": "a!", "none": "", "fixed": "x"}, annotations={"text": "25% of a", "plain": "12.5%%"}),
    )
    assert render_alerts([], promtool) == ()


def test_many_are_rendered_in_one_go_each_with_its_own_series_value_and_instant(promtool: Path) -> None:
    """Also where all else is the same."""
    values = (math.nan, math.inf, -math.inf, -0.0, 1e300, -1.5, 5e-324)
    asked = [
        Templates(
            alertname="A",
            labels={},
            annotations={"text": "{{ $value }} {{ now }}"},
            element=Element(labels=(), value=value),
            at_ms=at_ms,
        )
        for value in values
        for at_ms in (1_700_000_000_123, 1_700_000_000_124)
    ]
    found = [one.annotations["text"].split() for one in render_alerts(asked, promtool)]
    assert [text for text, _ in found[::2]] == ["NaN", "+Inf", "-Inf", "-0", "1e+300", "-1.5", "5e-324"]
    assert {text for _, text in found} == {"1.700000000123e+09", "1.700000000124e+09"}


def test_a_series_without_a_name_has_none_and_one_with_a_name_has_it(promtool: Path) -> None:
    """As the expression gave it."""
    text = "{{ range $name, $value := $labels }}{{ $name }}={{ $value }};{{ end }}"
    assert _annotation(text, promtool) == "__name__=up;job.name=é;pod=a;"
    assert _annotation(text, promtool, Element(labels=(), value=1.0)) == ""


def test_a_template_that_fails_comes_to_prometheus_words_about_it(promtool: Path) -> None:
    """They are what the alert carries."""
    assert _annotation("{{ first nil }}", promtool).startswith(
        "<error expanding template: error executing template __alert_A: template: __alert_A:1:"
    )


def test_what_is_external_is_given(promtool: Path) -> None:
    """By whoever knows it."""
    asked = Templates(
        alertname="A",
        labels={},
        annotations={"text": "{{ $externalLabels.cluster }} {{ $externalURL }}"},
        element=_ELEMENT,
    )
    setting = TemplateSetting(external_labels={"cluster": "moon"}, external_url="http://p.example")
    (rendered,) = render_alerts([asked], promtool, setting)
    assert rendered.annotations["text"] == "moon http://p.example"


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(max_examples=20)
@given(label=_TEXT.filter(bool), name=_TEXT.filter(bool), annotation=_TEXT.filter(lambda text: "{{" not in text))
def test_any_text_comes_through_as_it_is(promtool: Path, label: str, name: str, annotation: str) -> None:
    """Quotes, line ends, what no terminal shows: in labels, names and annotations."""
    element = Element(labels=label_set({"pod": label}), value=1.0)
    asked = Templates(
        alertname=name,
        labels={"own": "{{ $labels.pod }}"},
        annotations={"text": annotation, "label": "{{ $labels.pod }}"},
        element=element,
    )
    (rendered,) = render_alerts([asked], promtool)
    assert rendered == Rendered(labels={"own": label}, annotations={"text": annotation, "label": label})


def test_a_promtool_that_says_nothing_of_it_is_an_error(promtool: Path, tmp_path: Path) -> None:
    """So is a rule that it does not load, and a program that is not there."""
    asked = [Templates(alertname="A", labels={}, annotations={"text": "{{ nosuch }}"}, element=_ELEMENT)]
    with pytest.raises(CouldNotTellError, match="nosuch"):
        render_alerts(asked, promtool)
    program = tmp_path / "promtool"
    with pytest.raises(CouldNotTellError, match="No such file"):
        render_alerts(asked, program)
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(CouldNotTellError, match="could not be rendered"):
        render_alerts(asked, program)
