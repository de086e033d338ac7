"""What of a measurement is asked for, and on what it rests."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.core.verdict import Verdict
from harness.home import DEFAULT_SUBJECT
from harness.offline.check.bundle import Bundle
from harness.offline.check.measuring import Measuring, measured_findings
from harness.subject_reader import read_subject
from harness.toolchain import Progress

_ALERT = "KubeMirrorWorkqueueDepthHigh"
_PAGE = """\
# TYPE workqueue_depth gauge
workqueue_depth{name="secret",controller="secret"} 3
workqueue_depth{name="configmap",controller="configmap"} 0
"""


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The shipped one."""
    return Bundle.read(*read_subject(DEFAULT_SUBJECT), Progress())


def test_a_promise_that_there_is_none_of_is_refused_with_the_likeliest(bundle: Bundle) -> None:
    """Before anything is started."""
    with pytest.raises(MisuseError) as error:
        [*measured_findings(bundle, Measuring(only=frozenset({"KubeMirrorWorkqueueDeep"})), Progress())]
    assert _ALERT in error.value.fix


def test_without_healthy_series_nothing_is_measured_and_that_is_unknown(bundle: Bundle) -> None:
    """Never verified by absence."""
    subject = replace(bundle.subject, files=replace(bundle.subject.files, healthy=None))
    (one,) = measured_findings(replace(bundle, subject=subject), Measuring(), Progress())
    assert one.verdict is Verdict.UNKNOWN
    assert "--recording" in one.cause


def test_a_page_is_enough_and_what_is_made_up_is_told(bundle: Bundle, tmp_path: Path) -> None:
    """The rules of a controller that was never run here."""
    page = tmp_path / "metrics.txt"
    page.write_text(_PAGE, encoding="utf-8")
    asked = Measuring(metrics=str(page), only=frozenset({_ALERT}))
    made_up, *found = measured_findings(bundle, asked, Progress())
    assert (made_up.check, made_up.verdict) == ("healthy series", Verdict.SKIPPED)
    assert {one.verdict for one in found} == {Verdict.VERIFIED}


def test_what_a_page_does_not_have_cannot_be_driven(bundle: Bundle, tmp_path: Path) -> None:
    """Unknown, with the metric's name."""
    page = tmp_path / "metrics.txt"
    page.write_text("go_goroutines 3\n", encoding="utf-8")
    asked = Measuring(metrics=str(page), only=frozenset({_ALERT}))
    _, one = measured_findings(bundle, asked, Progress())
    assert one.verdict is Verdict.UNKNOWN
    assert "has no workqueue_depth" in one.cause


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        pytest.param(
            'job="kubemirror-controller-metrics", name=',
            'job="kubemirror", name=',
            'of job="kubemirror" there are kubemirror-controller-metrics',
            id="a label's value that nothing has",
        ),
        pytest.param("workqueue_depth", "workqueue_length", "selects nothing", id="a metric that nobody tells"),
        pytest.param("workqueue_depth", "workqueue_retries_total", "and not workqueue_depth", id="another metric"),
    ],
)
def test_why_an_alert_is_not_as_documented_is_told(bundle: Bundle, old: str, new: str, cause: str) -> None:
    """The selector, the matcher and the values that its label has; or what it reads instead."""
    groups = tuple(
        replace(
            group,
            rules=tuple(
                replace(rule, expr=rule.expr.replace(old, new)) if rule.name == _ALERT else rule for rule in group.rules
            ),
        )
        for group in bundle.rules.groups
    )
    planted = replace(bundle, rules=replace(bundle.rules, groups=groups))
    found = [
        *measured_findings(planted, Measuring(only=frozenset({_ALERT}), command="harness check --only"), Progress())
    ]
    threshold = next(one for one in found if one.check == "measured threshold")
    assert threshold.verdict is Verdict.VIOLATED
    assert cause in threshold.cause
    assert threshold.command == f"harness check --only {_ALERT}"
    assert threshold.details
