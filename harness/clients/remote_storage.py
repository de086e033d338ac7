"""A Prometheus's raw samples, given away and taken: remote read and remote write.

A query leaves staleness markers out and takes a range for each selector; this has every sample as it is stored.
https://prometheus.io/docs/prometheus/latest/querying/remote_read_api/, https://prometheus.io/docs/specs/prw/remote_write_spec/
"""

from collections.abc import Iterable, Mapping
from typing import Final

from harness.clients.endpoint import Endpoint, EndpointReader, HungUpError
from harness.core.promql.tree import Matcher
from harness.core.remote_protocol import (
    RemoteProtocolError,
    asked,
    compressed,
    decompressed,
    read_answer,
)
from harness.core.samples import Series

#: a night's samples of a few hundred series are some megabytes
TIMEOUT_S: Final = 30.0
_HEADERS: Final = {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"}
_READ, _WRITE = "/api/v1/read", "/api/v1/write"


class RemoteStorage(EndpointReader):
    """A Prometheus whose samples are moved, not asked; every method raises a CouldNotTellError when it cannot."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(Endpoint("Prometheus", url, timeout_s=timeout_s))

    def read(
        self, queries: Iterable[Iterable[Matcher]], *, start_s: float, end_s: float, external: Mapping[str, str]
    ) -> tuple[Series, ...]:
        """All samples of the series that any of these queries selects, each series once, by labels.

        Args:
            queries: of matchers that must all fit; the metric's name is one of them, `__name__`.
            external: Prometheus's `external_labels`. It adds them to every series that it gives away, as
                https://github.com/prometheus/prometheus/blob/v3.13.5/storage/remote/read_handler.go says; they are
                taken off again, so that a series is what rules see.
            start_s: Unix time, included.
            end_s: Unix time, included.

        Returns:
            Series with at least one sample; staleness markers are among their points.
        """
        headers = {**_HEADERS, "Accept-Encoding": "snappy", "X-Prometheus-Remote-Read-Version": "0.1.0"}
        message = compressed(asked(queries, start_s=start_s, end_s=end_s))
        try:
            answer = self._endpoint.send_bytes(_READ, message, headers)
        except HungUpError:  # as a kept connection may end, see `OnceMore`: what is no GET, but changes nothing
            answer = self._endpoint.send_bytes(_READ, message, headers)
        try:
            found = read_answer(decompressed(answer))
        except RemoteProtocolError as error:
            raise self._endpoint.unexpected(_READ, error.why) from error
        given = external.items()
        bare = (
            Series(
                labels={name: value for name, value in one.labels.items() if (name, value) not in given},
                points=one.points,
            )
            for part in found
            for one in part
            if one.points
        )
        by_labels = {tuple(sorted(one.labels.items())): one for one in bare}
        return tuple(by_labels[labels] for labels in sorted(by_labels))

    def write(self, message: bytes) -> None:
        """Hands samples over, which are then there to be asked for.

        Args:
            message: a WriteRequest, not compressed. No sample may be older than the newest that is there, less half an
                hour, nor in the future.
        """
        headers = {**_HEADERS, "X-Prometheus-Remote-Write-Version": "0.1.0"}
        self._endpoint.send_bytes(_WRITE, compressed(message), headers)
