"""A replay writes what a Prometheus wrote that evaluated the same rules by itself, sample for sample.

promtool ends at the first evaluation that fails; a Prometheus goes on. Samples are handed over before they are due, so
that no evaluation comes before what it looks at; when it was made is told by heartbeats. Groups do not read each other:
on a busy machine one of them may be late by more than the other's interval.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from harness.clients.endpoint import answered
from harness.clients.prometheus import PrometheusReader
from harness.clients.remote_storage import RemoteStorage
from harness.core.duration import PromDuration
from harness.core.promql.tree import Matcher, MatchOp
from harness.core.remote_protocol import written
from harness.core.replay.labels import LabelSet, label_set
from harness.core.rules.file import render
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.model import AlertingRule, RecordingRule, RuleGroup
from harness.core.samples import STALE, Point, Series, is_stale
from harness.offline import private_prometheus as private
from harness.offline.replay import EvaluatedGroup, ReplaySetting, replay
from harness.stacks.kinds import SWEEP
from harness.stacks.process import RunningProcess
from harness.stacks.run import Run
from harness.tests.offline.windows import Windows
from harness.toolchain import Progress, ToolName, ensure
from harness.waiting import wait_until

_LOOKBACK = PromDuration(1_000)
_STEP_MS, _STEPS = 100, 60
#: samples are due so much after they are handed over
_AHEAD_MS = 1_500


def _ms(text: str) -> PromDuration:
    return PromDuration.parse(text)


def _beat(group: str) -> RecordingRule:
    return RecordingRule(record=HEARTBEAT, expr="vector(1)", labels={"rule_group": group})


_GROUPS = (
    RuleGroup(
        name="a",
        interval=_ms("100ms"),
        limit=2,
        rules=(
            RecordingRule(record="r0", expr="sum(r0) + 1 or vector(0)"),
            RecordingRule(record="r1", expr="m"),
            AlertingRule(alert="L", expr="m > 2", hold=_ms("300ms")),
            AlertingRule(
                alert="K",
                expr="m > 4",
                keep_firing_for=_ms("400ms"),
                labels={"t": "{{ $labels.none }}", "v": "{{ $value }}"},
            ),
            AlertingRule(alert="T", expr="m > 5", labels={"p": ""}, hold=_ms("200ms")),
            RecordingRule(record="r2", expr="m + on (p) n"),
            AlertingRule(alert="Z", expr="ALERTS{alertname=~'L|K'}"),
            _beat("a"),
        ),
    ),
    RuleGroup(
        name="b",
        interval=_ms("150ms"),
        query_offset=_ms("250ms"),
        rules=(
            AlertingRule(alert="Y", expr="r3 > 3 or absent(r3)", hold=_ms("150ms")),
            RecordingRule(record="r3", expr="n", labels={"p": "q"}),
            _beat("b"),
        ),
    ),
)
_NAMES = ("ALERTS", "ALERTS_FOR_STATE", "r0", "r1", "r2", "r3", HEARTBEAT)


def _samples(start_ms: int) -> Iterator[Series]:
    """Series that come and go: more than the limit, twins, none; always the same ones."""
    chance = random.Random(1)  # noqa: S311 - nothing is kept secret by it
    for labels in (
        *({"__name__": "m", "p": pod} for pod in "xyz"),
        *({"__name__": "n", "p": pod, "k": kind} for pod, kind in (("x", ""), ("y", "1"), ("y", "2"))),
    ):
        points: list[Point] = []
        value, there = 3.0, True
        for step in range(_STEPS):
            there ^= chance.random() < 0.08
            value = float(chance.randrange(8)) if chance.random() < 0.3 else value
            if there or (points and not is_stale(points[-1].value)):
                points.append(Point(at_s=(start_ms + step * _STEP_MS) / 1_000, value=value if there else STALE))
        yield Series(labels={name: text for name, text in labels.items() if text}, points=tuple(points))


@contextmanager
def _evaluating(groups: tuple[RuleGroup, ...]) -> Iterator[str]:
    """A Prometheus with these rules: its address."""
    program = ensure((ToolName.PROMETHEUS,), Progress())[ToolName.PROMETHEUS].path
    run = Run.create()
    try:
        spec = private._spec(run, program, _LOOKBACK)
        (run.directory / "rules.yaml").write_text(render(groups))
        (run.directory / "prometheus.yaml").write_text(
            "global: {evaluation_interval: 100ms}\nrule_files: [rules.yaml]\n"
        )
        process = RunningProcess.start(spec, run_id=run.id)
        url = private._address(process)
        with PrometheusReader(url) as reader:
            ready = partial(answered, reader.ready)
            wait_until("Prometheus answers", ready, timeout_s=30, interval_s=0.02, ended=process.ended)
        yield url
    finally:
        SWEEP.remove(run)


def _live() -> tuple[list[Series], tuple[Series, ...]]:
    """The samples, and what the Prometheus made of them; again, where a machine that stood still let them come late."""
    while True:
        with _evaluating(_GROUPS) as url, RemoteStorage(url) as storage:
            start_ms = round(time.time() * 1_000) + _AHEAD_MS
            given = list(_samples(start_ms))
            storage.write(written(given))
            if time.time() * 1_000 > start_ms:
                continue
            end_s = (start_ms + _STEPS * _STEP_MS) / 1_000
            time.sleep(max(0.0, end_s + 0.5 - time.time()))
            queries = [[Matcher(label="__name__", op=MatchOp.EQUAL, value=name)] for name in _NAMES]
            return given, storage.read(queries, start_s=end_s - 60, end_s=end_s, external={})


def _by_instant(found: list[tuple[LabelSet, int, float]]) -> Mapping[int, Mapping[LabelSet, float | str]]:
    samples: dict[int, dict[LabelSet, float | str]] = defaultdict(dict)
    for labels, at_ms, value in found:
        samples[at_ms][labels] = "ended" if is_stale(value) else value
    return samples


def test_what_a_replay_writes_is_what_the_prometheus_wrote(windows: Windows) -> None:
    """From its first evaluation on: with failures of all kinds, and what comes after them."""
    given, recorded = _live()
    live = [(label_set(one.labels), round(point.at_s * 1_000), point.value) for one in recorded for point in one.points]
    last_ms = max(at_ms for _, at_ms, _ in live) - 500
    groups = []
    for group in _GROUPS:
        offset_ms = group.query_offset.ms if group.query_offset else 0
        beats = {at_ms + offset_ms for of, at_ms, _ in live if dict(of).get("rule_group") == group.name}
        groups.append(EvaluatedGroup(group=group, at_ms=tuple(sorted(beats))))
    born_ms = min(one.at_ms[0] for one in groups)
    with private.private_prometheus(_LOOKBACK, Progress()) as prometheus:
        prometheus.add(given)
        setting = ReplaySetting(evaluation_ms=100, restarts_ms=(born_ms,))
        found = replay(groups, prometheus, windows.promtool, setting, start_ms=born_ms - 1, end_ms=last_ms)
    made = [(one.labels, one.at_ms, one.value) for each in found for step in each.steps for one in step.stored]
    ours, theirs = _by_instant(made), _by_instant(live)
    instants = sorted(at_ms for at_ms in ours.keys() | theirs.keys() if at_ms <= last_ms)
    assert [at_ms for at_ms in instants if ours.get(at_ms) != theirs.get(at_ms)] == []
    failures = {str(step.failure).split(" of ")[0].split(":")[0] for one in found for step in one.failed}
    assert failures >= {
        "exceeded limit",
        "vector contains metrics with the same labelset after applying alert labels",
    }
