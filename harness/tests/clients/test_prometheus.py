"""Prometheus is read with the instants it recorded, and every failure to read is "could not tell"."""

import socket
import struct
from dataclasses import replace

import pytest
from aiohttp import web

from harness.clients.endpoint import UnexpectedAnswerError, UnreachableError, answered
from harness.clients.loaded_rules import FoundRule, LoadedAlerts
from harness.clients.prometheus import PrometheusReader
from harness.clients.rule_facts import read_rule
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError
from harness.core.samples import Point
from harness.tests.clients.speaking_server import data, speaking
from harness.tests.core.judge.world import PROMISE
from harness.tests.loop_server import serving
from harness.waiting import NotYet

QUERY = "/api/v1/query"
RULE = {"name": "A", "query": 'up{job="x"} == 0', "health": "ok", "type": "alerting", "duration": 10, "lastError": ""}
GROUP = {"name": "g", "file": "f", "interval": 0.5, "rules": [RULE]}


def matrix(*values: tuple[float, str]) -> tuple[int, str]:
    """One series."""
    return data({"resultType": "matrix", "result": [{"metric": {"a": "b"}, "values": list(values)}]})


def vector(value: str) -> tuple[int, str]:
    """One series with one value."""
    return data({"resultType": "vector", "result": [{"metric": {"a": "b"}, "value": [5, value]}]})


def test_samples_are_raw_and_cut_to_the_window() -> None:
    """A range selector as an instant query; both ends included."""
    answer = matrix((9.999, "1"), (10, "2"), (12.5, "NaN"), (15, "4"), (15.001, "5"))
    with speaking({QUERY: answer}) as server, PrometheusReader(server.url) as reader:
        (found,) = reader.samples("ALERTS", 10, 15)
    assert server.asked == [(QUERY, {"query": ["ALERTS[6000ms]"], "time": ["15.000"]})]
    assert [point.at_s for point in found.points] == [10, 12.5, 15]
    assert str(found.points[1].value) == "nan"


def test_a_series_without_samples_in_the_window_is_left_out() -> None:
    """It is no data, not zero."""
    with speaking({QUERY: matrix((1, "1"))}) as server, PrometheusReader(server.url) as reader:
        assert reader.samples("ALERTS", 10, 15) == ()


def test_an_instant_query_gives_one_point_per_series() -> None:
    """At the instant asked, or now."""
    with speaking({QUERY: vector("3")}) as server, PrometheusReader(server.url) as reader:
        (found,) = reader.instant("up")
        reader.instant("up", at_s=7)
    assert found.points == (Point(at_s=5, value=3),)
    assert [query.get("time") for _, query in server.asked] == [None, ["7.000"]]


def test_a_query_is_evaluated_on_a_grid() -> None:
    """To the millisecond, because an evaluation is an instant."""
    path = "/api/v1/query_range"
    with speaking({path: matrix((10.25, "1"), (10.75, "NaN"))}) as server, PrometheusReader(server.url) as reader:
        (found,) = reader.values("sum(up)", start_s=10.25, end_s=11, step_s=0.5)
    asked = {"query": ["sum(up)"], "start": ["10.250"], "end": ["11.000"], "step": ["0.500"]}
    assert server.asked == [(path, asked)]
    assert [point.at_s for point in found.points] == [10.25, 10.75]


@pytest.mark.parametrize("answer", [(400, "exceeded maximum resolution"), data(["?"]), data({"result": "?"})])
def test_a_grid_that_is_refused_is_not_made_up(answer: tuple[int, str]) -> None:
    """Too many steps, say; or an answer of another shape."""
    with (
        speaking({"/api/v1/query_range": answer}) as server,
        PrometheusReader(server.url) as reader,
        pytest.raises(UnexpectedAnswerError),
    ):
        reader.values("up", start_s=0, end_s=1e6, step_s=0.5)


def test_rules_are_read_as_loaded() -> None:
    """Name, expression, duration, health."""
    recording = {**RULE, "name": "r", "type": "recording", "health": "err", "lastError": "boom"}
    again = {**recording, "health": "ok"}
    loaded = data({"groups": [{**GROUP, "rules": [recording, again, RULE]}]})
    with speaking({"/api/v1/rules": loaded}) as server, PrometheusReader(server.url) as reader:
        (group,) = reader.rules().groups
    assert (group.interval, group.limit, group.evaluated) == (0.5, 0, False)
    assert [(rule.duration, rule.health) for rule in group.rules if rule.name == "A"] == [(10, "ok")]


def test_targets_and_types_are_read() -> None:
    """Active targets with their labels and health; types as the targets state them."""
    target = {"labels": {"job": "x"}, "scrapePool": "p", "scrapeUrl": "http://x", "health": "up", "lastError": ""}
    answers = {
        "/api/v1/targets": data({"activeTargets": [target], "droppedTargets": []}),
        "/api/v1/targets/metadata": data([{"target": {}, "metric": "m", "type": "gauge", "help": "h", "unit": ""}]),
    }
    with speaking(answers) as server, PrometheusReader(server.url) as reader:
        (found,) = reader.targets()
        assert (found.labels, found.health) == ({"job": "x"}, "up")
        assert reader.metric_types('{job="x"}') == {"m": "gauge"}


def test_the_process_says_when_it_began() -> None:
    """As text: only whether it changed matters."""
    began = data({"startTime": "2026-01-01T00:00:00Z", "CWD": "/"})
    with speaking({"/api/v1/status/runtimeinfo": began}) as server, PrometheusReader(server.url) as reader:
        assert reader.started() == "2026-01-01T00:00:00Z"
        assert reader.started_s() == 1_767_225_600


@pytest.mark.parametrize(("text", "at_s"), [("2026-01-01T00:00:00.123456789Z", 1_767_225_600.123456), ("soon", None)])
def test_the_instant_is_one_or_is_refused(text: str, at_s: float | None) -> None:
    """Go writes nanoseconds."""
    with (
        speaking({"/api/v1/status/runtimeinfo": data({"startTime": text})}) as server,
        PrometheusReader(server.url) as reader,
    ):
        if at_s is not None:
            assert reader.started_s() == pytest.approx(at_s, abs=1e-5)
            return
        with pytest.raises(UnexpectedAnswerError):
            reader.started_s()


def test_it_says_its_version() -> None:
    """As its build does."""
    build = data({"version": "3.13.5", "revision": "x"})
    with speaking({"/api/v1/status/buildinfo": build}) as server, PrometheusReader(server.url) as reader:
        assert reader.version() == "3.13.5"


@pytest.mark.parametrize("flags", [{}, {"query.lookback-delta": "soon"}])
def test_the_lookback_is_the_one_it_runs_with(flags: dict[str, str]) -> None:
    """By its flags; what it does not say is not made up."""
    path = "/api/v1/status/flags"
    with (
        speaking({path: data({"query.lookback-delta": "10s", "other": "x"})}) as server,
        PrometheusReader(server.url) as reader,
    ):
        assert reader.lookback() == PromDuration(10_000)
    with (
        speaking({path: data(flags)}) as server,
        PrometheusReader(server.url) as reader,
        pytest.raises(UnexpectedAnswerError),
    ):
        reader.lookback()


def test_the_clock_offset_is_that_of_the_server() -> None:
    """A server that lives in 1970 is far behind."""
    with speaking({QUERY: vector("5")}) as server, PrometheusReader(server.url) as reader:
        offset_s, uncertain_s = reader.clock_offset_s()
    assert offset_s < -1e9
    assert 0 <= uncertain_s < 5


def test_a_ready_server_is_told_from_another() -> None:
    """For whoever waits until it is: with what it says meanwhile."""
    with speaking({"/-/ready": (200, "ok")}) as server, PrometheusReader(server.url) as reader:
        assert answered(reader.ready) is None
    with speaking({"/-/ready": (503, "Service Unavailable")}) as server, PrometheusReader(server.url) as reader:
        assert answered(reader.ready) == NotYet(
            "Prometheus answered /-/ready unexpectedly: status 503: Service Unavailable"
        )


@pytest.mark.parametrize(("status", "expected"), [(200, True), (500, False)], ids=["release", "built-from-source"])
def test_missing_pages_are_noticed(status: int, expected: bool) -> None:
    """A Prometheus without pages answers 500 where they should be."""
    with speaking({"/query": (status, "")}) as server, PrometheusReader(server.url) as reader:
        assert reader.has_pages() is expected


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((500, "boom"), id="status"),
        pytest.param((200, "<html>"), id="no-json"),
        pytest.param((200, "{}"), id="no-data"),
        pytest.param(data({"result": [{"metric": 1}], "groups": 1}), id="other-shape"),
    ],
)
def test_an_answer_that_cannot_be_used_is_could_not_tell(answer: tuple[int, str]) -> None:
    """Never an empty result, never a pass; the cause is chained."""
    with speaking({QUERY: answer, "/api/v1/rules": answer}) as server, PrometheusReader(server.url) as reader:
        with pytest.raises(UnexpectedAnswerError):
            reader.instant("up")
        with pytest.raises(UnexpectedAnswerError):
            reader.rules()


def test_a_server_that_is_gone_is_could_not_tell() -> None:
    """With its address, and worth a retry."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with PrometheusReader(url) as reader:
        with pytest.raises(UnreachableError, match="does not answer") as caught:
            reader.instant("up")
        assert isinstance(caught.value, CouldNotTellError)
        assert caught.value.__cause__ is not None
        with pytest.raises(UnreachableError):
            reader.rules()
        assert not reader.has_pages()
        assert isinstance(answered(reader.ready), NotYet)


def test_a_process_is_asked_to_end() -> None:
    """By a POST, as it wants it; one that is not there, or whose lifecycle API is off, is told."""
    with speaking({"/-/quit": (200, "")}) as server, PrometheusReader(server.url) as reader:
        reader.quit()
        server.answers = {"/-/quit": (403, "Lifecycle API is not enabled.")}
        with pytest.raises(UnexpectedAnswerError, match="Lifecycle API is not enabled"):
            reader.quit()
    with pytest.raises(UnreachableError, match="nothing listens there"):
        reader.quit()


@pytest.mark.parametrize("reset", [False, True], ids=["hung up", "reset"])
def test_a_process_that_ends_before_it_answers_has_ended(*, reset: bool) -> None:
    """That is what was wanted; a port-forward may pass it on as a reset."""

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        if reset:
            at_once = struct.pack("ii", 1, 0)
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        request.transport.close()
        return web.Response()

    app = web.Application()
    app.router.add_post("/-/quit", hang_up)
    with serving(app) as url, PrometheusReader(url) as reader:
        reader.quit()


def _found(reader: PrometheusReader) -> FoundRule:
    """The rule A as loaded."""
    promise = replace(PROMISE, name="A")
    found = LoadedAlerts(reader.rules().groups, [promise]).found(promise)
    assert found is not None
    return found


def test_the_facts_about_a_rule_name_the_matcher_to_blame() -> None:
    """A selector without series is asked again without each matcher."""
    nothing = data({"resultType": "vector", "result": []})
    answers = {"/api/v1/rules": data({"groups": [GROUP]}), QUERY: nothing}
    with speaking(answers) as server, PrometheusReader(server.url) as reader:
        fact = read_rule(reader, _found(reader), at_s=3)
    assert (fact.hold_s, fact.selectors[0].matched, fact.selectors[0].killer) == (10, 0, None)
    assert [query["query"] for path, query in server.asked if path == QUERY] == [['up{job="x"}'], ["up"]]


def test_what_a_rule_of_a_limited_group_gave_is_counted() -> None:
    """More than the limit, and Prometheus drops every alert of it; without a limit nothing is asked."""
    answers = {"/api/v1/rules": data({"groups": [{**GROUP, "limit": 1}]}), QUERY: vector("1")}
    with speaking(answers) as server, PrometheusReader(server.url) as reader:
        fact = read_rule(reader, _found(reader), at_s=3)
    assert (fact.limit, fact.produced) == (1, 1)


def test_a_selector_that_matches_is_not_asked_again() -> None:
    """One query is enough."""
    answers = {"/api/v1/rules": data({"groups": [GROUP]}), QUERY: vector("1")}
    with speaking(answers) as server, PrometheusReader(server.url) as reader:
        fact = read_rule(reader, _found(reader))
    assert fact.selectors[0].matched == 1
    assert len(server.asked) == 2
