"""Messages of remote read and write: what is put in comes out again, and what is no message is said to be none."""

import pytest

from harness.core.promql.tree import Matcher, MatchOp
from harness.core.remote_protocol import (
    RemoteProtocolError,
    asked,
    compressed,
    decompressed,
    read_answer,
    read_instants,
    read_written,
    written,
)
from harness.core.samples import STALE, Point, Series, is_stale

_SERIES = (
    Series(labels={"__name__": "a", "b": "c"}, points=(Point(at_s=1.001, value=2.5), Point(at_s=2.0, value=STALE))),
    Series(labels={"__name__": "nan"}, points=(Point(at_s=3.0, value=float("nan")),)),
)


def test_samples_are_the_same_bit_for_bit() -> None:
    """A staleness marker is no other NaN."""
    first, second = read_written(decompressed(compressed(written(_SERIES))))
    assert first.labels == {"__name__": "a", "b": "c"}
    assert [(point.at_s, is_stale(point.value)) for point in first.points] == [(1.001, False), (2.0, True)]
    assert first.points[0].value == 2.5
    assert str(second.points[0].value) == "nan"
    assert not is_stale(second.points[0].value)


def test_instants_can_be_had_alone() -> None:
    """By label sets that can be keys."""
    assert [*read_instants(written(_SERIES))] == [
        ((("__name__", "a"), ("b", "c")), (1_001, 2_000)),
        ((("__name__", "nan"),), (3_000,)),
    ]


def test_what_is_no_message_is_said_to_be_none() -> None:
    """Whoever sent it."""
    for read in (read_written, read_answer, lambda text: [*read_instants(text)]):
        with pytest.raises(RemoteProtocolError, match="cannot be read"):
            read(b"\xff\xff\xff")
    with pytest.raises(RemoteProtocolError, match="cannot be read"):
        decompressed(b"\xff\xff\xff\xff\xff\xff")


def test_a_question_has_each_matcher() -> None:
    """As a number for the operator; what is asked is longer for each of them."""
    matchers = [Matcher(label="a", op=op, value="b") for op in MatchOp]
    lengths = [len(asked([matchers[:number]], start_s=1, end_s=2)) for number in range(5)]
    assert lengths == sorted(set(lengths))
