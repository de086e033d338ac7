"""What is read is what was written, or an error says what is wrong with it."""

import gzip
import json
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.duration import PromDuration
from harness.core.judge import Component, DeliveryPace, Disruption, Pace
from harness.core.judge.fault_window import FaultWindow
from harness.core.judge.preflight import TargetFact
from harness.core.reading import Reading
from harness.core.remote_protocol import written
from harness.core.samples import STALE, Point, Series, is_stale
from harness.core.timeline import AlertState, Change, Gap
from harness.recording.facts import Facts, ObservedTimeline
from harness.recording.layout import seal_of
from harness.recording.recording import Recording, RecordingError
from harness.recording.samples_file import Samples, SamplesError
from harness.recording.writing import Taken, write_recording
from harness.tests.recording.made import SETTING, START_S, beats, firing, recording, series, taken, up

_FACTS = Facts(
    about="scenarios/t.py::test_it[A]",
    verdict="VIOLATED",
    setting=replace(SETTING, programs={"prometheus": "3.13.5"}),
    start_s=START_S,
    end_s=START_S + 5,
    instants={"start": START_S, "undo": None},
    injected=("a",),
    gave_up=("b",),
    disruptions=(Disruption(component=Component.MACHINE, start_s=1.0, end_s=2.0, cause="stalled"),),
    fault_windows=(
        FaultWindow(start_s=1.0, end_s=2.0, alerts=frozenset("BA"), because="x", near=frozenset("CB")),
        FaultWindow(start_s=1.0, end_s=2.0, alerts=None, because="y", blinds=True),
    ),
    witnesses={"A": (Reading(at_s=1.0, value=2.5, holds=True, note="n"),)},
    timelines={
        "A": (
            ObservedTimeline(
                labels={"alertname": "A"},
                changes=(Change(at_s=1.0, state=AlertState.FIRING),),
                gaps=(Gap(start_s=1.0, end_s=3.0),),
            ),
        ),
        "B": (),
    },
    deliveries=(
        Delivery(
            receiver="r",
            status="firing",
            labels={"alertname": "A"},
            annotations={"summary": "s"},
            starts_at_s=1.0,
            ends_at_s=None,
            received_at_s=2.0,
            group_key="g",
            fingerprint="f",
        ),
    ),
    pace=Pace(speed=60.0, scrape_s=0.5, evaluation_s=0.5, witness_s=0.25),
    delivery_pace=DeliveryPace(group_wait_s=0.5, group_interval_s=5.0, resend_s=1.0),
    targets=(TargetFact(scrape_pool="p", labels={"job": "j"}, health="up", last_error="", port=8080),),
    pods=({"name": "p", "status": {"phase": "Running"}},),
    events=({"at": "now", "count": 1},),
    clock_step_s=0.25,
    lost=("staleness markers",),
    unread={"receiver": "it does not answer"},
)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Facts, samples, rules and contract; staleness markers bit for bit."""
    path = write_recording(replace(taken(), facts=_FACTS), tmp_path / "r.recordings" / "made")
    found = Recording.read(path)
    assert found.facts == _FACTS
    assert found.scraped.series() == (up(1, 1, 1, 1, 1, 1),)
    alerts, evaluated = found.recorded.series()
    assert evaluated == beats()
    assert [is_stale(point.value) for point in alerts.points] == [False, False, False, True]
    assert alerts.points[:3] == firing().points[:3]
    assert [group.name for group in found.groups] == ["g"]
    assert found.contract == "alerts: []\n"
    assert found.lookback == PromDuration(5_000)
    assert found.span_s == (START_S, START_S + 5)
    assert found.harness


def test_one_of_a_stack_that_did_not_come_up_is_one_all_the_same(tmp_path: Path) -> None:
    """With what was said; whoever wants to ask it is told that there is nothing to ask."""
    path = write_recording(
        Taken(facts=Facts(about="x"), failure="no etcd", logs={"etcd.log": "port\n"}), tmp_path / "x"
    )
    found = Recording.read(path)
    assert (found.span_s, found.groups) == (None, ())
    assert [one.why for one in found.unknown] == ["no stack was recorded"]
    assert (path / "logs" / "etcd.log").read_text() == "port\n"
    with pytest.raises(RecordingError, match="nothing to ask"):
        _ = found.setting


def _changed(path: Path, **changes: object) -> None:
    """As somebody does who knows how it is sealed."""
    file = path / "recording.json"
    document = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({**document, "sha256": seal_of(document)}))


def _edited(path: Path) -> None:
    file = path / "recording.json"
    file.write_text(file.read_text().replace('"speed": 60.0', '"speed": 30.0'))


def _shortened(name: str) -> Callable[[Path], None]:
    def shorten(path: Path) -> None:
        content = (path / name).read_bytes()
        (path / name).write_bytes(content[: len(content) // 2])

    return shorten


def _flipped(name: str) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        content = bytearray((path / name).read_bytes())
        content[-9] ^= 1
        (path / name).write_bytes(content)

    return flip


def _dossier(path: Path) -> None:
    (path / "recording.json").rename(path / "story.json")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        pytest.param(_shortened("recording.json"), "recording.json is cut off", id="truncated facts"),
        pytest.param(_shortened("scraped.samples"), "scraped.samples is cut off: ", id="truncated samples"),
        pytest.param(_shortened("contract.yaml"), "contract.yaml is cut off: 5 of 11 bytes", id="truncated contract"),
        pytest.param(lambda path: (path / "rules.yaml").unlink(), "rules.yaml: there is no such file", id="no rules"),
        pytest.param(_edited, "recording.json was changed after it was written", id="edited facts"),
        pytest.param(_flipped("recorded.samples"), "recorded.samples was changed after it was written", id="one bit"),
        pytest.param(_flipped("rules.yaml"), "rules.yaml was changed after it was written", id="edited rules"),
        pytest.param(lambda path: (path / "recording.json").write_text("{}"), "somebody else's", id="foreign"),
        pytest.param(lambda path: (path / "recording.json").write_text("hello"), "is no JSON", id="no JSON"),
        pytest.param(lambda path: (path / "recording.json").write_bytes(b"\xff"), "recording.json: ", id="no text"),
        pytest.param(lambda path: (path / "recording.json").unlink(), "it has no recording.json", id="no facts"),
        pytest.param(shutil.rmtree, "there is no such directory", id="nothing"),
        pytest.param(_dossier, "it is a dossier", id="a dossier"),
        pytest.param(lambda path: _changed(path, format=2), "its format is 2, made by harness ", id="newer"),
        pytest.param(lambda path: _changed(path, format="x"), "its format is x", id="no format"),
        pytest.param(lambda path: _changed(path, setting={}), "another shape: setting", id="another shape"),
        pytest.param(lambda path: _changed(path, files=[]), "does not say which files", id="no list of files"),
        pytest.param(
            lambda path: _changed(path, files={"../made/rules.yaml": {"sha256": "", "bytes": 0}}),
            "lies elsewhere: ../made/rules.yaml",
            id="a file elsewhere",
        ),
        pytest.param(lambda path: (path / "recording.json").write_text("[" * 99_999), "is no JSON", id="too deep"),
        pytest.param(lambda path: _changed(path, files={}), "scraped.samples is missing", id="no files"),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(tmp_path: Path, damage: Callable[[Path], None], why: str) -> None:
    """With what is wrong, and what to do."""
    path = recording(tmp_path)
    damage(path)
    with pytest.raises(RecordingError, match="is no recording that can be used") as caught:
        Recording.read(path)
    assert why in caught.value.why
    assert caught.value.fix


_HEAD = b"kubemirror-harness samples 1\n"


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param(series("a", 1.0, 2.0, step_s=-1.0), "not in the order of time", id="backwards"),
        pytest.param(series("a", 1.0, 2.0, step_s=0.0), "two samples at one instant", id="twice"),
        pytest.param(series("a", 1.0, 2.0, step_s=0.0001), "two samples at one instant", id="within a millisecond"),
    ],
)
def test_samples_that_no_prometheus_has_are_refused(found: Series, why: str) -> None:
    """The series and both instants are named."""
    with pytest.raises(SamplesError) as caught:
        Samples.of([found])
    assert why in caught.value.why
    assert "__name__='a'" in caught.value.why


def test_so_are_those_of_one_series_in_two_messages() -> None:
    """Each is in order, both together are not."""
    frame = gzip.compress(written([series("a", 1.0, 2.0)]))
    packed = struct.pack(">I", len(frame)) + frame
    with pytest.raises(SamplesError, match="cannot be used") as caught:
        Samples.read(_HEAD + packed + packed + bytes(4), "x")
    assert "not in the order of time" in caught.value.why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "does not begin like", id="empty"),
        pytest.param(_HEAD, "cut off", id="no end"),
        pytest.param(_HEAD + b"\0\0\0\x05ab", "cut off", id="half a frame"),
        pytest.param(_HEAD + bytes(4) + b"x", "added to its end", id="more"),
        pytest.param(_HEAD + b"\0\0\0\x02ab" + bytes(4), "cannot be unpacked", id="no gzip"),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, why: str) -> None:
    """In whatever way."""
    with pytest.raises(SamplesError) as caught:
        Samples.read(content, "scraped.samples")
    assert why in caught.value.why


def test_messages_span_at_most_half_an_hour() -> None:
    """And give back all samples, each series' in order."""
    long = series("a", *map(float, range(200)), step_s=60.0)
    found = Samples.read(Samples.of([long, up(1.0)]).written(), "x")
    assert len(found.frames) == 8
    assert found.series() == (long, up(1.0))
    assert (found.count, found.series_count) == (201, 2)
    assert len([*found.messages()]) == 8


def test_the_same_samples_make_the_same_file() -> None:
    """Whatever the order in which they came, and whenever it is written."""
    one, two = series("a", 1.0, STALE), series("b", 2.0)
    assert Samples.of([one, two]).written() == Samples.of([two, one]).written()


def _why(path: Path) -> list[tuple[float, float, str]]:
    return [(one.start_s - START_S, one.end_s - START_S, one.why) for one in Recording.read(path).unknown]


def test_of_a_recording_in_which_all_was_as_it_should_be_nothing_is_unknown(tmp_path: Path) -> None:
    """A target that ended is known to have."""
    ended = up(1, 1, STALE, instance="b")
    assert _why(recording(tmp_path, scraped=(up(1, 1, 1, 1, 1, 1), ended))) == []


def test_what_is_not_known_is_told(tmp_path: Path) -> None:
    """Missed evaluations and scrapes, a target whose end nothing marks, a clock that was set."""
    late = Series(labels=beats().labels, points=(*beats(2).points, Point(at_s=START_S + 5, value=1.0)))
    missed = Series(labels=up().labels, points=(*up(1, 1).points, Point(at_s=START_S + 5, value=1.0)))
    silent = up(1, 1, instance="b")
    path = recording(tmp_path, scraped=(missed, silent), recorded=(late,), clock_step_s=-2.0)
    assert _why(path) == [
        (0, 5, "the clock was set by -2.0 s meanwhile"),
        (1, 5, "rules of g were not evaluated"),
        (1, 5, '{instance="b"} was not scraped any more, and nothing says why'),
        (1, 5, "{} was not scraped"),
    ]


def test_without_heartbeats_nothing_is_known_of_evaluations(tmp_path: Path) -> None:
    """Silence is no inactivity."""
    assert _why(recording(tmp_path, recorded=(firing(),))) == [(0, 5, "nothing says when rules were evaluated")]
