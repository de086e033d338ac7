"""Raw samples in a file: a line that says what it is, then messages of remote write, gzip'd, each behind its length.

Messages, because a Prometheus takes them as they are, staleness markers among the samples, bit for bit. Each spans at
most half an hour, so that one that takes nothing older than that beside its newest sample (the default,
https://github.com/prometheus/prometheus/blob/v3.13.5/tsdb/head.go, `appendableMinValidTime`) takes a night as well.
The end is written down: a file that was cut off says so by itself.
"""

import gzip
import itertools
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from harness.core.errors import MisuseError
from harness.core.remote_protocol import RemoteProtocolError, read_instants, read_written, written
from harness.core.samples import Point, Series

_HEAD: Final = b"kubemirror-harness samples 1\n"
_LENGTH: Final = struct.Struct(">I")
#: milliseconds that a message spans at most
_SPAN_MS: Final = 30 * 60 * 1_000
#: of gzip: the next step saves a hundredth and takes twice as long
_LEVEL: Final = 6


class SamplesError(MisuseError):
    """A file of samples is not as one was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """What one file holds: checked, and still packed."""

    #: gzip'd messages, in the order of time
    frames: tuple[bytes, ...]
    #: first and last sample, Unix seconds; None where there is none
    span_s: tuple[float, float] | None
    #: how many samples there are, staleness markers included, and of how many series
    count: int
    series_count: int

    @classmethod
    def of(cls, found: Iterable[Series]) -> Self:
        """Packs samples.

        Args:
            found: each label set once, its points in the order of time, no two at one millisecond.

        Raises:
            SamplesError: they are not like that.
        """
        return cls._checked(tuple(gzip.compress(one, _LEVEL, mtime=0) for one in _messages(found)), "samples")

    @classmethod
    def read(cls, content: bytes, name: str) -> Self:
        """Reads a file's content.

        Args:
            content: of the file.
            name: of the file, for messages.

        Raises:
            SamplesError: it is cut off, no such file, or holds samples that no Prometheus would have.
        """
        if not content.startswith(_HEAD):
            raise _wrong(name, "it does not begin like a file of samples")
        return cls._checked(tuple(_frames(content, name)), name)

    def written(self) -> bytes:
        """The file's content."""
        ends = (*self.frames, b"")
        return _HEAD + b"".join(_LENGTH.pack(len(frame)) + frame for frame in ends)

    def messages(self) -> Iterator[bytes]:
        """WriteRequests, not compressed, in the order of time: given them, a Prometheus has what was recorded."""
        return map(gzip.decompress, self.frames)

    def series(self) -> tuple[Series, ...]:
        """All of it: each series once, by labels; staleness markers are among the points."""
        points: dict[tuple[tuple[str, str], ...], list[Point]] = {}
        for one in itertools.chain.from_iterable(map(read_written, self.messages())):
            points.setdefault(tuple(sorted(one.labels.items())), []).extend(one.points)
        return tuple(Series(labels=dict(labels), points=tuple(points[labels])) for labels in sorted(points))

    @classmethod
    def _checked(cls, frames: tuple[bytes, ...], name: str) -> Self:
        last: dict[tuple[tuple[str, str], ...], int] = {}
        first_ms, last_ms, count = None, 0, 0
        for frame in frames:
            for labels, at_ms in _instants(frame, name):
                if not at_ms:
                    continue
                before = last.get(labels)
                chain = at_ms if before is None else (before, *at_ms)
                wrong = next(((a, b) for a, b in itertools.pairwise(chain) if a >= b), None)
                if wrong is not None:
                    raise _disorder(name, labels, *wrong)
                last[labels] = at_ms[-1]
                first_ms = at_ms[0] if first_ms is None else min(first_ms, at_ms[0])
                last_ms, count = max(last_ms, at_ms[-1]), count + len(at_ms)
        span_s = None if first_ms is None else (first_ms / 1_000, last_ms / 1_000)
        return cls(frames=frames, span_s=span_s, count=count, series_count=len(last))


def _messages(found: Iterable[Series]) -> Iterator[bytes]:
    """One for each half an hour in which there is a sample, series by name and labels: neighbours pack well."""
    parts: dict[int, list[Series]] = {}
    for series in sorted(found, key=lambda one: (one.labels.get("__name__", ""), sorted(one.labels.items()))):
        for part, points in itertools.groupby(series.points, key=lambda one: round(one.at_s * 1_000) // _SPAN_MS):
            parts.setdefault(part, []).append(Series(labels=series.labels, points=tuple(points)))
    return (written(parts[part]) for part in sorted(parts))


def _frames(content: bytes, name: str) -> Iterator[bytes]:
    at = len(_HEAD)
    while True:
        length = content[at : at + _LENGTH.size]
        if len(length) < _LENGTH.size:
            raise _wrong(name, "it is cut off")
        (size,), at = _LENGTH.unpack(length), at + _LENGTH.size
        if size == 0:
            break
        frame, at = content[at : at + size], at + size
        if len(frame) < size:
            raise _wrong(name, "it is cut off")
        yield frame
    if at != len(content):
        raise _wrong(name, "something was added to its end")


def _instants(frame: bytes, name: str) -> Iterator[tuple[tuple[tuple[str, str], ...], tuple[int, ...]]]:
    try:
        yield from read_instants(gzip.decompress(frame))
    except (OSError, EOFError, ValueError, RemoteProtocolError) as error:
        raise _wrong(name, "a part of it cannot be unpacked") from error


def _disorder(name: str, labels: Iterable[tuple[str, str]], before_ms: int, after_ms: int) -> SamplesError:
    shown = ", ".join(f"{label}={value!r}" for label, value in labels)
    how = "has two samples at one instant" if before_ms == after_ms else "has samples that are not in the order of time"
    return _wrong(name, f"the series {{{shown}}} {how} ({before_ms / 1_000:.3f}, {after_ms / 1_000:.3f})")


def _wrong(name: str, why: str) -> SamplesError:
    return SamplesError(f"{name} cannot be used", why=why, fix="record again: the file is not as a run writes it")
