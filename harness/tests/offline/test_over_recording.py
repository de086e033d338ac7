"""Rules over a recording: when they are evaluated, from what on, and what cannot be told."""

from pathlib import Path
from typing import Any

import pytest

from harness.core.replay.history import RuleHistory
from harness.core.rules.file import parse_rules
from harness.core.samples import STALE
from harness.offline.over_recording import against_live, replay_recording
from harness.offline.private_prometheus import private_prometheus
from harness.offline.recorded_instants import RecordedInstants
from harness.recording.recording import Recording
from harness.tests.offline.windows import Windows
from harness.tests.recording.made import START_S, beats, recording, series, up
from harness.toolchain import Progress

_ALERT = "groups: [{name: %s, %s rules: [{alert: A, expr: '%s', labels: {l: '%s'}}]}]"


def _read(directory: Path, count: int = 20, **changes: Any) -> Recording:
    """So many seconds in which depth rises by one each, evaluated all along."""
    scraped = changes.pop("scraped", (series("depth", *range(count)), up(*[1.0] * count)))
    recorded = changes.pop("recorded", (beats(count),))
    end_s = START_S + count - 1
    return Recording.read(recording(directory, scraped=scraped, recorded=recorded, end_s=end_s, **changes))


def _replayed(read: Recording, windows: Windows, rules: str | None = None) -> tuple[RuleHistory, ...]:
    groups = read.groups if rules is None else parse_rules(rules, "rules").groups
    with private_prometheus(read.lookback, Progress()) as prometheus:
        return replay_recording(read, groups, prometheus, windows.promtool)


def _active(one: RuleHistory) -> list[float]:
    return [step.at_ms / 1_000 - START_S for step in one.steps if step.active]


def test_its_own_rules_go_on_from_what_was_recorded(tmp_path: Path, windows: Windows) -> None:
    """The alert was active before there were samples from as far back as it looks, and is the same afterwards."""
    since = START_S - 30
    written = (
        series("ALERTS", *[1.0] * 20, alertname="A", alertstate="firing"),
        series("ALERTS_FOR_STATE", *[since] * 20, alertname="A"),
    )
    read = _read(tmp_path, scraped=(series("depth", *[5.0] * 20),), recorded=(beats(20), *written))
    alert, beat = _replayed(read, windows)
    assert {one.active_at_ms for step in alert.steps for one in step.active} == {round(since * 1_000)}
    # the lookback is five seconds: what was recorded until then, and what is evaluated from then on
    assert (_active(alert), len(beat.steps)) == ([float(at_s) for at_s in range(4, 20)], 20)
    assert against_live(read, (alert, beat)) == ()


def test_what_the_live_prometheus_did_not_do_is_told(tmp_path: Path, windows: Windows) -> None:
    """The recording says that nothing fired."""
    found = against_live(read := _read(tmp_path), _replayed(read, windows))
    assert {one.replayed.value for one in found} == {"firing"}
    assert {one.live.value for one in found} == {"inactive"}


def test_a_group_that_was_there_is_evaluated_when_it_was_and_another_on_a_grid(tmp_path: Path) -> None:
    """While nothing was evaluated at all, it is not either."""
    missing = beats(20)
    kept = tuple(point for point in missing.points if not 8 < point.at_s - START_S < 14)
    read = _read(tmp_path, recorded=(type(missing)(labels=missing.labels, points=kept),))
    instants = RecordedInstants(read)

    def at_s(name: str, interval: str) -> list[float]:
        (group,) = parse_rules(_ALERT % (name, interval, "depth", ""), "rules").groups
        return [at_ms / 1_000 - START_S for at_ms in instants.of(group).at_ms]

    beaten = [float(one) for one in (*range(9), *range(14, 20))]
    assert at_s("g", "interval: 1s,") == at_s("g", "") == at_s("other", "interval: 1s,") == beaten
    assert at_s("other", "interval: 4s,") == [0, 4, 8, 16]
    assert at_s("g", "query_offset: 2s,") == [one + 2 for one in beaten]


def test_without_any_heartbeat_nothing_is_evaluated(tmp_path: Path, windows: Windows) -> None:
    """Nobody knows when it was."""
    read = _read(tmp_path, recorded=(series("ALERTS", 1.0, alertname="A", alertstate="firing"),))
    (found,) = _replayed(read, windows, _ALERT % ("other", "", "depth > 1", ""))
    assert (found.steps, found.untold is None) == ((), False)


@pytest.mark.parametrize(
    ("expr", "label", "why"),
    [
        ("rate(depth[1m])", "", "it rests on samples of the last 1m, and the recording spans 19s"),
        ("depth offset -1s", "", "it looks at samples that are not there yet when it is evaluated"),
        ("depth", "{{ query `up` }}", "the template of `l` asks Prometheus (`query`)"),
        ("depth", "{{ $externalLabels.x }}", "the template of `l` reads `$externalLabels`, which is not known here"),
    ],
)
def test_what_cannot_be_told_says_why(tmp_path: Path, windows: Windows, expr: str, label: str, why: str) -> None:
    """And nothing is said of it."""
    (found,) = _replayed(_read(tmp_path), windows, _ALERT % ("g", "", expr, label))
    assert (found.untold, found.steps) == (why, ())


def test_who_reads_what_cannot_be_told_cannot_be_told(tmp_path: Path, windows: Windows) -> None:
    """It would be told from nothing."""
    rules = (
        "groups: [{name: g, rules: [{record: a, expr: depth offset -1s}, {alert: B, expr: a}, {alert: C, expr: up}]}]"
    )
    first, second, third = _replayed(_read(tmp_path), windows, rules)
    assert first.untold
    assert second.untold == "it reads what a (rule 1 of group g) writes, which cannot be told"
    assert third.untold is None


def test_an_expression_that_fails_fails_at_its_instants_alone(tmp_path: Path, windows: Windows) -> None:
    """A range as a whole would."""
    twice = (series("depth", *range(20)), series("n", *[1.0] * 10, STALE, p="a"), series("n", *[1.0] * 20, p="b"))
    rules = _ALERT % ("g", "", "depth * on () n > 0", "")
    (found,) = _replayed(_read(tmp_path, scraped=twice), windows, rules)
    assert [step.at_ms / 1_000 - START_S for step in found.failed] == [5, 6, 7, 8, 9]
    assert "found duplicate series for the match group" in str(found.failed[0].failure)
    assert _active(found) == [float(at_s) for at_s in range(10, 20)]
    (timeline,) = found.timelines
    assert timeline.moments[0].at_s - START_S == 10


def test_what_other_rules_recorded_is_there_for_those_who_read_it(tmp_path: Path, windows: Windows) -> None:
    """Unless they write it themselves."""
    recorded = (beats(20), series("a:b", *[7.0] * 20))
    read = _read(tmp_path, recorded=recorded)
    (found,) = _replayed(read, windows, _ALERT % ("other", "", "a:b == 7", ""))
    assert len(_active(found)) == 15
    rules = "groups: [{name: o, rules: [{record: a:b, expr: vector(1)}, {alert: A, expr: 'a:b == 7'}]}]"
    assert _active(_replayed(read, windows, rules)[1]) == []


def test_after_a_restart_of_prometheus_two_evaluations_write_no_alerts(tmp_path: Path, windows: Windows) -> None:
    """It was told to restart, and nothing was evaluated for a while."""
    every = beats(20)
    kept = tuple(point for point in every.points if not 8 < point.at_s - START_S < 12)
    read = _read(
        tmp_path,
        scraped=(series("depth", *[5.0] * 20),),
        recorded=(type(every)(labels=every.labels, points=kept),),
        injected=("prometheus-restart",),
        instants={"inject": START_S + 7.5},
    )
    assert RecordedInstants(read).restarts_ms() == (round((START_S + 12) * 1_000),)
    alert, _ = _replayed(read, windows)
    silent = [step.at_ms / 1_000 - START_S for step in alert.steps if step.active and not step.made]
    assert silent == [12, 13]


def test_what_was_not_there_before_rules_were_loaded_is_known(tmp_path: Path, windows: Windows) -> None:
    """Samples were asked for from the beginning: where there are none, there was nothing."""
    every = beats(20)
    late = type(every)(labels=every.labels, points=every.points[10:])
    read = _read(tmp_path, scraped=(series("depth", *[5.0] * 10, start_s=START_S + 10),), recorded=(late,))
    alert, _ = _replayed(read, windows)
    assert _active(alert) == [float(at_s) for at_s in range(10, 20)]


def test_a_scrape_that_was_under_way_explains_a_difference(tmp_path: Path, windows: Windows) -> None:
    """Its sample is dated before the evaluation, and was written after it."""
    depth = series("depth", *[0.0] * 10, 5.0, *[0.0] * 9, job="j", instance="a")
    took = series("scrape_duration_seconds", *[0.1] * 20, job="j", instance="a")
    read = _read(tmp_path / "late", scraped=(depth, took))
    assert against_live(read, _replayed(read, windows)) == ()
    read = _read(tmp_path / "known", scraped=(depth,))
    (one,) = against_live(read, _replayed(read, windows))
    assert one.at_s == START_S + 10
