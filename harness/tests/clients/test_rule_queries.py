"""What a rule's expression gives is asked of Prometheus, at an instant or over many in one question."""

import json

import pytest

from harness.clients.endpoint import UnexpectedAnswerError
from harness.clients.rule_queries import MOST_STEPS, NativeHistogramError, QueryFailedError, RuleQueries
from harness.core.replay.labels import Element
from harness.tests.clients.speaking_server import Answer, data, speaking

_AT, _OVER = "/api/v1/query", "/api/v1/query_range"
_UP = {"__name__": "up", "pod": "a", "empty": ""}


def _failing(kind: str, status: int = 422) -> Answer:
    return status, json.dumps({"status": "error", "errorType": kind, "error": "its words"})


def _asked(path: str, answer: Answer) -> tuple[Element, ...] | tuple[tuple[Element, ...], ...]:
    with speaking({path: answer}) as server, RuleQueries(server.url, timeout_s=5.0) as queries:
        if path == _AT:
            return queries.at("up", 1_700_000_000_007)
        return queries.over("up", first_ms=1_000, step_ms=500, count=3)


def test_a_vector_is_its_series_and_a_scalar_one_without_labels() -> None:
    """Labels that are empty are none."""
    vector = data({"resultType": "vector", "result": [{"metric": _UP, "value": [1, "NaN"]}]})
    (one,) = _asked(_AT, vector)
    assert isinstance(one, Element)
    assert one.labels == (("__name__", "up"), ("pod", "a"))
    assert _asked(_AT, data({"resultType": "scalar", "result": [1, "-Inf"]})) == (
        Element(labels=(), value=float("-inf")),
    )


def test_anything_else_fails_as_it_does_in_a_rule() -> None:
    """In Prometheus's words."""
    with pytest.raises(QueryFailedError) as caught:
        _asked(_AT, data({"resultType": "string", "result": [1, "x"]}))
    assert caught.value.words == "rule result is not a vector or scalar"


@pytest.mark.parametrize("path", [_AT, _OVER])
def test_a_failure_of_the_expression_has_its_words_and_one_of_the_server_is_none(path: str) -> None:
    """The rule fails with the first; the second says nothing about it."""
    with pytest.raises(QueryFailedError) as caught:
        _asked(path, _failing("execution"))
    assert caught.value.words == "its words"
    with pytest.raises(UnexpectedAnswerError, match="timeout: its words"):
        _asked(path, _failing("timeout", 503))
    with pytest.raises(UnexpectedAnswerError, match="no JSON"):
        _asked(path, (502, "<html>"))


@pytest.mark.parametrize(("path", "kind", "key"), [(_AT, "vector", "histogram"), (_OVER, "matrix", "histograms")])
def test_a_native_histogram_is_said_to_be_one(path: str, kind: str, key: str) -> None:
    """It is no series without a value."""
    with pytest.raises(NativeHistogramError):
        _asked(path, data({"resultType": kind, "result": [{"metric": _UP, key: [1, {"count": "1"}]}]}))


def test_a_range_is_laid_out_by_instants() -> None:
    """One at which a series was not there has none of it."""
    result = [{"metric": {"pod": pod}, "values": values} for pod, values in (("a", [[1, "1"], [2, "3"]]), ("b", []))]
    first, second, third = _asked(_OVER, data({"resultType": "matrix", "result": result}))
    assert (first, second, third) == (
        (Element(labels=(("pod", "a"),), value=1.0),),
        (),
        (Element(labels=(("pod", "a"),), value=3.0),),
    )


def test_more_steps_than_prometheus_answers_are_asked_for_page_by_page() -> None:
    """Each instant once."""
    with speaking({_OVER: data({"resultType": "matrix", "result": []})}) as server:
        with RuleQueries(server.url, timeout_s=5.0) as queries:
            found = queries.over("up", first_ms=0, step_ms=250, count=MOST_STEPS + 2)
        pages = [(query["start"], query["end"], query["step"]) for _, query in server.asked]
    assert len(found) == MOST_STEPS + 2
    assert pages == [(["0.000"], ["2749.750"], ["0.250"]), (["2750.000"], ["2750.250"], ["0.250"])]


def test_an_instant_is_asked_for_to_the_millisecond() -> None:
    """As a rule's evaluation is."""
    with speaking({_AT: data({"resultType": "vector", "result": []})}) as server:
        with RuleQueries(server.url, timeout_s=5.0) as queries:
            queries.at("up", 1_700_000_000_007)
        assert server.asked[0][1]["time"] == ["1700000000.007"]
