"""A Prometheus, asked for what a rule's expression gives: at one instant as a rule asks, or at many in one question.

The value at one instant is what counts. A range gives the same at each of its steps, or fails as a whole where a single
one does, and where series of different instants end up with the same labels:
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/engine.go (`rangeEval`, `execEvalStmt`)
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, TypeAdapter

from harness.clients.endpoint import Answer, Endpoint, EndpointReader
from harness.core.errors import CouldNotTellError
from harness.core.replay.labels import Element, label_set

#: of one question: https://github.com/prometheus/prometheus/blob/v3.13.5/web/api/v1/api.go (`queryRange`)
MOST_STEPS: Final = 11_000
#: what a rule says to other results: https://github.com/prometheus/prometheus/blob/v3.13.5/rules/manager.go
_NO_VECTOR: Final = "rule result is not a vector or scalar"
_OK: Final = 200
#: the expression's fault; any other is the server's, or that it took too long
_ITS_OWN: Final = ("execution", "bad_data")

_Sample = tuple[float, Annotated[float, BeforeValidator(float)]]


class QueryFailedError(CouldNotTellError):
    """Prometheus has tried and failed: so does the rule."""

    def __init__(self, query: str, words: str) -> None:
        super().__init__(f"`{query}` fails", why=words, fix="change the expression")
        #: Prometheus's own
        self.words = words


class NativeHistogramError(CouldNotTellError):
    """The result is a native histogram, of which nothing here knows."""


class _Series(Answer):
    metric: dict[str, str]
    value: _Sample | None = None
    values: tuple[_Sample, ...] = ()
    histogram: object = None
    histograms: object = None


class _Failure(Answer):
    error: str
    kind: str = Field(alias="errorType")


_SERIES = TypeAdapter(tuple[_Series, ...])
_SCALAR = TypeAdapter(_Sample)
_FAILURE = TypeAdapter(_Failure)
_ENVELOPE = TypeAdapter(dict[str, object])


class RuleQueries(EndpointReader):
    """A Prometheus that evaluates expressions; every method raises a CouldNotTellError when it does not answer."""

    def __init__(self, url: str, *, timeout_s: float) -> None:
        super().__init__(Endpoint("Prometheus", url, timeout_s=timeout_s))

    def at(self, query: str, at_ms: int) -> tuple[Element, ...]:
        """What it gives at an instant, a scalar as a series without labels.

        Args:
            query: PromQL.
            at_ms: Unix time.

        Raises:
            QueryFailedError: evaluating it fails, or gives neither a vector nor a scalar.
            NativeHistogramError: among the values is one.
        """
        path = "/api/v1/query"
        kind, result = self._asked(path, query, {"time": _text(at_ms)})
        if kind == "scalar":
            return (Element(labels=(), value=self._endpoint.shaped(path, _SCALAR, result)[1]),)
        if kind != "vector":
            raise QueryFailedError(query, _NO_VECTOR)
        found = self._series(path, query, result)
        return tuple(Element(labels=label_set(one.metric), value=one.value[1]) for one in found if one.value)

    def over(self, query: str, *, first_ms: int, step_ms: int, count: int) -> tuple[tuple[Element, ...], ...]:
        """What it gives at each of `count` instants, `step_ms` apart. Errors as `at`, for all of them at once."""
        found: list[list[Element]] = [[] for _ in range(count)]
        for start in range(0, count, MOST_STEPS):
            steps = min(MOST_STEPS, count - start)
            begin_ms = first_ms + start * step_ms
            times = {
                "start": _text(begin_ms),
                "end": _text(begin_ms + (steps - 1) * step_ms),
                "step": _text(step_ms),
            }
            path = "/api/v1/query_range"
            _, result = self._asked(path, query, times)
            for place, element in _placed(self._series(path, query, result), begin_ms, step_ms):
                found[start + place].append(element)
        return tuple(map(tuple, found))

    def _asked(self, path: str, query: str, times: dict[str, str]) -> tuple[str, object]:
        response = self._endpoint.send("GET", path, query={"query": query, **times})
        try:
            answer: object = response.json()
        except ValueError as error:
            raise self._endpoint.unexpected(path, f"no JSON: {response.text.strip()[:80]!r}") from error
        envelope = self._endpoint.shaped(path, _ENVELOPE, answer)
        if response.status_code != _OK:
            failure = self._endpoint.shaped(path, _FAILURE, answer)
            if failure.kind not in _ITS_OWN:
                raise self._endpoint.unexpected(path, f"{failure.kind}: {failure.error}")
            raise QueryFailedError(query, failure.error)
        data = self._endpoint.shaped(path, _ENVELOPE, envelope.get("data"))
        return str(data.get("resultType")), data.get("result")

    def _series(self, path: str, query: str, result: object) -> Sequence[_Series]:
        found = self._endpoint.shaped(path, _SERIES, result)
        if any(one.histogram is not None or one.histograms is not None for one in found):
            raise NativeHistogramError(
                f"`{query}` cannot be replayed",
                why="among its values are native histograms",
                fix="ask it of a Prometheus itself; what is replayed is numbers",
            )
        return found


def _placed(found: Sequence[_Series], begin_ms: int, step_ms: int) -> Iterator[tuple[int, Element]]:
    for one in found:
        labels = label_set(one.metric)
        for at_s, value in one.values:
            yield (round(at_s * 1_000) - begin_ms) // step_ms, Element(labels=labels, value=value)


def _text(ms: int) -> str:
    """Seconds, as Prometheus reads them back to the same millisecond."""
    return f"{ms / 1_000:.3f}"
