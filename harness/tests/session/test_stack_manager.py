"""The manager has one stack at a time, keeps it while it fits, and leaves nothing when one does not come."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import enumerate as enumerate_threads

import pytest

from harness.core.errors import CouldNotTellError
from harness.core.judge import Judgement
from harness.core.judge.approach import Approach
from harness.core.judge.preflight import Link, LinkState, Needs
from harness.core.judge.whole_run import WholeRun
from harness.core.rules.speed import Speed
from harness.core.verdict import Verdict
from harness.scenario.stack_handles import StackHandles
from harness.session.blockers import BlockedError, Blockers
from harness.session.stack_manager import Parts, StackManager
from harness.stacks.base import Stack, StackFacts
from harness.tests.core.judge.preflight.test_link import state
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes
from harness.toolchain import Progress

START_S = time.time()
_PAGES = Needs(links=frozenset(Link), rules=frozenset({PROMISE.name}))
_REFUSAL = CouldNotTellError("refused", why="planted", fix="-")


class _Place:
    """Where stacks are made: a log of what happened, and each stack to be spoilt."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.stacks: list[fakes.FakeStack] = []
        self.spoil: Callable[[fakes.FakeStack], None] = lambda _: None
        self.connection_refused: Exception | None = None
        #: what preflight finds
        self.links: tuple[LinkState, ...] = ()
        self.parts = Parts(connect=self.connect, preflight=lambda _handles: self.links)

    def build(self, _subject: object, speed: Speed, _progress: object) -> fakes.FakeStack:
        self.stacks.append(fakes.FakeStack(speed, self.log.append))
        self.spoil(self.stacks[-1])
        return self.stacks[-1]

    @contextmanager
    def connect(self, stack: Stack, facts: StackFacts, _subject: object, _contract: object) -> Iterator[StackHandles]:
        if self.connection_refused is not None:
            raise self.connection_refused
        with fakes.opened(stack, facts, self.log.append) as handles:
            yield handles


@pytest.fixture
def place() -> _Place:
    """In place of the embedded stack."""
    return _Place()


@pytest.fixture
def manager(place: _Place) -> Iterator[StackManager]:
    """An empty one; empty again in the end."""
    assert not place.stacks
    found = StackManager(fakes.FakeChoice(place.build), fake_api.subject(), fakes.contract(), Progress(), place.parts)
    yield found
    with suppress(CouldNotTellError):
        found.clear(judged=False)


def test_nothing_comes_up_before_it_is_needed(manager: StackManager, place: _Place) -> None:
    """And nothing goes that is not there."""
    assert manager.present is None
    manager.keep()
    manager.clear()
    assert place.log == []


def test_scenarios_of_one_speed_share_a_stack(manager: StackManager, place: _Place) -> None:
    """It comes up once, and its seconds are counted once."""
    first = manager.handles(Speed(60))
    assert manager.handles(Speed(60)) is first
    assert manager.present is first
    manager.clear()
    manager.clear()
    assert place.log == ["up at 60", "connect", "disconnect", "down"]
    assert [speed for speed, _ in manager.bring_ups] == [60]
    assert manager.present is None


def test_another_speed_is_another_stack(manager: StackManager, place: _Place) -> None:
    """The former is gone before the next comes: one machine, one stack."""
    first = manager.handles(Speed(60))
    place.log.clear()
    assert manager.handles(Speed(15)) is not first
    assert place.log == ["disconnect", "down", "up at 15", "connect"]


def test_a_stack_that_lost_a_component_is_replaced(manager: StackManager, place: _Place) -> None:
    """The next scenario shall not suffer from it."""
    manager.handles(Speed(60))
    place.stacks[0].dead = "etcd ended by signal 9: no output"
    manager.handles(Speed(60))
    assert place.log == ["up at 60", "connect", "disconnect", "down", "up at 60", "connect"]


def test_a_stack_that_does_not_come_up_is_no_stack(manager: StackManager, place: _Place) -> None:
    """It has cleaned up after itself; the next scenario tries again."""
    place.spoil = lambda stack: setattr(stack, "refusal", _REFUSAL)
    with pytest.raises(CouldNotTellError):
        manager.handles(Speed(60))
    assert place.log == ["up at 60"]
    assert manager.present is None
    place.spoil = lambda _: None
    manager.handles(Speed(60))
    assert place.log[1:] == ["up at 60", "connect"]


@pytest.mark.parametrize(
    "found", [state(Link.TARGET), state(Link.RULES)], ids=["nothing is scraped", "no rule is loaded"]
)
def test_what_another_worker_finds_meanwhile_ends_a_bring_up(
    manager: StackManager, place: _Place, tmp_path: Path, found: LinkState
) -> None:
    """It is no failure of this stack, and no finding of this worker."""
    manager.blockers.shared = tmp_path
    place.spoil = lambda stack: setattr(stack, "meanwhile", lambda: Blockers(shared=tmp_path).found([found]))
    with pytest.raises(BlockedError, match="not brought up") as caught:
        manager.handles(Speed(60), _PAGES)
    assert caught.value.state == found
    assert (place.log, manager.present, manager.preflights, manager.bring_ups) == (["up at 60"], None, [], [])
    assert manager.blockers.states == []


@pytest.mark.parametrize(
    ("found", "needs"),
    [
        pytest.param(state(Link.RULES, rules={PROMISE.name}), _PAGES, id="other rules work"),
        pytest.param(state(Link.ROUTE), _PAGES, id="what nobody is told of works"),
        pytest.param(state(Link.TARGET), Needs(), id="it needs no target"),
        pytest.param(state(Link.TARGET, Verdict.UNKNOWN), _PAGES, id="not for sure"),
    ],
)
def test_a_stack_that_serves_other_scenarios_comes_up_all_the_same(
    manager: StackManager, place: _Place, tmp_path: Path, found: LinkState, needs: Needs
) -> None:
    """Whatever another worker finds meanwhile, and even if it is in the way of the present one."""
    manager.blockers.shared = tmp_path
    place.spoil = lambda stack: setattr(stack, "meanwhile", lambda: Blockers(shared=tmp_path).found([found]))
    assert manager.handles(Speed(60), needs) is manager.present


def test_a_stack_that_cannot_be_talked_to_goes_at_once(manager: StackManager, place: _Place) -> None:
    """It must not stay until another scenario comes by."""
    place.connection_refused = _REFUSAL
    with pytest.raises(CouldNotTellError):
        manager.handles(Speed(60))
    assert place.log == ["up at 60", "down"]


def test_a_kept_stack_stays_and_its_connections_end(manager: StackManager, place: _Place) -> None:
    """Only the present one; a later one goes."""
    manager.handles(Speed(60))
    manager.keep()
    manager.clear()
    assert place.log == ["up at 60", "connect", "keep", "disconnect"]
    manager.handles(Speed(60))
    manager.clear()
    assert place.log[4:] == ["up at 60", "connect", "disconnect", "down"]


def test_what_cannot_be_removed_is_told_once(manager: StackManager, place: _Place) -> None:
    """The manager is empty all the same."""
    place.spoil = lambda stack: setattr(stack, "leftover", _REFUSAL)
    manager.handles(Speed(60))
    with pytest.raises(CouldNotTellError, match="refused"):
        manager.clear()
    manager.clear()
    assert place.log == ["up at 60", "connect", "disconnect", "down"]
    assert partial(manager.handles, Speed(60))() is manager.present


@pytest.fixture
def lives(place: _Place) -> list[WholeRun]:
    """What is found about each stack's life; both judges write down when they are asked."""
    promise = PROMISE.name
    nothing = Approach(alert=promise, pending_share=None, nearest=None, why_no_value="planted")
    found = [WholeRun(judgement=fakes.judgement(promise), approach=nothing, quiet_until_s=0)]

    def judged(handles: StackHandles) -> tuple[WholeRun, ...]:
        assert handles.history.stalls is not None
        place.log.append("judge")
        return tuple(found)

    def torn(whole: tuple[WholeRun, ...], *, gone_s: float) -> tuple[WholeRun, ...]:
        assert gone_s >= START_S
        place.log.append(f"torn down: {len(whole)}")
        return whole

    place.parts.whole_run = judged
    place.parts.torn_down = torn
    return found


def test_a_life_is_judged_while_all_runs_and_once_more_when_it_is_gone(
    manager: StackManager, place: _Place, lives: list[WholeRun]
) -> None:
    """Read, then everything is ended, then the tear-down is judged by the time that took."""
    manager.handles(Speed(60))
    manager.clear()
    manager.clear()
    assert [line for line in place.log if line != "torn down: 0"] == [
        *("up at 60", "connect", "judge", "disconnect", "down"),
        "torn down: 1",
    ]
    assert manager.whole_runs == lives


def test_rules_are_taken_out_of_force_where_prometheus_outlives_the_stack(
    manager: StackManager, place: _Place, lives: list[WholeRun]
) -> None:
    """After the life was judged and before anything else goes; not of a stack that is kept."""

    def retired(_handles: StackHandles, whole: tuple[WholeRun, ...], *, since_s: float) -> tuple[WholeRun, ...]:
        assert since_s >= START_S
        place.log.append("retired")
        return whole

    place.parts.retired = retired
    place.spoil = lambda stack: setattr(stack, "retires", True)
    manager.handles(Speed(60))
    manager.clear()
    log = [line for line in place.log if line != "torn down: 0"]
    assert log == ["up at 60", "connect", "judge", "remove rules", "retired", "disconnect", "down", "torn down: 1"]
    place.log.clear()
    manager.handles(Speed(60))
    manager.keep()
    manager.clear()
    assert "remove rules" not in place.log
    assert manager.whole_runs == lives * 2


def test_who_was_told_is_judged_with_the_life(manager: StackManager, place: _Place, lives: list[WholeRun]) -> None:
    """Of each stack that told anybody anything, while Alertmanager and the receiver still answer."""
    answers = iter([fakes.judgement("routes agree"), None, fakes.judgement("routes agree", Verdict.VIOLATED)])

    def judged(handles: StackHandles) -> Judgement | None:
        assert handles.stack.ended() is None
        return next(answers)

    place.parts.routes = judged
    for speed in (60, 15, 30):
        manager.handles(Speed(speed))
    manager.clear()
    assert [one.verdict for one in manager.routes] == [Verdict.VERIFIED, Verdict.VIOLATED]
    assert manager.whole_runs == lives * 3


def test_each_stack_has_a_life_of_its_own(manager: StackManager, place: _Place, lives: list[WholeRun]) -> None:
    """One per speed."""
    manager.handles(Speed(60))
    manager.handles(Speed(15))
    manager.clear()
    assert place.log.count("judge") == 2
    assert manager.whole_runs == lives * 2


def test_what_is_held_or_kept_is_judged_before(manager: StackManager, place: _Place, lives: list[WholeRun]) -> None:
    """What happens to it later is nobody's scenario; it is not judged a second time."""
    manager.handles(Speed(60))
    manager.judge()
    manager.judge()
    manager.clear()
    assert place.log.count("judge") == 1
    assert manager.whole_runs == lives
    manager.handles(Speed(60))
    manager.keep()
    place.log.clear()
    manager.clear()
    assert place.log == ["judge", "disconnect"]


def test_an_interrupted_life_is_not_judged(manager: StackManager, place: _Place, lives: list[WholeRun]) -> None:
    """Nothing is waited for, nothing is claimed."""
    assert lives
    manager.handles(Speed(60))
    manager.clear(judged=False)
    assert "judge" not in place.log
    assert manager.whole_runs == []


def test_a_judge_that_fails_keeps_no_stack_alive(manager: StackManager, place: _Place) -> None:
    """Whatever went wrong, the stack goes."""

    def broken(_handles: StackHandles) -> tuple[WholeRun, ...]:
        raise KeyboardInterrupt

    place.parts.whole_run = broken
    manager.handles(Speed(60))
    with pytest.raises(KeyboardInterrupt):
        manager.clear()
    assert place.log[-2:] == ["disconnect", "down"]
    assert manager.present is None


def test_nobody_goes_on_watching_for_stalls(manager: StackManager, place: _Place) -> None:
    """Neither after the stack, nor after one that did not come up."""
    before = set(enumerate_threads())
    manager.handles(Speed(60))
    manager.clear()
    place.spoil = lambda stack: setattr(stack, "refusal", _REFUSAL)
    with pytest.raises(CouldNotTellError):
        manager.handles(Speed(60))
    assert not set(enumerate_threads()) - before


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_life_that_is_not_verified_is_handed_on_while_its_stack_is_there(
    manager: StackManager, place: _Place, verdict: Verdict
) -> None:
    """And judged once more, because that took time in which something may have fired."""
    looks: list[int] = []

    def judged(_handles: StackHandles) -> tuple[WholeRun, ...]:
        looks.append(len(place.log))
        approach = Approach(alert="A", pending_share=None, nearest=None, why_no_value="planted")
        judgement = fakes.judgement(f"look {len(looks)}", verdict)
        return (WholeRun(judgement=judgement, approach=approach, quiet_until_s=0.0),)

    handed: list[list[str]] = []

    def on_unverified(_handles: StackHandles, judgements: Sequence[Judgement]) -> None:
        place.log.append("handed on")
        handed.append([one.name for one in judgements])

    place.parts.whole_run = judged
    manager.on_unverified = on_unverified
    manager.handles(Speed(60))
    manager.clear()
    troubled = verdict is not Verdict.VERIFIED
    assert place.log == ["up at 60", "connect", *(["handed on"] if troubled else []), "disconnect", "down"]
    assert handed == ([["look 1"]] if troubled else [])
    assert [one.judgement.name for one in manager.whole_runs] == ["look 2" if troubled else "look 1"]
