"""Posting: Alertmanager is told of alerts as Prometheus tells it; what it refuses is told."""

from collections.abc import Iterator

import pytest
from aiohttp import web

from harness.clients.alertmanager import AlertPoster
from harness.clients.endpoint import UnexpectedAnswerError, UnreachableError
from harness.tests.loop_server import serving


@pytest.fixture
def heard() -> list[object]:
    """What the server was told."""
    return []


@pytest.fixture
def url(heard: list[object]) -> Iterator[str]:
    """A server that takes alerts, unless one is called Refused."""

    async def take(request: web.Request) -> web.Response:
        body = await request.json()
        heard.append(body)
        refused = any(alert["labels"]["alertname"] == "Refused" for alert in body)
        return web.Response(status=400, text="bad labels") if refused else web.Response()

    app = web.Application()
    app.router.add_post("/api/v2/alerts", take)
    with serving(app) as found:
        yield found


def test_all_alerts_are_told_in_one_call(url: str, heard: list[object]) -> None:
    """Labels, annotations, and the two instants with their zone."""
    poster = AlertPoster(url)
    poster.post([{"alertname": "A"}, {"alertname": "B"}], annotations={"s": "x"}, starts_at_s=10.5, ends_at_s=20)
    poster.close()
    rest = {
        "annotations": {"s": "x"},
        "startsAt": "1970-01-01T00:00:10.500000+00:00",
        "endsAt": "1970-01-01T00:00:20+00:00",
    }
    assert heard == [[{"labels": {"alertname": "A"}, **rest}, {"labels": {"alertname": "B"}, **rest}]]


def test_what_is_refused_or_not_heard_is_told(url: str) -> None:
    """With the server's own words, or that there were none."""
    poster = AlertPoster(url)
    with pytest.raises(UnexpectedAnswerError, match="answered /api/v2/alerts unexpectedly") as caught:
        poster.post([{"alertname": "Refused"}], annotations={}, starts_at_s=0, ends_at_s=1)
    assert caught.value.why == "status 400: bad labels"
    poster.close()
    nowhere = AlertPoster("http://127.0.0.1:9")
    with pytest.raises(UnreachableError):
        nowhere.post([{"alertname": "A"}], annotations={}, starts_at_s=0, ends_at_s=1)
    nowhere.close()
