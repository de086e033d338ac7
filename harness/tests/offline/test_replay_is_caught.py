"""A replay that is wrong in one place is told by promtool: the comparison can fail, for each of many reasons."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.core.duration import PromDuration
from harness.core.replay import alert, order, running, written
from harness.core.replay.alert import Alert, Evaluated
from harness.core.replay.labels import Element
from harness.core.rules.model import AlertingRule, RecordingRule, RuleGroup
from harness.offline import rendering, replay
from harness.tests.offline.made_up import Example, Input
from harness.tests.offline.promtool_word import disagreement
from harness.tests.offline.windows import Windows

_S = 1_000


def _values(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_EXAMPLE = Example(
    interval_s=15,
    evaluation_s=15,
    evaluations=12,
    inputs=(
        Input(name="m", labels={"a": "x"}, values=_values("2 3 4 stale _ _ _ 6 stale 8 stale _")),
        Input(name="m", labels={"a": "y"}, values=_values("1 1 1 1 NaN 1 1 _ _ _ 1 1")),
        Input(name="c", labels={"a": "x"}, values=_values("0 5 9 2 4 _ 8 9 1 3 5 7")),
    ),
    groups=(
        RuleGroup(
            name="g0",
            labels={"g": "h"},
            rules=(
                RecordingRule(record="r1", expr="r2 + 1", labels={"k": "v"}),
                RecordingRule(record="r2", expr="m"),
                RecordingRule(record="r3", expr="max_over_time(m[30s:])"),
                AlertingRule(
                    alert="A1",
                    expr="m > 1",
                    hold=PromDuration(30 * _S),
                    keep_firing_for=PromDuration(30 * _S),
                    labels={"s": "{{ $labels.none }}", "b": "{{ $labels.a }}!"},
                    annotations={"t": "{{ $value }} {{ now }}"},
                ),
                AlertingRule(alert="A2", expr="m{a='x'} == 1 or absent(m{a='x'})"),
            ),
        ),
        RuleGroup(
            name="g1",
            query_offset=PromDuration(15 * _S),
            rules=(AlertingRule(alert="A3", expr="rate(c[45s]) > 0.1", hold=PromDuration(15 * _S)),),
        ),
    ),
)
_LIMITED = replace(
    _EXAMPLE,
    groups=(
        RuleGroup(name="g0", limit=1, rules=(AlertingRule(alert="A1", expr="m"), RecordingRule(record="r1", expr="m"))),
    ),
)
_TWINS = replace(
    _EXAMPLE, groups=(RuleGroup(name="g0", rules=(AlertingRule(alert="A1", expr="m", labels={"a": ""}),)),)
)

_Plant = Callable[[pytest.MonkeyPatch], None]


def _states(change: Callable[..., Any]) -> _Plant:
    return lambda patch: patch.setattr(running, "evaluated", change)


def _held_longer(clock: alert.AlertClock, alerts: alert.Alerts, found: Any, at_ms: int) -> Evaluated:
    return alert.evaluated(replace(clock, hold_ms=clock.hold_ms + 1 if clock.hold_ms else 0), alerts, found, at_ms)


def _never_fires_on(clock: alert.AlertClock, alerts: alert.Alerts, found: Any, at_ms: int) -> Evaluated:
    return alert.evaluated(replace(clock, keep_firing_ms=0), alerts, found, at_ms)


def _fires_on_for_longer(clock: alert.AlertClock, alerts: alert.Alerts, found: Any, at_ms: int) -> Evaluated:
    return alert.evaluated(
        replace(clock, keep_firing_ms=clock.keep_firing_ms and clock.keep_firing_ms + 1), alerts, found, at_ms
    )


def _without_limit(clock: alert.AlertClock, alerts: alert.Alerts, found: Any, at_ms: int) -> Evaluated:
    return alert.evaluated(replace(clock, limit=0), alerts, found, at_ms)


def _first_value(clock: alert.AlertClock, alerts: alert.Alerts, found: Any, at_ms: int) -> Evaluated:
    result = alert.evaluated(clock, alerts, found, at_ms)
    kept = {
        labels: replace(one, element=alerts[labels].element) if labels in alerts and alerts[labels].active else one
        for labels, one in result.alerts.items()
    }
    return replace(result, alerts=kept)


def _resolved_are_forgotten_pending(clock: alert.AlertClock, alerts: alert.Alerts, found: Any, at_ms: int) -> Evaluated:
    result = alert.evaluated(clock, alerts, found, at_ms)
    pending = {labels: one for labels, one in alerts.items() if one.state == "pending" and labels not in result.alerts}
    return replace(result, alerts={**result.alerts, **pending})


def _one_of_twins(clock: alert.AlertClock, alerts: alert.Alerts, found: Any, at_ms: int) -> Evaluated:
    return alert.evaluated(clock, alerts, dict(found).items(), at_ms)


def _no_markers(patch: pytest.MonkeyPatch) -> None:
    commit = written.Newest.commit
    patch.setattr(
        written.Newest, "commit", lambda self, samples, _before, at_ms: commit(self, samples, frozenset(), at_ms)
    )


def _labels_of_the_alert_alone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(running, "of_alerts", lambda name, _set, alerts, at_ms: written.of_alerts(name, {}, alerts, at_ms))


def _since_when_in_parts_of_a_second(patch: pytest.MonkeyPatch) -> None:
    def of_alerts(name: str, labels: Any, alerts: Iterable[Alert], at_ms: int) -> Iterator[written.Sample]:
        for one in written.of_alerts(name, labels, alerts, at_ms):
            yield replace(one, value=one.value + (1 if one.value > 1 else 0))

    patch.setattr(running, "of_alerts", lambda *given: tuple(of_alerts(*given)))


def _dated_at_the_evaluation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        running,
        "of_alerts",
        lambda name, labels, alerts, at_ms: written.of_alerts(name, labels, alerts, at_ms + 15_000),
    )


def _asked_at_the_evaluation(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(replay._Replay, "offset_ms", lambda _self, _group: 0)


def _what_stands_behind_is_seen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(order, "_in_time", lambda *_given: True)


def _another_step(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(replay, "with_steps", lambda expression, _ms: expression)


def _group_labels_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(running, "merged", lambda _group, rule: rule.labels)
    patch.setattr(rendering, "merged", lambda _group, rule: rule.labels)


def _values_rounded(patch: pytest.MonkeyPatch) -> None:
    of = written.of_recording
    patch.setattr(
        running,
        "of_recording",
        lambda record, labels, found, **given: of(
            record, labels, [Element(labels=one.labels, value=one.value + 0.5) for one in found], **given
        ),
    )


_DEFECTS: dict[str, tuple[Example, _Plant]] = {
    "fires a millisecond late": (_EXAMPLE, _states(_held_longer)),
    "never fires on": (_EXAMPLE, _states(_never_fires_on)),
    "fires on a millisecond longer": (_EXAMPLE, _states(_fires_on_for_longer)),
    "keeps the first value": (_EXAMPLE, _states(_first_value)),
    "pends on without its series": (_EXAMPLE, _states(_resolved_are_forgotten_pending)),
    "knows no limit": (_LIMITED, _states(_without_limit)),
    "takes one of twins": (_TWINS, _states(_one_of_twins)),
    "ends no series": (_EXAMPLE, _no_markers),
    "leaves the template's text away": (_EXAMPLE, _labels_of_the_alert_alone),
    "is active a second later": (_EXAMPLE, _since_when_in_parts_of_a_second),
    "dates what it writes an evaluation later": (_EXAMPLE, _dated_at_the_evaluation),
    "forgets the query offset": (_EXAMPLE, _asked_at_the_evaluation),
    "sees what is written behind it": (_EXAMPLE, _what_stands_behind_is_seen),
    "gives a subquery another step": (_EXAMPLE, _another_step),
    "forgets the group's labels": (_EXAMPLE, _group_labels_forgotten),
    "records another value": (_EXAMPLE, _values_rounded),
}


@pytest.mark.parametrize("example", [_EXAMPLE, _LIMITED, _TWINS], ids=["states", "limit", "twins"])
def test_without_a_defect_there_is_nothing_to_tell(windows: Windows, tmp_path: Path, example: Example) -> None:
    """Else the defects would prove nothing."""
    start_ms, histories = windows.replayed(example)
    assert disagreement(example, histories, start_ms, windows.promtool, tmp_path) == ""


@pytest.mark.parametrize("name", _DEFECTS)
def test_a_defect_is_told(windows: Windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Whatever it is in: states, labels, values, instants, order."""
    example, plant = _DEFECTS[name]
    plant(monkeypatch)
    start_ms, histories = windows.replayed(example)
    monkeypatch.undo()
    assert disagreement(example, histories, start_ms, windows.promtool, tmp_path) != ""
