"""The subject's dashboard is surveyed through Grafana; each planted violation turns its own judgement red."""

import base64
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from harness.clients.endpoint import RefusedError
from harness.core.errors import CouldNotTellError, NotHereError
from harness.core.findings import Kind
from harness.core.judge.preflight import TargetFact
from harness.core.samples import Series
from harness.core.verdict import Verdict
from harness.home import DEFAULT_SUBJECT
from harness.scenario import dashboard_survey as module
from harness.scenario.dashboard_survey import survey_dashboard
from harness.scenario.stack_handles import StackHandles
from harness.scenario.survey_fixture import Survey
from harness.stacks.base import Capability
from harness.subject_reader import read_subject
from harness.tests.clients.grafana_server import PASSWORD, USER, GrafanaServer, grafana
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes

_SUBJECT, _CONTRACT = read_subject(DEFAULT_SUBJECT)
_TEXT = Path(_SUBJECT.files.dashboard).read_text(encoding="utf-8")
_SOURCES: list[Any] = [{"uid": "prom", "type": "prometheus", "isDefault": True, "name": "Prometheus"}]
_NUMBER = {
    "schema": {"fields": [{"type": "time"}, {"type": "number", "labels": {}}]},
    "data": {"values": [[1_000], [1]]},
}
_TARGET = TargetFact(
    scrape_pool="p",
    labels={
        "namespace": _SUBJECT.namespace,
        "service": _SUBJECT.workload.service,
        "job": _SUBJECT.workload.service,
    },
    health="up",
    last_error="",
)
#: of the panel Reconciliation Rate
_RATE = 'kubemirror:reconcile_rate:5m{namespace="kubemirror-system"}'


@dataclass
class Itself(fakes.FakePrometheus):
    """Prometheus, asked directly: it refuses some queries with a status, and has all series but those that begin so."""

    active: tuple[TargetFact, ...] = (_TARGET,)
    refuses: dict[str, int] = field(default_factory=dict)
    lacks: str = "nothing that there is"
    #: queries over a range
    computed: list[str] = field(default_factory=list)

    def values(self, query: str, *, start_s: float, end_s: float, step_s: float) -> tuple[Series, ...]:
        assert end_s - start_s == 10 * 0.5
        self.computed.append(query)
        if query in self.refuses:
            raise RefusedError("Prometheus answered", why="bad_data", fix="-", status=self.refuses[query])
        return super().values(query, start_s=start_s, end_s=end_s, step_s=step_s)

    def instant(self, query: str, *, at_s: float | None = None) -> tuple[Series, ...]:
        del at_s
        self.asked.append(query)
        return () if query.startswith(self.lacks) else (fakes.series(1, namespace="elsewhere"),)


@dataclass
class Place:
    """A Grafana with the subject's dashboard, and the stack around it."""

    server: GrafanaServer
    handles: StackHandles
    prometheus: Itself

    def judged(self) -> dict[str, tuple[Verdict, str]]:
        """What the survey finds that is not verified, by name."""
        found = survey_dashboard(self.handles)
        return {one.name: (one.verdict, one.cause) for one in found if one.verdict is not Verdict.VERIFIED}

    def holds(self, change: Callable[[str], str]) -> None:
        """Has Grafana hold a dashboard that differs from the file."""
        held = json.loads(change(_TEXT))
        self.server.pages["/api/dashboards/uid/kubemirror"] = (200, {"dashboard": held})

    def brings(self, directory: Path, change: Callable[[str], str]) -> None:
        """Has the subject bring another dashboard, which Grafana holds as it is."""
        assert change(_TEXT) != _TEXT
        file = directory / "dashboard.json"
        file.write_text(change(_TEXT), encoding="utf-8")
        files = replace(_SUBJECT.files, dashboard=file)
        self.handles = replace(self.handles, subject=replace(_SUBJECT, files=files))
        self.holds(change)


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """Everything as it should be: every query has a number."""
    monkeypatch.setattr(module, "_BROUGHT_TIMEOUT_S", 0.0)
    api, prometheus = fake_api.FakeApi(), Itself()
    encoded = {"admin-user": USER, "admin-password": PASSWORD}
    api.put(
        "/api/v1/namespaces/monitoring/secrets/prometheus-grafana",
        {
            "metadata": {"labels": {"app.kubernetes.io/name": "grafana"}},
            "data": {key: base64.b64encode(text.encode()).decode() for key, text in encoded.items()},
        },
    )
    with grafana(json.loads(_TEXT), _SOURCES) as server:
        server.usual = (200, {"frames": [_NUMBER]})
        handles = fakes.handles(prometheus=prometheus, promised=_CONTRACT, cluster=fake_api.cluster(api))
        access = replace(handles.facts.access, grafana_url=server.url, grafana_namespace="monitoring")
        found = replace(handles, facts=replace(handles.facts, access=access), subject=_SUBJECT)
        yield Place(server, found, prometheus)


def test_the_subjects_dashboard_is_verified_panel_by_panel(place: Place) -> None:
    """Itself, and each of its nine panels by title; where Grafana has an answer, Prometheus is asked for none."""
    found = survey_dashboard(place.handles)
    titles = [f"panel {promise.title}" for promise in _CONTRACT.panels]
    assert [one.name for one in found] == ["dashboard", *titles]
    assert {one.verdict for one in found} == {Verdict.VERIFIED}
    assert place.prometheus.computed == []


def test_a_dashboard_without_uid_is_found_by_its_title(place: Place, tmp_path: Path) -> None:
    """Grafana has made one up."""
    place.brings(tmp_path, lambda text: text.replace('"uid": "kubemirror"', '"uid": null'))
    place.holds(lambda text: text)
    assert place.judged() == {}


def test_a_dashboard_that_nobody_brought_is_violated(place: Place) -> None:
    """After the time that a sidecar takes; the panels are no violations of their own."""
    del place.server.pages["/api/dashboards/uid/kubemirror"]
    assert place.judged() == {"dashboard": (Verdict.VIOLATED, "loaded: Grafana has no such dashboard")}


def test_a_dashboard_is_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sidecar brings it when it looks."""
    monkeypatch.setattr(module, "_BROUGHT_TIMEOUT_S", 30.0)
    monkeypatch.setattr(module, "_LOOK_S", 0.0)
    page = place.server.pages.pop("/api/dashboards/uid/kubemirror")
    looks = iter(range(3))

    def ended() -> str | None:
        if next(looks, None) == 2:
            place.server.pages["/api/dashboards/uid/kubemirror"] = page
        return None

    monkeypatch.setattr(place.handles.stack, "ended", ended)
    assert place.judged() == {}


def test_a_panel_that_is_missing_is_violated(place: Place) -> None:
    """In the dashboard's judgement and its own."""
    place.holds(lambda text: text.replace('"Error Rate"', '"Errors"'))
    assert place.judged() == {
        "dashboard": (Verdict.VIOLATED, "panels: not in Grafana: Error Rate; not in the file: Errors"),
        "panel Error Rate": (Verdict.VIOLATED, "loaded: Grafana's dashboard has no such panel"),
    }


@pytest.mark.parametrize(("refused", "verdict"), [(400, Verdict.VIOLATED), (None, Verdict.UNKNOWN)])
def test_a_query_that_fails_is_violated_if_prometheus_refuses_it(
    place: Place, refused: int | None, verdict: Verdict
) -> None:
    """Otherwise Grafana's way there is to blame."""
    place.server.results[_RATE] = (400, {"error": "bad_data: planted"})
    place.prometheus.refuses = {} if refused is None else {_RATE: refused}
    (found,) = place.judged().values()
    assert found[0] is verdict
    assert found[1].startswith("answered: A: bad_data: planted (Prometheus itself")


def test_a_prometheus_in_trouble_is_could_not_tell(place: Place) -> None:
    """Its own failure is no refusal of a query."""
    place.server.results[_RATE] = (400, {"error": "timed out"})
    place.prometheus.refuses = {_RATE: 503}
    with pytest.raises(RefusedError):
        survey_dashboard(place.handles)


def test_an_unknown_variable_is_violated(place: Place, tmp_path: Path) -> None:
    """And its query is not asked: a page would ask it no other way."""
    place.brings(tmp_path, lambda text: text.replace("sum(kubemirror:workqueue_depth:max{", "sum($typo{"))
    place.handles = replace(place.handles, contract=replace(_CONTRACT, panels=()))
    assert place.judged() == {
        "panel Total Workqueue Depth": (Verdict.VIOLATED, "understood: A: the dashboard has no variable typo")
    }
    assert not [body for body in place.server.queried if "$typo" in body["queries"][0]["expr"]]


_EMPTY: dict[str, object] = {"frames": []}
_NAN: dict[str, object] = {
    "frames": [{**_NUMBER, "data": {"values": [[1_000], [None]], "entities": [None, {"NaN": [0]}]}}]
}


@pytest.mark.parametrize("nothing", [_EMPTY, _NAN], ids=["no series", "no number"])
def test_no_series_of_a_promised_name_is_violated(place: Place, nothing: dict[str, object]) -> None:
    """A recording rule that is not there, the controller being scraped."""
    place.server.results[_RATE] = (200, nothing)
    place.prometheus.lacks = "kubemirror:reconcile_rate:5m"
    place.handles = replace(place.handles, contract=replace(_CONTRACT, panels=()))
    cause = "; Prometheus has no series of kubemirror:reconcile_rate:5m"
    assert place.judged()["panel Reconciliation Rate"] == (Verdict.VIOLATED, f"shows: A: nothing{cause}")


def test_series_of_another_namespace_are_violated(place: Place) -> None:
    """The name is there; the label of the target that keeps them away is named."""
    place.server.results[_RATE] = (200, _EMPTY)
    place.prometheus.lacks = "kubemirror:reconcile_rate:5m{"
    found = place.judged()["panel Reconciliation Rate"]
    assert found[0] is Verdict.VIOLATED
    assert found[1].endswith('because of namespace="kubemirror-system"; there namespace is elsewhere')


def test_a_number_in_place_of_promised_series_is_violated(place: Place) -> None:
    """`max(up{...}) or vector(0)` shows 0 beside a healthy controller if the job is another one."""
    place.prometheus.lacks = 'up{namespace="kubemirror-system", job='
    (found,) = place.judged().items()
    assert found[0] == "panel Controller Status"
    assert found[1][0] is Verdict.VIOLATED
    assert found[1][1].startswith("shows: A: a number, but up{")
    assert "matches nothing because of" in found[1][1]


def test_two_queries_of_one_letter_are_two(place: Place, tmp_path: Path) -> None:
    """As a file may have it: what the one shows says nothing about the other."""
    place.brings(tmp_path, lambda text: text.replace('"refId": "B"', '"refId": "A"'))
    p95 = 'kubemirror:reconcile_duration_seconds:p95{namespace="kubemirror-system"}'
    p99 = 'kubemirror:reconcile_duration_seconds:p99{namespace="kubemirror-system"}'
    for silent in (p95, p99):
        place.server.results = {silent: (200, _EMPTY)}
        assert list(place.judged()) == ["panel Reconciliation Latency"]


def test_no_series_while_nobody_is_scraped_is_unknown(place: Place) -> None:
    """The scrape target has a survey of its own."""
    place.server.results[_RATE] = (200, _EMPTY)
    place.prometheus.active = (replace(_TARGET, health="down"),)
    (found,) = place.judged().values()
    assert found == (Verdict.UNKNOWN, "shows: A: nothing, and the controller is not scraped")


def test_series_that_only_prometheus_has_are_unknown(place: Place) -> None:
    """Grafana asks another one; a gap alone is no series."""
    place.server.results[_RATE] = (200, _EMPTY)
    place.prometheus.grids = lambda _query, _start_s, _end_s: (fakes.series(1), fakes.series(math.nan))
    (found,) = place.judged().values()
    assert found == (Verdict.UNKNOWN, "shows: A: nothing, but Prometheus itself gives 1 series for it")


def test_a_condition_that_nothing_meets_is_unknown(place: Place, tmp_path: Path) -> None:
    """All that it reads is there: on a healthy system it may be right to be empty."""
    place.brings(tmp_path, lambda text: text.replace(json.dumps(_RATE), json.dumps(f"{_RATE} > 99")))
    place.server.results[f"{_RATE} > 99"] = (200, _EMPTY)
    (found,) = place.judged().values()
    assert found[0] is Verdict.UNKNOWN
    assert found[1].endswith("the series that it reads are there, and none meets its conditions")


def test_a_query_that_cannot_be_parsed_here_is_unknown(place: Place, tmp_path: Path) -> None:
    """Prometheus takes it, so it is newer than the parser."""
    place.brings(tmp_path, lambda text: text.replace(json.dumps(_RATE), json.dumps(f"newest({_RATE})")))
    place.server.results[f"newest({_RATE})"] = (200, _EMPTY)
    (found,) = place.judged().values()
    assert found[0] is Verdict.UNKNOWN
    assert found[1].startswith("shows: A: nothing, and why could not be asked (column 1 of the expression, at `newest(")


def test_lengths_of_grafanas_own_are_put_in_for_prometheus(place: Place, tmp_path: Path) -> None:
    """It does not know them."""
    grafanas = "rate(process_cpu_seconds_total[$__rate_interval])"
    place.brings(tmp_path, lambda text: text.replace(json.dumps(_RATE), json.dumps(grafanas)))
    place.server.results[grafanas] = (200, _EMPTY)
    place.judged()
    assert place.prometheus.computed == ["rate(process_cpu_seconds_total[5s])"]


def test_other_data_sources_are_not_compared_with_prometheus(place: Place, tmp_path: Path) -> None:
    """It does not speak their language."""
    _SOURCES.append({"uid": "logs", "type": "loki", "name": "Logs"})
    try:
        place.brings(tmp_path, lambda text: text.replace('"uid": "${datasource}"', '"uid": "logs"'))
        place.server.usual = (200, _EMPTY)
        assert {verdict for verdict, _ in place.judged().values()} == {Verdict.UNKNOWN}
    finally:
        _SOURCES.pop()
    assert place.prometheus.asked == []


def test_a_grafana_that_does_not_answer_is_could_not_tell(place: Place) -> None:
    """Never a violation."""
    place.server.pages["/api/datasources"] = (502, "bad gateway")
    with pytest.raises(CouldNotTellError, match="Grafana answered /api/datasources unexpectedly"):
        survey_dashboard(place.handles)


@pytest.mark.parametrize("cannot", [{Capability.GRAFANA: "it is off"}, {}], ids=["told", "untold"])
def test_without_grafana_it_is_not_here(place: Place, cannot: dict[Capability, str]) -> None:
    """With the stack's own reason, so that the scenario is skipped."""
    facts = replace(place.handles.facts, access=fakes.handles().facts.access, cannot=cannot)
    with pytest.raises(NotHereError, match="no dashboard is shown here") as caught:
        survey_dashboard(replace(place.handles, facts=facts))
    assert caught.value.why == cannot.get(Capability.GRAFANA, "there is no Grafana")


def test_judgements_are_entered_as_objects(place: Place) -> None:
    """One for the dashboard, one for each panel."""
    entered: list[tuple[str, Kind]] = []
    Survey(place.handles, lambda judgement, kind=Kind.ALERT: entered.append((judgement.name, kind)), ()).dashboard()
    assert len(entered) == 1 + len(_CONTRACT.panels)
    assert {kind for _, kind in entered} == {Kind.OBJECT}
