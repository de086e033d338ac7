"""The progress poller: what it sees, what it tells, and that a scenario never notices it."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event as Flag

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import CouldNotTellError
from harness.core.events import AlertIs, Event, WitnessSaw
from harness.core.reading import Reading
from harness.core.rules.identity import Ownership, RuleIdentity, ownership
from harness.core.samples import Series
from harness.core.timeline import AlertState
from harness.scenario.emitter import Emitter, ScenarioEmitter
from harness.scenario.progress_poller import ProgressPoller, query_of, states_of
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario.fakes import series
from harness.tests.scenario.test_emitter import Ear

_A = {"A": Ownership(alert="A")}


def _active(alert: str, state: str, since_s: float | None = 1_000, *, name: str = "") -> list[Series]:
    found = [series(1, __name__="ALERTS", alertname=alert, alertstate=state, name=name)]
    if since_s is not None:
        found.append(series(since_s, __name__="ALERTS_FOR_STATE", alertname=alert, name=name))
    return found


@pytest.mark.parametrize(
    ("found", "state", "since_s"),
    [
        ([], AlertState.INACTIVE, None),
        (_active("A", "pending"), AlertState.PENDING, 1_000),
        (_active("A", "firing"), AlertState.FIRING, 1_000),
        (_active("A", "firing", None), AlertState.FIRING, None),
        (
            _active("A", "pending", 900, name="x") + _active("A", "firing", 950, name="y"),
            AlertState.FIRING,
            950,
        ),
        (
            _active("A", "pending", 960, name="x") + _active("A", "pending", 950, name="y"),
            AlertState.PENDING,
            950,
        ),
        (_active("B", "firing"), AlertState.INACTIVE, None),
        (_active("A", "strange"), AlertState.INACTIVE, None),
    ],
    ids=["none", "pending", "firing", "since when?", "the furthest", "the first", "another", "unknown state"],
)
def test_the_furthest_instance_counts(found: list[Series], state: AlertState, since_s: float | None) -> None:
    """With the instant since when the first of those has been active."""
    assert states_of(_A, found) == {"A": (state, since_s)}


def test_of_two_rules_of_one_name_each_is_told_its_own_state() -> None:
    """By the labels that tell them apart; one query asks for both."""
    fast, slow = (
        RuleIdentity(alert="A", group="g", position=at, labels={"severity": severity})
        for at, severity in enumerate(("critical", "warning"), start=1)
    )
    promise = replace(PROMISE, name="slow", of_alert="A")
    owners = {name: ownership(promise, rule, (fast, slow)) for name, rule in (("fast", fast), ("slow", slow))}
    found = [series(1, __name__="ALERTS", alertname="A", alertstate="firing", severity="critical")]
    assert {name: state for name, (state, _) in states_of(owners, found).items()} == {
        "fast": AlertState.FIRING,
        "slow": AlertState.INACTIVE,
    }
    assert query_of(owners).count("A") == query_of({"a": Ownership(alert="A")}).count("A")


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_names_are_data_in_the_query(names: list[str]) -> None:
    """Quotes, dots and bars in a name neither end the matcher nor match another name."""
    found = re.fullmatch(
        r'\{__name__=~"ALERTS\|ALERTS_FOR_STATE",alertname=~"((?:[^"\\]|\\.)*)"\}',
        query_of({name: Ownership(alert=name) for name in names}),
    )
    assert found is not None


def test_a_dot_in_a_name_is_a_dot() -> None:
    """In PromQL's string a backslash is written twice."""
    assert (
        query_of({name: Ownership(alert=name) for name in ("a.b", 'c"d')})
        == r'{__name__=~"ALERTS|ALERTS_FOR_STATE",alertname=~"a\\.b|c\"d"}'
    )


@dataclass
class _Prometheus:
    """Answers one look after the other; the last answer stays."""

    answers: list[Sequence[Series] | Exception]
    asked: int = 0
    enough: Flag = field(default_factory=Flag)

    def instant(self, query: str) -> tuple[Series, ...]:
        assert query == query_of(_A)
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if self.asked >= len(self.answers):
            self.enough.set()
        if isinstance(answer, Exception):
            raise answer
        return tuple(answer)


def _poller(ear: Ear, prometheus: _Prometheus, *readings: Reading, period_s: float = 0.0) -> ProgressPoller:
    left = list(readings)

    @contextmanager
    def connect() -> Iterator[_Prometheus]:
        yield prometheus

    def last() -> dict[str, Reading]:
        return {"A": left.pop(0)} if left else {}

    return ProgressPoller(ScenarioEmitter(Emitter(ear), "x"), _A, connect, last, period_s=period_s)


def _looks(prometheus: _Prometheus, *readings: Reading) -> list[Event]:
    ear = Ear()
    poller = _poller(ear, prometheus, *readings)
    for _ in range(max(len(readings), len(prometheus.answers))):
        poller.look(prometheus)
    return ear.events


def test_only_changes_are_told() -> None:
    """Of states, and of the instant since when."""
    pending = _active("A", "pending")
    events = _looks(_Prometheus([[], [], pending, pending, _active("A", "firing"), []]))
    assert [(event.state, event.since_s) for event in events if isinstance(event, AlertIs)] == [
        (AlertState.INACTIVE, None),
        (AlertState.PENDING, 1_000),
        (AlertState.FIRING, 1_000),
        (AlertState.INACTIVE, None),
    ]


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (CouldNotTellError("Prometheus does not answer", why="refused", fix="-"), "Prometheus does not answer"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_what_cannot_be_seen_is_told_as_that(error: Exception, note: str) -> None:
    """Once, in one line, and the next look is another one."""
    events = _looks(_Prometheus([error, error, []]))
    assert events == [
        AlertIs(nodeid="x", alert="A", state=AlertState.UNKNOWN, note=note),
        AlertIs(nodeid="x", alert="A", state=AlertState.INACTIVE),
    ]


def _reading(value: float | None, at_s: float, *, holds: bool | None = True, note: str = "") -> Reading:
    return Reading(at_s=at_s, value=value, holds=holds, note=note)


def test_readings_are_told_when_they_differ() -> None:
    """In value or truth; in words where there is no number. A note beside a number differs at every look."""
    events = _looks(
        _Prometheus([[]]),
        _reading(1, 1, note="1 at noon"),
        _reading(1, 2, note="1 at one"),
        _reading(2, 3),
        _reading(2, 4, holds=False),
        _reading(None, 5, holds=None, note="refused"),
        _reading(None, 6, holds=None, note="refused"),
        _reading(None, 7, holds=None, note="reset"),
    )
    assert [event.at_s for event in events if isinstance(event, WitnessSaw)] == [1, 3, 4, 5, 7]


def test_readings_that_cannot_be_had_disturb_nobody() -> None:
    """The alerts are told of all the same."""

    def broken() -> dict[str, Reading]:
        raise RuntimeError

    ear, prometheus = Ear(), _Prometheus([[]])

    @contextmanager
    def connect() -> Iterator[_Prometheus]:
        yield prometheus

    ProgressPoller(ScenarioEmitter(Emitter(ear), "x"), _A, connect, broken).look(prometheus)
    assert [type(event) for event in ear.events] == [AlertIs]


def test_the_thread_looks_until_it_is_stopped() -> None:
    """And gives its connection back."""
    ear, prometheus = Ear(), _Prometheus([[], _active("A", "pending"), _active("A", "firing")])
    poller = _poller(ear, prometheus, period_s=0.001)
    poller.stop()
    poller = _poller(ear, prometheus, period_s=0.001)
    poller.start()
    assert prometheus.enough.wait(30)
    poller.stop()
    poller.stop()
    asked = prometheus.asked
    assert [event.state for event in ear.events if isinstance(event, AlertIs)][-1] is AlertState.FIRING
    assert prometheus.asked == asked


def test_a_connection_that_fails_disturbs_nobody() -> None:
    """There is nothing to be told then."""
    ear = Ear()

    @contextmanager
    def connect() -> Iterator[_Prometheus]:
        raise OSError
        yield _Prometheus([])

    poller = ProgressPoller(ScenarioEmitter(Emitter(ear), "x"), _A, connect, dict, period_s=0.001)
    poller.start()
    poller.stop()
    assert ear.events == []
