"""What alerts carry: exactly the documented labels, and texts that say what is so."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.core.contract.model import AnnotationPromise, Carries
from harness.core.contract.quantity import Quantity, Unit
from harness.core.measured.carried import Alerted, annotations_line, labels_line
from harness.core.measured.scene import Phase, Scene
from harness.core.measured.situations import Kind, Trial
from harness.core.measured.state import State
from harness.core.verdict import Verdict
from harness.tests.core.measured.made_up import promise

_PROMISE = replace(
    promise(Quantity.FAILED_RECONCILES, value=0.1, unit=Unit.RATIO, instance_labels=("controller",)),
    labels={"component": "mirror"},
    annotations=(AnnotationPromise(name="description", carries=Carries.PERCENTAGE, labels=("controller",)),),
)
_TRIAL = Trial(kind=Kind.LEVEL, scene=Scene(name="they fail", phases=(Phase(lasts_s=60, state=State()),)))
_LABELS = {"alertname": "Promised", "severity": "warning", "component": "mirror", "controller": "secret"}


def _alerted(labels: Mapping[str, str] = _LABELS, text: str = "20% of secret fail", truth: float = 0.2) -> Alerted:
    return Alerted(trial=_TRIAL, labels=labels, annotations={"description": text}, truth=truth)


def test_the_documented_labels_and_no_others() -> None:
    """Told by those of the first alert."""
    line = labels_line(_PROMISE, [_alerted()])
    assert line.verdict is Verdict.VERIFIED
    assert line.expected == 'exactly component="mirror", severity="warning", controller'


@pytest.mark.parametrize(
    ("labels", "actual"),
    [
        ({**_LABELS, "severity": "critical"}, 'severity="critical" instead of severity="warning"'),
        ({name: value for name, value in _LABELS.items() if name != "controller"}, "controller missing"),
        ({**_LABELS, "pod": "a"}, 'pod="a" too much'),
    ],
)
def test_another_label_is_told(labels: Mapping[str, str], actual: str) -> None:
    """Of one alert among good ones."""
    line = labels_line(_PROMISE, [_alerted(), _alerted(labels)])
    assert (line.verdict, line.actual) == (Verdict.VIOLATED, actual)


@pytest.mark.parametrize(
    ("text", "actual"),
    [
        ("0.2% of secret fail", "carries 0.2 %"),
        ("20%% of secret fail", "two units"),
        ("20% of them fail", "does not name controller 'secret'"),
        ("", "is empty"),
    ],
)
def test_a_text_that_does_not_say_it_is_told(text: str, actual: str) -> None:
    """At any of the values."""
    line = annotations_line(_PROMISE, [_alerted(), _alerted(text=text)])
    assert line.verdict is Verdict.VIOLATED
    assert actual in line.actual


def test_texts_are_good_at_every_value() -> None:
    """As many as were rendered."""
    line = annotations_line(_PROMISE, [_alerted(), _alerted(text="50% of secret fail", truth=0.5)])
    assert (line.verdict, line.actual) == (Verdict.VERIFIED, "rendered at 2 values")


def test_what_was_never_active_carries_nothing_that_is_known() -> None:
    """Neither good nor bad."""
    assert labels_line(_PROMISE, []).verdict is Verdict.UNKNOWN
    assert annotations_line(_PROMISE, []).verdict is Verdict.UNKNOWN
