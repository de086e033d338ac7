"""Grafana is asked as a page asks it; a query that fails is an answer, another shape is "could not tell"."""

import base64
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest

from harness.clients.endpoint import UnexpectedAnswerError, UnreachableError
from harness.clients.grafana import GrafanaAdmin, GrafanaReader
from harness.clients.kubernetes import KubeApi
from harness.core.dashboard.panels import Panel
from harness.core.errors import CouldNotTellError
from harness.core.samples import Point, Series
from harness.tests.clients.grafana_server import PASSWORD, USER, GrafanaServer, grafana

_FILE = Path(__file__).parents[3] / "monitoring" / "grafana-dashboard.json"
_SOURCES: list[Mapping[str, Any]] = [{"uid": "prom", "type": "prometheus", "isDefault": True, "name": "Prometheus"}]
_ADMIN = GrafanaAdmin(user=USER, password=PASSWORD)
_TWO = {
    "uid": "u",
    "title": "T",
    "panels": [{"type": "stat", "targets": [{"expr": "up"}, {"refId": "B", "expr": "b"}]}],
}


@contextmanager
def reading(dashboard: Mapping[str, Any] = _TWO) -> Iterator[tuple[GrafanaServer, GrafanaReader]]:
    """A Grafana with this dashboard, and who reads it."""
    with grafana(dashboard, _SOURCES) as server, GrafanaReader(server.url, _ADMIN) as reader:
        yield server, reader


def only_panel(reader: GrafanaReader) -> Panel:
    """The panel of the small dashboard."""
    found = reader.dashboard("u")
    assert found is not None
    return found.panels[0]


def frame(*columns: tuple[str, list[object], dict[str, str] | None]) -> dict[str, Any]:
    """A frame with these columns."""
    fields = [{"name": "x", "type": kind, "labels": labels} for kind, _, labels in columns]
    return {"schema": {"fields": fields}, "data": {"values": [values for _, values, _ in columns]}}


def test_the_subjects_dashboard_is_understood() -> None:
    """Every panel has queries, and every query is asked of the one Prometheus."""
    with reading(json.loads(_FILE.read_text(encoding="utf-8"))) as (_, reader):
        found = reader.dashboard("kubemirror")
    assert found is not None
    assert (found.title, len(found.panels)) == ("KubeMirror", 9)
    queries = [query for panel in found.panels for query in panel.queries]
    assert all(panel.queries for panel in found.panels)
    assert {(query.source, query.not_understood) for query in queries} == {("prom", ())}


def test_a_dashboard_that_is_not_there_is_none() -> None:
    """It may come."""
    with reading() as (_, reader):
        assert reader.dashboard("other") is None


def test_a_dashboard_without_uid_is_found_by_its_title() -> None:
    """By the whole of it: Grafana searches by parts."""
    with reading() as (server, reader):
        assert reader.uid_of("T") == "u"
        assert server.asked[-1] == ("/api/search", {"type": ["dash-db"], "query": ["T"]})
        server.pages["/api/search"] = (200, [{"uid": "x", "title": "T and more"}])
        assert reader.uid_of("T") == ""
        server.pages["/api/search"] = (200, {})
        with pytest.raises(UnexpectedAnswerError, match="/api/search"):
            reader.uid_of("T")


def test_queries_are_asked_as_a_page_asks() -> None:
    """Each by itself, of the panel's range, of the data source by uid; instants are no ranges."""
    panel = {"type": "stat", "targets": [{"refId": "A", "expr": "up", "instant": True}, {"refId": "B", "expr": "b"}]}
    with reading({**_TWO, "panels": [panel]}) as (server, reader):
        reader.answers(only_panel(reader), start_s=100.0, end_s=400.5)
        first, second = (body["queries"][0] for body in server.queried)
    assert {(body["from"], body["to"]) for body in server.queried} == {("100000", "400500")}
    assert (first["expr"], first["instant"], first["range"]) == ("up", True, False)
    assert (second["expr"], second["instant"], second["range"]) == ("b", False, True)
    assert first["datasource"] == second["datasource"] == {"uid": "prom"}
    assert (first["maxDataPoints"], first["intervalMs"]) == (1_000, 300)


def test_frames_are_series() -> None:
    """Labels and instants of each column of numbers; gaps are gaps, and what JSON has no number for is read."""
    one = frame(("time", [1_000, 2_500, 3_000], None), ("number", [1, None, 2.5], {"a": "b"}))
    two = frame(("time", [1_000, 2_000, 3_000], None), ("number", [None, None, None], None))
    two["data"]["entities"] = [None, {"NaN": [0], "NegInf": [2]}]
    with reading() as (server, reader):
        server.results["up"] = (200, {"status": 200, "frames": [one, two]})
        first, second = reader.answers(only_panel(reader), start_s=0, end_s=10)
    plain, odd = first.series
    assert plain == Series(labels={"a": "b"}, points=(Point(at_s=1, value=1), Point(at_s=3, value=2.5)))
    assert odd.labels == {}
    assert [point.at_s for point in odd.points] == [1, 3]
    assert math.isnan(odd.points[0].value)
    assert odd.points[1].value == -math.inf
    assert (second.query.ref, second.series, second.error) == ("B", (), "")


def test_an_empty_frame_is_no_series() -> None:
    """Prometheus found nothing."""
    with reading() as (server, reader):
        server.results["up"] = (200, {"frames": [{"schema": {"fields": []}, "data": {"values": []}}]})
        server.results["b"] = (200, {"frames": None})
        assert [one.series for one in reader.answers(only_panel(reader), start_s=0, end_s=10)] == [(), ()]


@pytest.mark.parametrize("status", [207, 400, 500])
def test_a_query_that_fails_is_an_answer(status: int) -> None:
    """In its own words, and the next one is asked all the same."""
    with reading() as (server, reader):
        server.results["up"] = (status, {"status": 400, "error": "bad_data: parse error"})
        first, second = reader.answers(only_panel(reader), start_s=0, end_s=10)
    assert (first.error, first.series) == ("bad_data: parse error", ())
    assert second.error == ""


def test_no_answer_to_a_query_is_an_error() -> None:
    """Silence is not "nothing to show"; and neither is an answer of another shape."""
    with reading() as (server, reader):
        panel = only_panel(reader)
        server.results["up"] = (200, None)
        first, _ = reader.answers(panel, start_s=0, end_s=10)
        assert first.error == "Grafana answered nothing to this query"
        server.results["up"] = (500, 3)
        with pytest.raises(UnexpectedAnswerError, match="/api/ds/query"):
            reader.answers(panel, start_s=0, end_s=10)


def test_whoever_may_not_ask_is_told_so() -> None:
    """A wrong password is no missing dashboard."""
    other = GrafanaAdmin(user=USER, password="wrong")  # noqa: S106 - of an invented Grafana
    with (
        grafana(_TWO, _SOURCES) as server,
        GrafanaReader(server.url, other) as reader,
        pytest.raises(UnexpectedAnswerError) as caught,
    ):
        reader.dashboard("u")
    assert "401" in caught.value.why
    assert "wrong" not in repr(other)


def test_a_dashboard_of_another_shape_is_could_not_tell() -> None:
    """Also where only the data sources are."""
    with reading() as (server, reader):
        server.pages["/api/datasources"] = (200, {})
        with pytest.raises(UnexpectedAnswerError, match="/api/datasources"):
            reader.dashboard("u")
        server.pages["/api/dashboards/uid/u"] = (200, {"dashboard": 3})
        with pytest.raises(UnexpectedAnswerError, match="/api/dashboards/uid/u"):
            reader.dashboard("u")


def test_no_answer_may_be_tried_again() -> None:
    """Nobody listens any more."""
    with reading() as (server, reader):
        panel = only_panel(reader)
        url = server.url
    with GrafanaReader(url, _ADMIN) as late, pytest.raises(UnreachableError):
        late.answers(panel, start_s=0, end_s=10)


class Secrets:
    """What stands in for an API server: the Secrets of Grafana's label."""

    def __init__(self, *data: dict[str, str]) -> None:
        self._data = data

    def items(self, path: str, *, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """Those."""
        assert (path, labels) == ("/api/v1/namespaces/monitoring/secrets", {"app.kubernetes.io/name": "grafana"})
        encoded = [{key: base64.b64encode(text.encode()).decode() for key, text in one.items()} for one in self._data]
        return [{"data": one or None} for one in encoded]


def test_the_password_is_the_charts() -> None:
    """Other Secrets of Grafana's have none."""
    api = cast("KubeApi", Secrets({}, {"admin-user": "a", "admin-password": "p"}))
    assert GrafanaAdmin.of(api, "monitoring") == GrafanaAdmin(user="a", password="p")  # noqa: S106 - invented


def test_without_grafana_there_is_no_password() -> None:
    """With what helps."""
    with pytest.raises(CouldNotTellError, match="nobody knows Grafana's password") as caught:
        GrafanaAdmin.of(cast("KubeApi", Secrets()), "monitoring")
    assert "--grafana" in caught.value.fix
