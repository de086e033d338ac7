"""Reading Prometheus: raw samples with the instants at which they were taken, and what it has loaded.

Queries go through prometheus-api-client; the rest of the API through the same kept connection.
"""

import math
import time
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from pydantic import BaseModel, ValidationError

from harness.clients.answers import (
    METADATA,
    NAMES,
    QUERIED,
    Flags,
    LoadedConfig,
    LoadedGroups,
    QueriedSeries,
    RuntimeInfo,
    Targets,
)
from harness.clients.endpoint import TIMEOUT_S, Endpoint, EndpointReader, UnexpectedAnswerError, UnreachableError
from harness.clients.once_more import OnceMore
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.judge.preflight import RuleHealth, TargetFact
from harness.core.samples import Series

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

#: one more second each side, because a range selector leaves its own start out and works in whole milliseconds
_MARGIN_S = 1.0
_FLAGS = "/api/v1/status/flags"


class PrometheusReader(EndpointReader):
    """A running Prometheus. Every method asks at most `timeout_s`; a CouldNotTellError when it cannot tell."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(Endpoint("Prometheus", url, timeout_s=timeout_s))
        # No further retries here: whoever asks knows whether asking again helps.
        self._client = PrometheusConnect(
            url=self._endpoint.url,
            session=self._endpoint.session,
            retry=OnceMore(),
            timeout=timeout_s,
        )

    def samples(self, selector: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        """Raw samples, not resampled: a range selector as an instant query.

        Args:
            selector: an instant selector without range: `ALERTS{alertname="X"}`.
            start_s: Unix time in seconds, included.
            end_s: Unix time in seconds, included. May lie in the future: what is not there yet is not returned.

        Returns:
            Series that have at least one sample between the two instants. Staleness markers are no samples.
        """
        range_ms = math.ceil((end_s - start_s + _MARGIN_S) * 1_000)
        found = self._query(f"{selector}[{range_ms}ms]", at_s=end_s)
        cut = (
            Series(labels=one.labels, points=tuple(p for p in one.points if start_s <= p.at_s <= end_s))
            for one in found
        )
        return tuple(one for one in cut if one.points)

    def instant(self, query: str, *, at_s: float | None = None) -> tuple[Series, ...]:
        """Evaluates a query that gives a vector, at an instant (Unix time in seconds) or now; one point per series."""
        return self._query(query, at_s=at_s)

    def values(self, query: str, *, start_s: float, end_s: float, step_s: float) -> tuple[Series, ...]:
        """Evaluates a query at `start_s`, and every `step_s` (whole milliseconds) after it until `end_s`.

        A group's evaluations lie on such a grid, so with the first of them as the start and the group's interval as the
        step this is what a rule saw: https://github.com/prometheus/prometheus/blob/v3.13.5/rules/group.go,
        `EvalTimestamp`. Prometheus refuses more than 11,000 steps.
        """
        times = {"start": f"{start_s:.3f}", "end": f"{end_s:.3f}", "step": f"{step_s:.3f}"}
        data = self._data("/api/v1/query_range", query=query, **times)
        answer: object = data.get("result") if isinstance(data, dict) else None
        found: tuple[QueriedSeries, ...] = self._checked(query, lambda: QUERIED.validate_python(answer))
        return tuple(one.series() for one in found)

    def rules(self) -> LoadedGroups:
        """The rule groups as loaded."""
        return self._read("/api/v1/rules", LoadedGroups)

    def rule_health(self) -> dict[str, str]:
        """Health (`ok`, `err`, `unknown`) by rule name; of several with one name, the worst."""
        worst: dict[str, str] = {}
        for group in self.rules().groups:
            for rule in group.rules:
                if worst.get(rule.name) != "err":
                    worst[rule.name] = rule.health
        return worst

    def rule_states(self) -> tuple[RuleHealth, ...]:
        """Every loaded rule, with its health and what its last evaluation failed with."""
        return tuple(
            RuleHealth(name=rule.name, health=rule.health, last_error=rule.last_error)
            for group in self.rules().groups
            for rule in group.rules
        )

    def targets(self) -> tuple[TargetFact, ...]:
        """The active targets."""
        return tuple(
            TargetFact(
                scrape_pool=one.scrape_pool,
                labels=one.labels,
                health=one.health,
                last_error=one.last_error,
                scrape_url=one.scrape_url,
                path=urlsplit(one.scrape_url).path,
                port=urlsplit(one.scrape_url).port,
            )
            for one in self._read("/api/v1/targets", Targets, state="active").active
        )

    def config(self) -> str:
        """The configuration in force, YAML text; secrets are masked."""
        return self._read("/api/v1/status/config", LoadedConfig).yaml

    def names(self) -> tuple[str, ...]:
        """The names of all metrics that it has."""
        data = self._data("/api/v1/label/__name__/values")
        return self._checked("/api/v1/label/__name__/values", lambda: NAMES.validate_python(data))

    def started(self) -> str:
        """When the process began, as it writes it; another text is another process."""
        return self._read("/api/v1/status/runtimeinfo", RuntimeInfo).start_time

    def metric_types(self, match_target: str) -> dict[str, str]:
        """Metric types by metric name, as stated by the targets that match, e.g. `{job="x"}`."""
        data = self._data("/api/v1/targets/metadata", match_target=match_target)
        found = self._checked("/api/v1/targets/metadata", lambda: METADATA.validate_python(data))
        return {one.metric: one.type for one in found}

    def alive(self) -> bool:
        """Whether it answers and is ready to serve queries. Never raises."""
        try:
            self._endpoint.get("/-/ready")
        except (UnreachableError, UnexpectedAnswerError):
            return False
        return True

    def clock_offset_s(self) -> tuple[float, float]:
        """How far the server's clock is ahead of ours, and how far that estimate may be off; seconds.

        `time()` evaluates at the server's own now, to the millisecond; half of the round trip is the uncertainty.
        """
        sent_s = time.time()
        (found,) = self._query("vector(time())", at_s=None)
        took_s = time.time() - sent_s
        return found.points[0].value - (sent_s + took_s / 2), took_s / 2

    def lookback(self) -> PromDuration:
        """`--query.lookback-delta` as it runs with: a series counts as gone so long after its last value."""
        flags = self._read(_FLAGS, Flags)
        try:
            return PromDuration.parse(flags.lookback)
        except MisuseError as error:
            raise self._endpoint.unexpected(_FLAGS, str(error)) from error

    def _query(self, query: str, *, at_s: float | None) -> tuple[Series, ...]:
        params = {} if at_s is None else {"time": f"{at_s:.3f}"}
        try:
            answer: object = self._client.custom_query(query, params=params)
        except requests.JSONDecodeError as error:
            raise self._endpoint.unexpected(f"the query {query!r}", f"no JSON: {error}") from error
        except requests.RequestException as error:
            raise self._endpoint.unreachable(error) from error
        except (PrometheusApiClientException, KeyError) as error:
            raise self._endpoint.unexpected(f"the query {query!r}", str(error)) from error
        parsed: tuple[QueriedSeries, ...] = self._checked(query, lambda: QUERIED.validate_python(answer))
        return tuple(one.series() for one in parsed)

    def _data(self, path: str, **query: str) -> object:
        answer = self._endpoint.get_json(path, **query)
        if not isinstance(answer, dict) or "data" not in answer:
            raise self._endpoint.unexpected(path, "no `data` in the answer")
        data: object = answer["data"]
        return data

    def _read(self, path: str, model: type[M], **query: str) -> M:
        data = self._data(path, **query)
        return self._checked(path, lambda: model.model_validate(data))

    def _checked(self, path: str, parse: Callable[[], T]) -> T:
        try:
            return parse()
        except ValidationError as error:
            raise self._endpoint.unexpected(path, str(error)) from error
