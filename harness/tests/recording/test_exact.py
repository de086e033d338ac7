"""What goes through a recording and a Prometheus is what was recorded, staleness markers and instants included."""

import io
import random
import struct
from pathlib import Path

from harness.clients.remote_storage import RemoteStorage
from harness.core.duration import PromDuration
from harness.core.promql.tree import Matcher, MatchOp
from harness.core.samples import STALE, Point, Series
from harness.offline.private_prometheus import private_prometheus
from harness.recording.recording import Recording
from harness.tests.recording.made import START_S, beats, recording
from harness.toolchain import progress_to


def _made(seed: int) -> tuple[Series, ...]:
    """A hundred series with gaps, markers, resets and numbers that are none, over an hour and a half."""
    chance = random.Random(seed)  # noqa: S311 - nothing is secret
    odd = (STALE, float("nan"), float("inf"), float("-inf"), 0.0, 5e-324, 0.1)
    found = []
    for number in range(100):
        at_s, points = START_S, []
        while (at_s := round(at_s + chance.choice((0.001, 0.5, 30.0, 400.0)), 3)) < START_S + 5_400:
            points.append(Point(at_s=at_s, value=chance.choice((*odd, chance.random() * 1e9))))
        labels = {"__name__": f"m{number % 7}", "number": str(number), "text": 'ä\n"\\'}
        found.append(Series(labels=labels, points=tuple(points)))
    return tuple(sorted(found, key=lambda one: sorted(one.labels.items())))


def _bits(found: tuple[Series, ...]) -> dict[tuple[tuple[str, str], ...], list[tuple[int, bytes]]]:
    return {
        tuple(sorted(one.labels.items())): [
            (round(point.at_s * 1_000), struct.pack(">d", point.value)) for point in one.points
        ]
        for one in found
    }


def test_every_sample_comes_out_as_it_went_in(tmp_path: Path) -> None:
    """From the file, and from a Prometheus that was given its messages."""
    samples = _made(15)
    read = Recording.read(recording(tmp_path, scraped=samples, recorded=(beats(),), end_s=START_S + 5_400))
    assert _bits(read.scraped.series()) == _bits(samples)
    with private_prometheus(PromDuration(5_000), progress_to(io.StringIO(), {})) as prometheus:
        prometheus.load(read.scraped.messages())
        prometheus.load(read.recorded.messages())
        with RemoteStorage(prometheus.url) as storage:
            every = Matcher(label="__name__", op=MatchOp.REGEX, value="m.*")
            found = storage.read([(every,)], start_s=START_S, end_s=START_S + 5_400, external={})
    assert _bits(found) == _bits(samples)
