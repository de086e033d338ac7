"""Surveys judge every documented thing once, by what Prometheus and amtool say."""

from dataclasses import replace
from pathlib import Path, PurePath
from types import SimpleNamespace

import pytest

from harness.clients.querier import LoadedGroup, LoadedGroups, LoadedRule
from harness.core.contract.model import RecordedKind, RecordingPromise
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.exposition import Family, Page, PageSample
from harness.core.rules.speed import Speed
from harness.core.samples import Point, Series
from harness.core.verdict import Verdict
from harness.scenario.stack_handles import StackHandles
from harness.scenario.survey import (
    PageCollector,
    labelled,
    survey_destinations,
    survey_metrics,
    survey_recording_rules,
)
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime
from harness.toolchain import ToolName

_DEPTH = RecordingPromise(
    name="depth:max",
    meaning="the fullest queue",
    kind=RecordedKind.MAX,
    metric="workqueue_depth",
    quantile=None,
    window=None,
    by=(),
    tolerance_ratio=0.01,
)


def _depth_page(at_s: float, depth: float = 7) -> Page:
    sample = PageSample(name="workqueue_depth", labels={"name": "secret"}, value=depth)
    return Page(at_s=at_s, source="p", families=(Family(name="workqueue_depth", type="gauge", samples=(sample,)),))


@pytest.mark.parametrize(
    ("instants", "types", "verdict"),
    [
        pytest.param(
            lambda _: (fakes.series(1, __name__="workqueue_depth", name="secret"),),
            {"workqueue_depth": "gauge"},
            Verdict.VERIFIED,
            id="there",
        ),
        pytest.param(lambda _: (), {}, Verdict.VIOLATED, id="absent"),
        pytest.param(
            lambda _: (fakes.series(1, __name__="workqueue_depth", name="secret"),),
            {"workqueue_depth": "counter"},
            Verdict.VIOLATED,
            id="another type",
        ),
    ],
)
def test_every_documented_metric_is_judged(instants: fakes.Query, types: dict[str, str], verdict: Verdict) -> None:
    """Only the subject's own job counts."""
    prometheus = fakes.FakePrometheus(instants=instants, types=types)
    judged = survey_metrics(fakes.handles(prometheus=prometheus))
    assert [(one.name, one.verdict) for one in judged] == [("workqueue_depth", verdict)]
    assert all('job="other-metrics"' in query for query in prometheus.asked)


def test_a_page_gets_the_target_s_labels() -> None:
    """As Prometheus stores it; the page's own come second."""
    page = labelled(_depth_page(1), {"namespace": "n", "name": "target's"})
    assert page.samples("workqueue_depth")[0].labels == {"name": "target's", "namespace": "n"}


class _Pods:
    """In place of the controller's pods: one page, a second later at each look, or none."""

    def __init__(self, clock: VirtualTime | None = None, *, answers: bool = True) -> None:
        self._clock = clock
        self._answers = answers
        self.closed = 0

    def answered(self) -> tuple[Page, ...]:
        if not self._answers:
            raise CouldNotTellError("no pod answers", why="planted", fix="-")
        return (_depth_page(0 if self._clock is None else self._clock.now_s),)

    def close(self) -> None:
        self.closed += 1


def test_the_collector_keeps_pages() -> None:
    """With the target's labels, and its reading claims nothing about a condition."""
    collector = PageCollector(_Pods(), {"namespace": "n"})  # type: ignore[arg-type]  # what it uses of the pods
    reading = collector.observe()
    assert (reading.holds, reading.value, reading.note) == (None, None, "1 pages")
    assert collector.pages[0].samples("workqueue_depth")[0].labels["namespace"] == "n"


def _handles(ranges: fakes.FakePrometheus) -> StackHandles:
    promised = replace(fakes.contract(), recording_rules=(_DEPTH,))
    return fakes.handles(prometheus=ranges, promised=promised)


@pytest.mark.parametrize("names", [(), ("depth:maximum",), ("depth:max", "other")])
def test_a_rule_that_is_not_documented_cannot_be_surveyed(names: tuple[str, ...]) -> None:
    """A misspelt name must not leave a rule unjudged."""
    with pytest.raises(MisuseError, match="cannot be surveyed") as caught:
        survey_recording_rules(_handles(fakes.FakePrometheus()), names)
    assert caught.value.why == "contract.yaml documents depth:max"


@pytest.fixture
def pods(clock: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> _Pods:
    """The pods behind a survey in virtual time."""
    found = _Pods(clock)
    monkeypatch.setattr("harness.scenario.survey.time", clock)
    monkeypatch.setattr("harness.scenario.survey.controller_pages", lambda _handles: found)
    return found


def _recorded(value: float, health: str = "ok") -> fakes.FakePrometheus:
    """The rule's samples twice a second, with this value."""

    def ranges(query: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        if query.startswith("harness:evaluated"):
            return (fakes.series(1, at_s=end_s, rule_group="g"),)
        took = query.startswith("scrape_duration_seconds{")
        written = 0.003 if took else value
        points = tuple(Point(at_s=start_s + i / 2, value=written) for i in range(int((end_s - start_s) * 2)))
        labels = {"instance": "p"} if took else {"__name__": query}
        return (Series(labels=labels, points=points),)

    rule = LoadedRule(name="depth:max", query="max(depth)", health=health, type="recording")
    groups = LoadedGroups(groups=(LoadedGroup(name="g", file="f", interval=0.5, rules=(rule,)),))
    return fakes.FakePrometheus(ranges=ranges, groups=groups)


@pytest.mark.usefixtures("pods")
def test_a_rule_that_is_ill_or_not_loaded_is_violated() -> None:
    """Whatever was recorded."""
    (ill,) = survey_recording_rules(_handles(_recorded(7, "err")), ("depth:max",))
    assert (ill.verdict, ill.cause) == (Verdict.VIOLATED, "the rule is in state err")
    (absent,) = survey_recording_rules(_handles(replace(_recorded(7), groups=LoadedGroups(groups=()))), ("depth:max",))
    assert (absent.verdict, absent.cause) == (Verdict.VIOLATED, "no such rule is loaded")


def test_pages_are_collected_until_the_window_is_over(pods: _Pods, clock: VirtualTime) -> None:
    """Then the witness stops and the pods are let go; without enough pages nothing is verified."""
    start_s = clock.now_s
    (judged,) = survey_recording_rules(_handles(_recorded(7)), ("depth:max",))
    assert clock.now_s - start_s == pytest.approx(2 * 0.5 + 4, abs=0.1)
    assert pods.closed == 1
    assert judged.verdict is not Verdict.VERIFIED


def test_a_dead_stack_ends_a_survey(pods: _Pods) -> None:
    """Instead of three times its length."""
    handles = _handles(replace(_recorded(7), ranges=lambda _query, _start_s, _end_s: ()))
    stack = fakes.FakeStack(Speed(60), lambda _: None)
    stack.dead = "prometheus exited with status 1: no output"
    with pytest.raises(CouldNotTellError, match="recorded values: will not happen"):
        survey_recording_rules(replace(handles, stack=stack), ("depth:max",))
    assert pods.closed == 1


#: an address that the destination does not say itself
_INHERITED = "{alertmanager: {config: {global: {slack_api_url: x}}}}"
_ROUTING = """
apiVersion: monitoring.coreos.com/v1alpha1
kind: AlertmanagerConfig
metadata: {name: x, namespace: other-system}
spec: {receivers: [{name: kubemirror-team, slackConfigs: [{channel: '#a', title: '{{ .Status }}'}]}]}
"""


@pytest.mark.parametrize(
    ("values", "stack", "status", "verdict"),
    [
        pytest.param("{}", "embedded", 0, Verdict.VIOLATED, id="no address"),
        pytest.param(_INHERITED, "embedded", 0, Verdict.VERIFIED, id="inherited"),
        pytest.param(_INHERITED, "existing", 0, Verdict.VIOLATED, id="the cluster has none"),
        pytest.param(_INHERITED, "embedded", 1, Verdict.VIOLATED, id="a text that fails"),
    ],
)
def test_destinations_are_looked_at_as_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, values: str, stack: str, status: int, verdict: Verdict
) -> None:
    """In the subject's own file: what is loaded are stand-ins. What `global` says is the installation's."""
    (tmp_path / "am.yaml").write_text(_ROUTING)
    (tmp_path / "values.yaml").write_text(values)
    amtool = tmp_path / "amtool"
    amtool.write_text(f"#!/bin/sh\necho no such function >&2; exit {status}\n")
    amtool.chmod(0o755)
    found = {ToolName.AMTOOL: SimpleNamespace(path=amtool)}
    monkeypatch.setattr("harness.scenario.survey.ensure", lambda *_: found)
    handles = fakes.handles()
    files = replace(
        handles.subject.files,
        alertmanager=PurePath(tmp_path / "am.yaml"),
        chart_values=PurePath(tmp_path / "values.yaml"),
    )
    handles = replace(handles, subject=replace(handles.subject, files=files), facts=replace(handles.facts, stack=stack))
    assert survey_destinations(handles).verdict is verdict
