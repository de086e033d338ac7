"""Rules over a recording: its own, which have to give what the live Prometheus wrote, or any others."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from harness.core.duration import PromDuration
from harness.core.replay.arrived import as_seen, under_way
from harness.core.replay.differences import Difference, differences
from harness.core.replay.history import RuleHistory
from harness.core.replay.order import placed, readers
from harness.core.replay.reach import reaches_ms
from harness.core.replay.restored import Grace
from harness.core.replay.written import ALERTS, FOR_STATE
from harness.core.rules.model import AlertingRule, RuleGroup
from harness.core.rules.speed import Speed
from harness.core.samples import Series
from harness.core.timeline import Evaluations, Timeline, read_timelines, silent_timeline
from harness.core.timing_flags import TimingFlags
from harness.offline.private_prometheus import PrivatePrometheus
from harness.offline.recorded_before import Before, made_by
from harness.offline.recorded_instants import RecordedInstants
from harness.offline.replay import ReplaySetting, replay
from harness.recording.observed import without_markers
from harness.recording.recording import Recording

_NO_FLOOR: Final = PromDuration(1)


def replay_recording(
    recording: Recording, groups: Sequence[RuleGroup], prometheus: PrivatePrometheus, promtool: Path
) -> tuple[RuleHistory, ...]:
    """What rules do over a recording.

    A rule is evaluated as soon as there are samples from as far back as it looks. One of a group with a heartbeat is
    the recording's own: until then it did what was recorded, and goes on from there.

    Args:
        recording: whose samples are loaded as evaluations saw them (`core.replay.arrived`), and what its rules wrote as
            far as these do not write it themselves.
        groups: at the recording's speed.
        prometheus: an empty one, with the recording's lookback.
        promtool: the program.

    Raises:
        RecordingError: nothing was recorded.
        CouldNotTellError: the private Prometheus or promtool does not answer.
    """
    setting, instants = recording.setting, RecordedInstants(recording)
    start_s, end_s = recording.facts.start_s, recording.facts.end_s
    rules = placed(groups)
    reaches = reaches_ms(rules, readers(rules), lookback_ms=recording.lookback.ms)
    begins = {key: _ms(start_s) + reach_ms for key, reach_ms in reaches.items()}
    evaluated = tuple(map(instants.of, groups))
    before = Before(recording.recorded.series(), rules, [one.at_ms for one in evaluated], begins)
    prometheus.add(as_seen(recording.scraped.series()))
    prometheus.add(before.series())
    flags = TimingFlags.at(Speed(setting.speed), _NO_FLOOR)
    found = replay(
        evaluated,
        prometheus,
        promtool,
        ReplaySetting(
            evaluation_ms=_ms(setting.evaluation_s),
            grace=Grace(period_ms=flags.for_grace_period.ms, tolerance_ms=flags.for_outage_tolerance.ms),
            restarts_ms=instants.restarts_ms(),
            external_known=False,
        ),
        start_ms=_ms(start_s),
        end_ms=_ms(end_s),
        begins_ms=begins,
        known=before.known(),
    )
    return tuple(
        replace(one, untold=_too_short(reaches[one.placed.key], end_s - start_s))
        if one.untold is None and not one.steps
        else one
        for one in found
    )


def _too_short(reach_ms: int, span_s: float) -> str:
    span = PromDuration(round(span_s) * 1_000)
    return f"it rests on samples of the last {PromDuration(reach_ms)}, and the recording spans {span}"


def against_live(recording: Recording, histories: Iterable[RuleHistory]) -> tuple[Difference, ...]:
    """Where the replay of a recording's own rules does not give, within one evaluation, what was recorded.

    An evaluation at which a scrape was under way is not compared: what it saw is not recorded.
    """
    recorded = [without_markers(one) for one in recording.recorded.series()]
    scraped = recording.scraped.series()
    found: list[Difference] = []
    for history in histories:
        if isinstance(history.placed.rule, AlertingRule) and history.untold is None:
            offset_s = history.query_offset_ms / 1_000
            instants = [step.at_ms / 1_000 - offset_s for step in history.steps]
            doubtful = under_way(scraped, instants, query_offset_s=offset_s)
            found += differences(live_timelines(history, recorded), history.timelines, doubtful=doubtful)
    return tuple(found)


def live_timelines(history: RuleHistory, recorded: Iterable[Series]) -> tuple[Timeline, ...]:
    """What the live Prometheus wrote of a rule: of the label sets that carry the rule's labels.

    Args:
        history: of the rule's replay, at the instants at which it was really evaluated.
        recorded: without staleness markers.
    """
    evaluations = Evaluations(
        at_s=tuple((step.at_ms - history.query_offset_ms) / 1_000 for step in history.steps if step.failure is None),
        interval_s=history.interval_ms / 1_000,
        start_s=history.start_ms / 1_000,
        end_s=history.end_ms / 1_000,
    )
    every = tuple(recorded)
    alerts, for_state = (made_by(history.placed, every, name) for name in (ALERTS, FOR_STATE))
    found = read_timelines(alerts, for_state, evaluations)
    return found or (silent_timeline(history.placed.rule.name, evaluations),)


def _ms(at_s: float) -> int:
    return round(at_s * 1_000)
