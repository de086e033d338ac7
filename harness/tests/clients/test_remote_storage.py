"""Raw samples are moved as they are stored; who refuses that is told from who does not answer."""

from collections.abc import Callable

import pytest
from aiohttp import web

from harness.clients.endpoint import RefusedError, UnexpectedAnswerError, UnreachableError
from harness.clients.remote_storage import RemoteStorage
from harness.core.promql.tree import Matcher, MatchOp
from harness.core.remote_protocol import compressed, decompressed, read_written, written
from harness.core.samples import STALE, Point, Series, is_stale
from harness.tests.loop_server import serving

_ALL = [(Matcher(label="__name__", op=MatchOp.REGEX, value=".+"),)]


def _answer(*results: tuple[Series, ...]) -> bytes:
    """A ReadResponse: its results have the one field that a WriteRequest has, with the same number."""
    parts = [written(one) for one in results]
    assert all(len(part) < 128 for part in parts)
    return b"".join(b"\x0a" + bytes([len(part)]) + part for part in parts)


def _app(path: str, *, status: int = 200, body: bytes = b"", seen: Callable[[bytes], object] = len) -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        assert request.headers["Content-Encoding"] == "snappy"
        seen(decompressed(await request.read()))
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_post(path, answer)
    return app


def _series(name: str, *points: tuple[float, float], **labels: str) -> Series:
    return Series(
        labels={"__name__": name, **labels}, points=tuple(Point(at_s=at, value=value) for at, value in points)
    )


def test_what_was_added_on_the_way_is_taken_off_again() -> None:
    """A series is what rules see, once, whoever selected it; one without samples is none."""
    one = _series("a", (1.0, 2.0), (2.0, STALE), cluster="x", pod="p")
    other = _series("b", (1.0, 1.0), cluster="theirs")
    body = compressed(_answer((one, other), (one, _series("c", cluster="x"))))
    with serving(_app("/api/v1/read", body=body)) as url, RemoteStorage(url) as storage:
        first, second = storage.read(_ALL, start_s=0, end_s=3, external={"cluster": "x"})
    assert first.labels == {"__name__": "a", "pod": "p"}
    assert [is_stale(point.value) for point in first.points] == [False, True]
    assert second.labels == {"__name__": "b", "cluster": "theirs"}


def test_who_refuses_is_told_from_who_is_not_there() -> None:
    """The one can be asked otherwise, the other not."""
    with serving(_app("/elsewhere")) as url:
        with RemoteStorage(url) as storage, pytest.raises(RefusedError) as caught:
            storage.read(_ALL, start_s=0, end_s=1, external={})
        assert caught.value.status == 404
    with RemoteStorage(url) as storage, pytest.raises(UnreachableError):
        storage.read(_ALL, start_s=0, end_s=1, external={})


@pytest.mark.parametrize("body", [b"", b"{}", compressed(b"\xff\xff")], ids=["nothing", "JSON", "no message"])
def test_an_answer_that_is_no_message_cannot_be_used(body: bytes) -> None:
    """A page of somebody else's in its place."""
    with (
        serving(_app("/api/v1/read", body=body)) as url,
        RemoteStorage(url) as storage,
        pytest.raises(UnexpectedAnswerError, match="/api/v1/read"),
    ):
        storage.read(_ALL, start_s=0, end_s=1, external={})


def test_samples_are_handed_over_as_they_are() -> None:
    """No answer is needed but that they were taken; a refusal says why."""
    message, taken = written([_series("a", (1.0, 2.0))]), list[bytes]()
    with serving(_app("/api/v1/write", status=204, seen=taken.append)) as url, RemoteStorage(url) as storage:
        storage.write(message)
    assert [read_written(one) for one in taken] == [read_written(message)]
    app = _app("/api/v1/write", status=400, body=b"out of order sample")
    with serving(app) as url, RemoteStorage(url) as storage, pytest.raises(RefusedError, match="write") as caught:
        storage.write(message)
    assert "out of order sample" in caught.value.why


@pytest.mark.parametrize("times", [1, 2])
def test_a_connection_that_is_closed_in_the_question_s_face_is_tried_once_more(times: int) -> None:
    """A kept one ends like that; a question changes nothing. Then it does not answer."""
    asked: list[int] = []

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        asked.append(1)
        if len(asked) <= times and request.transport is not None:
            request.transport.abort()
        return web.Response(body=compressed(b""))

    app = web.Application()
    app.router.add_post("/api/v1/read", answer)
    with serving(app) as url, RemoteStorage(url) as storage:
        if times == 1:
            assert storage.read(_ALL, start_s=0, end_s=1, external={}) == ()
        else:
            with pytest.raises(UnreachableError):
                storage.read(_ALL, start_s=0, end_s=1, external={})
    assert len(asked) == 2
