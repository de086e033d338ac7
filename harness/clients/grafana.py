"""Reading Grafana: a dashboard as it holds it, and what each panel would show, asked as a page asks it.

https://grafana.com/docs/grafana/latest/developers/http_api/
"""

import base64
import binascii
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self, TypeVar

import requests
from pydantic import Field as Named
from pydantic import TypeAdapter, ValidationError

from harness.clients.endpoint import TIMEOUT_S, Answer, Endpoint, EndpointReader
from harness.clients.kubernetes import KubeApi
from harness.core.dashboard.file import DashboardModel, DataSource
from harness.core.dashboard.panels import Dashboard, Panel, PanelAnswer, PanelQuery
from harness.core.errors import CouldNotTellError
from harness.core.samples import Point, Series

T = TypeVar("T")

#: of the chart's Grafana
_SECRET_LABELS = {"app.kubernetes.io/name": "grafana"}
#: a panel of usual width asks for about so many; Grafana's server derives the step from it
_MAX_POINTS = 1_000
#: what JSON has no number for (`FieldValueEntityLookup` of @grafana/data)
_ENTITIES = {"NaN": math.nan, "Inf": math.inf, "NegInf": -math.inf}


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaAdmin:
    """Who may ask."""

    user: str
    password: str = field(repr=False)

    @classmethod
    def of(cls, api: KubeApi, namespace: str) -> Self:
        """The administrator whom the chart has made, from its Secret.

        Raises:
            CouldNotTellError: there is no such Secret, or the API server gave no answer.
        """
        for secret in api.items(f"/api/v1/namespaces/{namespace}/secrets", labels=_SECRET_LABELS):
            data = secret.get("data") or {}
            try:
                user, password = (base64.b64decode(data[key]).decode() for key in ("admin-user", "admin-password"))
            except (KeyError, binascii.Error, UnicodeDecodeError):
                continue
            return cls(user=user, password=password)
        raise CouldNotTellError(
            "nobody knows Grafana's password",
            why=f"namespace {namespace} has no Secret of Grafana's with admin-user and admin-password",
            fix="install it with the chart, --grafana, and leave its administrator's Secret to it",
        )


class _Field(Answer):
    kind: str = Named(alias="type")
    labels: dict[str, str] | None = None


class _Schema(Answer):
    fields: tuple[_Field, ...] = ()


class _Data(Answer):
    values: tuple[tuple[object, ...], ...] = ()
    entities: tuple[dict[str, tuple[int, ...]] | None, ...] | None = None


class _Frame(Answer):
    fields: _Schema = Named(alias="schema")
    data: _Data


class _Result(Answer):
    error: str = ""
    frames: tuple[_Frame, ...] | None = None


class _Results(Answer):
    results: dict[str, _Result]


class _Held(Answer):
    dashboard: DashboardModel


class _Hit(Answer):
    uid: str
    title: str


_SOURCES = TypeAdapter(tuple[DataSource, ...])
_HITS = TypeAdapter(tuple[_Hit, ...])


class GrafanaReader(EndpointReader):
    """A running Grafana. Every method asks at most `timeout_s` a time; a CouldNotTellError when it cannot tell."""

    def __init__(self, url: str, admin: GrafanaAdmin, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(Endpoint("Grafana", url, timeout_s=timeout_s))
        self._endpoint.session.auth = (admin.user, admin.password)

    def dashboard(self, uid: str) -> Dashboard | None:
        """The dashboard, its variables in place; None as long as it is not there: the sidecar brings it when it looks.

        Raises:
            UnreachableError: no answer.
            UnexpectedAnswerError: an answer that cannot be used.
        """
        path = f"/api/dashboards/uid/{uid}"
        response = self._endpoint.send("GET", path)
        if response.status_code == HTTPStatus.NOT_FOUND:
            return None
        held = self._checked(response, path, _Held.model_validate_json)
        return held.dashboard.filled_in(self.sources())

    def uid_of(self, title: str) -> str:
        """Of the dashboard of this title, for a file that has no uid; empty as long as there is none. Errors as there.

        https://grafana.com/docs/grafana/latest/developers/http_api/folder_dashboard_search/
        """
        path = "/api/search"
        answer = self._endpoint.send("GET", path, query={"type": "dash-db", "query": title})
        found = self._checked(answer, path, _HITS.validate_json)
        return next((one.uid for one in found if one.title == title), "")

    def sources(self) -> tuple[DataSource, ...]:
        """The data sources. Errors as `dashboard`."""
        path = "/api/datasources"
        return self._checked(self._endpoint.send("GET", path), path, _SOURCES.validate_json)

    def answers(self, panel: Panel, *, start_s: float, end_s: float) -> tuple[PanelAnswer, ...]:
        """What a panel shows of a range of time (Unix time in seconds), query by query, in its order.

        Each query is asked by itself, so that one that fails takes no other with it.

        Raises:
            UnreachableError: no answer.
            UnexpectedAnswerError: an answer that cannot be used; a query that fails is none.
        """
        return tuple(self._answer(query, start_s, end_s) for query in panel.queries)

    def _answer(self, query: PanelQuery, start_s: float, end_s: float) -> PanelAnswer:
        path = "/api/ds/query"
        asked = {
            "refId": query.ref,
            "datasource": {"uid": query.source},
            "expr": query.expr,
            "instant": query.instant,
            "range": not query.instant,
            "maxDataPoints": _MAX_POINTS,
            "intervalMs": max(1, round((end_s - start_s) * 1_000 / _MAX_POINTS)),
        }
        body = {"queries": [asked], "from": str(round(start_s * 1_000)), "to": str(round(end_s * 1_000))}
        found = self._checked(self._endpoint.send("POST", path, body=body), path, _Results.model_validate_json)
        result = found.results.get(query.ref, _Result(error="Grafana answered nothing to this query"))
        series = tuple(one for frame in result.frames or () for one in _series(frame))
        return PanelAnswer(query=query, series=series, error=result.error)

    def _checked(self, response: requests.Response, path: str, read: Callable[[str], T]) -> T:
        """By its shape alone: queries that failed come in the usual one, with one of several statuses."""
        try:
            return read(response.text)
        except ValidationError as error:
            why = f"status {response.status_code}: {response.text.strip()[:200]}"
            raise self._endpoint.unexpected(path, why) from error


def _series(frame: _Frame) -> Iterator[Series]:
    """The frame's columns of numbers, each over the column of times; instants come in milliseconds."""
    columns = list(enumerate(frame.fields.fields))
    times = next((frame.data.values[at] for at, one in columns if one.kind == "time" and frame.data.values), ())
    for at, one in columns:
        if one.kind == "number" and at < len(frame.data.values):
            points = zip(times, _numbers(frame.data, at), strict=False)
            yield Series(
                labels=one.labels or {},
                points=tuple(
                    Point(at_s=float(ms) / 1_000, value=value)
                    for ms, value in points
                    if isinstance(ms, int | float) and value is not None
                ),
            )


def _numbers(data: _Data, column: int) -> list[float | None]:
    """The values of a column; None is a gap."""
    named = (data.entities[column] if data.entities and column < len(data.entities) else None) or {}
    odd = {at: _ENTITIES[name] for name, places in named.items() if name in _ENTITIES for at in places}
    return [
        odd.get(at, float(one) if isinstance(one, int | float) else None) for at, one in enumerate(data.values[column])
    ]
