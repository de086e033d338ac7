"""The messages by which a Prometheus gives its raw samples away and takes some: remote read and remote write.

A query's answer leaves staleness markers out; these messages carry every sample as it is stored, bit for bit but for
the sign of a zero, which Prometheus leaves out with the zero (prompb/types.pb.go, `Sample.MarshalToSizedBuffer`). The
shapes are those of Prometheus's own files, as far as they speak of floats, whose fields have these numbers for good:
https://github.com/prometheus/prometheus/blob/v3.13.5/prompb/remote.proto, prompb/types.proto
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

import cramjam
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from harness.core.errors import CouldNotTellError
from harness.core.promql.tree import Matcher
from harness.core.samples import Point, Series

_DOUBLE, _INT64, _STRING, _MESSAGE, _ENUM = (
    FieldDescriptorProto.TYPE_DOUBLE,
    FieldDescriptorProto.TYPE_INT64,
    FieldDescriptorProto.TYPE_STRING,
    FieldDescriptorProto.TYPE_MESSAGE,
    FieldDescriptorProto.TYPE_INT32,  # an enumeration is a number on the wire
)
#: message -> its fields: name, number, type, whether there are many, the message it holds
_SHAPES: Mapping[str, tuple[tuple[str, int, FieldDescriptorProto.Type.ValueType, bool, str], ...]] = {
    "Label": (("name", 1, _STRING, False, ""), ("value", 2, _STRING, False, "")),
    "Sample": (("value", 1, _DOUBLE, False, ""), ("timestamp", 2, _INT64, False, "")),
    "TimeSeries": (("labels", 1, _MESSAGE, True, "Label"), ("samples", 2, _MESSAGE, True, "Sample")),
    "WriteRequest": (("timeseries", 1, _MESSAGE, True, "TimeSeries"),),
    "LabelMatcher": (("type", 1, _ENUM, False, ""), ("name", 2, _STRING, False, ""), ("value", 3, _STRING, False, "")),
    "Query": (
        ("start_timestamp_ms", 1, _INT64, False, ""),
        ("end_timestamp_ms", 2, _INT64, False, ""),
        ("matchers", 3, _MESSAGE, True, "LabelMatcher"),
    ),
    "ReadRequest": (("queries", 1, _MESSAGE, True, "Query"),),
    "QueryResult": (("timeseries", 1, _MESSAGE, True, "TimeSeries"),),
    "ReadResponse": (("results", 1, _MESSAGE, True, "QueryResult"),),
}


class RemoteProtocolError(CouldNotTellError):
    """What a server sent, or a file holds, is no such message."""


#: how a matcher compares, with its number on the wire
_OPERATORS: Final = {"=": 0, "!=": 1, "=~": 2, "!~": 3}


class _Sample(Protocol):
    value: float
    timestamp: int


def written(found: Iterable[Series]) -> bytes:
    """A WriteRequest with these series, not compressed; labels sorted by name, as a receiver wants them."""
    request: Any = _new("WriteRequest")
    for series in found:
        one = request.timeseries.add()
        for name, value in sorted(series.labels.items()):
            one.labels.add(name=name, value=value)
        for point in series.points:
            one.samples.add(value=point.value, timestamp=_ms(point.at_s))
    text: bytes = request.SerializeToString()
    return text


def written_columns(found: Iterable[tuple[Iterable[tuple[str, str]], Iterable[int], Iterable[float]]]) -> bytes:
    """The same of labels, sorted by name, with instants in ms and a value for each."""
    request: Any = _new("WriteRequest")
    for labels, instants, values in found:
        one = request.timeseries.add()
        for name, value in labels:
            one.labels.add(name=name, value=value)
        add = one.samples.add
        for at_ms, sample in zip(instants, values, strict=True):
            add(value=sample, timestamp=at_ms)
    text: bytes = request.SerializeToString()
    return text


def read_written(request: bytes) -> tuple[Series, ...]:
    """The series of a WriteRequest that is not compressed.

    Raises:
        RemoteProtocolError: it is none.
    """
    return tuple(_series(_parsed("WriteRequest", request).timeseries))


def read_instants(request: bytes) -> Iterator[tuple[tuple[tuple[str, str], ...], tuple[int, ...]]]:
    """The label set of each series of a WriteRequest, by name, with the instants of its samples, Unix milliseconds.

    Raises:
        RemoteProtocolError: it is none.
    """
    for one in _parsed("WriteRequest", request).timeseries:
        labels = tuple(sorted((label.name, label.value) for label in one.labels))
        yield labels, tuple(sample.timestamp for sample in one.samples)


def asked(queries: Iterable[Iterable[Matcher]], *, start_s: float, end_s: float) -> bytes:
    """A ReadRequest, not compressed: each query's series, with all samples between two instants, both included."""
    request: Any = _new("ReadRequest")
    for matchers in queries:
        query = request.queries.add(start_timestamp_ms=_ms(start_s), end_timestamp_ms=_ms(end_s))
        for one in matchers:
            query.matchers.add(type=_OPERATORS[one.op], name=one.label, value=one.value)
    text: bytes = request.SerializeToString()
    return text


def read_answer(answer: bytes) -> tuple[tuple[Series, ...], ...]:
    """The series that each query of a ReadRequest got, staleness markers among their points.

    Args:
        answer: a ReadResponse, not compressed.

    Raises:
        RemoteProtocolError: it is none.
    """
    return tuple(tuple(_series(one.timeseries)) for one in _parsed("ReadResponse", answer).results)


def compressed(message: bytes) -> bytes:
    """As it goes over the wire: a snappy block."""
    return bytes(cramjam.snappy.compress_raw(message))


def decompressed(block: bytes) -> bytes:
    """A message from a snappy block.

    Raises:
        RemoteProtocolError: it is none.
    """
    try:
        return bytes(cramjam.snappy.decompress_raw(block))
    except cramjam.DecompressionError as error:
        raise _no_message("no snappy block", error) from error


def _series(found: Iterable[Any]) -> Iterator[Series]:
    for one in found:
        samples: Iterable[_Sample] = one.samples
        yield Series(
            labels={label.name: label.value for label in one.labels},
            points=tuple(Point(at_s=sample.timestamp / 1_000, value=sample.value) for sample in samples),
        )


def _parsed(name: str, text: bytes) -> Any:  # noqa: ANN401 - protobuf makes the classes as it runs
    message = _new(name)
    try:
        message.ParseFromString(text)
    except DecodeError as error:
        raise _no_message(f"no {name}", error) from error
    return message


def _no_message(what: str, error: Exception) -> RemoteProtocolError:
    return RemoteProtocolError(
        "raw samples cannot be read", why=f"{what}: {error}", fix="check that a Prometheus, or this harness, wrote them"
    )


def _ms(at_s: float) -> int:
    return round(at_s * 1_000)


def _pool() -> DescriptorPool:
    """The messages, in a pool of their own: whoever else is in this process may have Prometheus's under their names."""
    file = FileDescriptorProto(name="remote.proto", package="prometheus", syntax="proto3")
    for name, fields in _SHAPES.items():
        message = DescriptorProto(name=name)
        for field, number, kind, many, held in fields:
            label = FieldDescriptorProto.LABEL_REPEATED if many else FieldDescriptorProto.LABEL_OPTIONAL
            holds = f".prometheus.{held}" if held else None
            message.field.add(name=field, number=number, type=kind, label=label, type_name=holds)
        file.message_type.append(message)
    pool = DescriptorPool()
    pool.Add(file)
    return pool


_POOL = _pool()
_CLASSES = {name: GetMessageClass(_POOL.FindMessageTypeByName(f"prometheus.{name}")) for name in _SHAPES}


def _new(name: str) -> Message:
    return _CLASSES[name]()
