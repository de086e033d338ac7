"""The stage has one stack at a time, keeps it while it fits, and leaves nothing when one does not come."""

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
from harness.core.speed import Speed
from harness.core.verdict import Verdict
from harness.scene.arena import Arena
from harness.scene.stage import Stage
from harness.scene.standing import BlockedError, Standing
from harness.stacks.base import StackFacts
from harness.tests.core.judge.preflight.test_link import state
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scene import fakes
from harness.toolchain import SilentProgress

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

    def build(self, _subject: object, speed: Speed, _attendants: object, _progress: object) -> fakes.FakeStack:
        self.stacks.append(fakes.FakeStack(speed, self.log.append))
        self.spoil(self.stacks[-1])
        return self.stacks[-1]

    @contextmanager
    def connect(
        self, stack: fakes.FakeStack, facts: StackFacts, _subject: object, _contract: object
    ) -> Iterator[Arena]:
        if self.connection_refused is not None:
            raise self.connection_refused
        with fakes.opened(stack, facts, self.log.append) as arena:
            yield arena


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> _Place:
    """In place of the embedded stack."""
    found = _Place()
    monkeypatch.setattr("harness.scene.stage.open_arena", found.connect)
    monkeypatch.setattr("harness.scene.stage.look_over", lambda _arena: found.links)
    return found


@pytest.fixture
def stage(place: _Place) -> Iterator[Stage]:
    """An empty one; empty again in the end."""
    assert not place.stacks
    found = Stage(fakes.FakeChoice(place.build), fake_api.subject(), fakes.contract(), SilentProgress())
    yield found
    with suppress(CouldNotTellError):
        found.clear(judged=False)


def test_nothing_comes_up_before_it_is_needed(stage: Stage, place: _Place) -> None:
    """And nothing goes that is not there."""
    assert stage.present is None
    stage.keep()
    stage.clear()
    assert place.log == []


def test_scenarios_of_one_speed_share_a_stack(stage: Stage, place: _Place) -> None:
    """It comes up once, and its seconds are counted once."""
    first = stage.arena(Speed(60))
    assert stage.arena(Speed(60)) is first
    assert stage.present is first
    stage.clear()
    stage.clear()
    assert place.log == ["up at 60", "connect", "disconnect", "down"]
    assert [speed for speed, _ in stage.bring_ups] == [60]
    assert stage.present is None


def test_another_speed_is_another_stack(stage: Stage, place: _Place) -> None:
    """The former is gone before the next comes: one machine, one stack."""
    first = stage.arena(Speed(60))
    place.log.clear()
    assert stage.arena(Speed(15)) is not first
    assert place.log == ["disconnect", "down", "up at 15", "connect"]


def test_a_stack_that_lost_a_component_is_replaced(stage: Stage, place: _Place) -> None:
    """The next scenario shall not suffer from it."""
    stage.arena(Speed(60))
    place.stacks[0].dead = "etcd ended by signal 9: no output"
    stage.arena(Speed(60))
    assert place.log == ["up at 60", "connect", "disconnect", "down", "up at 60", "connect"]


def test_a_stack_that_does_not_come_up_is_no_stack(stage: Stage, place: _Place) -> None:
    """It has cleaned up after itself; the next scenario tries again."""
    place.spoil = lambda stack: setattr(stack, "refusal", _REFUSAL)
    with pytest.raises(CouldNotTellError):
        stage.arena(Speed(60))
    assert place.log == ["up at 60"]
    assert stage.present is None
    place.spoil = lambda _: None
    stage.arena(Speed(60))
    assert place.log[1:] == ["up at 60", "connect"]


@pytest.mark.parametrize(
    "found", [state(Link.TARGET), state(Link.RULES)], ids=["nothing is scraped", "no rule is loaded"]
)
def test_what_another_worker_finds_meanwhile_ends_a_bring_up(
    stage: Stage, place: _Place, tmp_path: Path, found: LinkState
) -> None:
    """It is no failure of this stack, and no finding of this worker."""
    stage.standing.shared = tmp_path
    place.spoil = lambda stack: setattr(stack, "meanwhile", lambda: Standing(shared=tmp_path).found([found]))
    with pytest.raises(BlockedError, match="not brought up") as caught:
        stage.arena(Speed(60), _PAGES)
    assert caught.value.state == found
    assert (place.log, stage.present, stage.preflights, stage.bring_ups) == (["up at 60"], None, [], [])
    assert stage.standing.states == []


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
    stage: Stage, place: _Place, tmp_path: Path, found: LinkState, needs: Needs
) -> None:
    """Whatever another worker finds meanwhile, and even if it is in the way of the present one."""
    stage.standing.shared = tmp_path
    place.spoil = lambda stack: setattr(stack, "meanwhile", lambda: Standing(shared=tmp_path).found([found]))
    assert stage.arena(Speed(60), needs) is stage.present


def test_a_stack_that_cannot_be_talked_to_goes_at_once(stage: Stage, place: _Place) -> None:
    """It must not stay until another scenario comes by."""
    place.connection_refused = _REFUSAL
    with pytest.raises(CouldNotTellError):
        stage.arena(Speed(60))
    assert place.log == ["up at 60", "down"]


def test_a_kept_stack_stays_and_its_connections_end(stage: Stage, place: _Place) -> None:
    """Only the present one; a later one goes."""
    stage.arena(Speed(60))
    stage.keep()
    stage.clear()
    assert place.log == ["up at 60", "connect", "keep", "disconnect"]
    stage.arena(Speed(60))
    stage.clear()
    assert place.log[4:] == ["up at 60", "connect", "disconnect", "down"]


def test_what_cannot_be_removed_is_told_once(stage: Stage, place: _Place) -> None:
    """The stage is empty all the same."""
    place.spoil = lambda stack: setattr(stack, "leftover", _REFUSAL)
    stage.arena(Speed(60))
    with pytest.raises(CouldNotTellError, match="refused"):
        stage.clear()
    stage.clear()
    assert place.log == ["up at 60", "connect", "disconnect", "down"]
    assert partial(stage.arena, Speed(60))() is stage.present


@pytest.fixture
def lives(place: _Place, monkeypatch: pytest.MonkeyPatch) -> list[WholeRun]:
    """What is found about each stack's life; both judges write down when they are asked."""
    promise = PROMISE.name
    nothing = Approach(alert=promise, pending_share=None, nearest=None, why_no_value="planted")
    found = [WholeRun(judgement=fakes.judgement(promise), approach=nothing, quiet_until_s=0)]

    def judged(arena: Arena) -> tuple[WholeRun, ...]:
        assert arena.life.stalls is not None
        place.log.append("judge")
        return tuple(found)

    def torn(whole: tuple[WholeRun, ...], *, gone_s: float) -> tuple[WholeRun, ...]:
        assert gone_s >= START_S
        place.log.append(f"torn down: {len(whole)}")
        return whole

    monkeypatch.setattr("harness.scene.stage.judge_whole_run", judged)
    monkeypatch.setattr("harness.scene.stage.torn_down", torn)
    return found


def test_a_life_is_judged_while_all_runs_and_once_more_when_it_is_gone(
    stage: Stage, place: _Place, lives: list[WholeRun]
) -> None:
    """Read, then everything is ended, then the tear-down is judged by the time that took."""
    stage.arena(Speed(60))
    stage.clear()
    stage.clear()
    assert [line for line in place.log if line != "torn down: 0"] == [
        *("up at 60", "connect", "judge", "disconnect", "down"),
        "torn down: 1",
    ]
    assert stage.whole_runs == lives


def test_rules_are_taken_out_of_force_where_prometheus_outlives_the_stack(
    stage: Stage, place: _Place, lives: list[WholeRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the life was judged and before anything else goes; not of a stack that is kept."""

    def retired(_arena: Arena, whole: tuple[WholeRun, ...], *, since_s: float) -> tuple[WholeRun, ...]:
        assert since_s >= START_S
        place.log.append("retired")
        return whole

    monkeypatch.setattr("harness.scene.stage.retired", retired)
    place.spoil = lambda stack: setattr(stack, "retires", True)
    stage.arena(Speed(60))
    stage.clear()
    log = [line for line in place.log if line != "torn down: 0"]
    assert log == ["up at 60", "connect", "judge", "retire", "retired", "disconnect", "down", "torn down: 1"]
    place.log.clear()
    stage.arena(Speed(60))
    stage.keep()
    stage.clear()
    assert "retire" not in place.log
    assert stage.whole_runs == lives * 2


def test_who_was_told_is_judged_with_the_life(
    stage: Stage, lives: list[WholeRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each stack that told anybody anything, while Alertmanager and the receiver still answer."""
    answers = iter([fakes.judgement("routes agree"), None, fakes.judgement("routes agree", Verdict.VIOLATED)])

    def judged(arena: Arena) -> Judgement | None:
        assert arena.stack.ended() is None
        return next(answers)

    monkeypatch.setattr("harness.scene.stage.judge_routes", judged)
    for speed in (60, 15, 30):
        stage.arena(Speed(speed))
    stage.clear()
    assert [one.verdict for one in stage.routes] == [Verdict.VERIFIED, Verdict.VIOLATED]
    assert stage.whole_runs == lives * 3


def test_each_stack_has_a_life_of_its_own(stage: Stage, place: _Place, lives: list[WholeRun]) -> None:
    """One per speed."""
    stage.arena(Speed(60))
    stage.arena(Speed(15))
    stage.clear()
    assert place.log.count("judge") == 2
    assert stage.whole_runs == lives * 2


def test_what_is_held_or_kept_is_judged_before(stage: Stage, place: _Place, lives: list[WholeRun]) -> None:
    """What happens to it later is nobody's scenario; it is not judged a second time."""
    stage.arena(Speed(60))
    stage.judge()
    stage.judge()
    stage.clear()
    assert place.log.count("judge") == 1
    assert stage.whole_runs == lives
    stage.arena(Speed(60))
    stage.keep()
    place.log.clear()
    stage.clear()
    assert place.log == ["judge", "disconnect"]


def test_an_interrupted_life_is_not_judged(stage: Stage, place: _Place, lives: list[WholeRun]) -> None:
    """Nothing is waited for, nothing is claimed."""
    assert lives
    stage.arena(Speed(60))
    stage.clear(judged=False)
    assert "judge" not in place.log
    assert stage.whole_runs == []


def test_a_judge_that_fails_keeps_no_stack_alive(stage: Stage, place: _Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever went wrong, the stack goes."""

    def broken(_arena: Arena) -> tuple[WholeRun, ...]:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.scene.stage.judge_whole_run", broken)
    stage.arena(Speed(60))
    with pytest.raises(KeyboardInterrupt):
        stage.clear()
    assert place.log[-2:] == ["disconnect", "down"]
    assert stage.present is None


def test_nobody_goes_on_watching_for_stalls(stage: Stage, place: _Place) -> None:
    """Neither after the stack, nor after one that did not come up."""
    before = set(enumerate_threads())
    stage.arena(Speed(60))
    stage.clear()
    place.spoil = lambda stack: setattr(stack, "refusal", _REFUSAL)
    with pytest.raises(CouldNotTellError):
        stage.arena(Speed(60))
    assert not set(enumerate_threads()) - before


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_life_that_is_not_verified_is_handed_on_while_its_stack_is_there(
    stage: Stage, place: _Place, monkeypatch: pytest.MonkeyPatch, verdict: Verdict
) -> None:
    """And judged once more, because that took time in which something may have fired."""
    looks: list[int] = []

    def judged(_arena: Arena) -> tuple[WholeRun, ...]:
        looks.append(len(place.log))
        approach = Approach(alert="A", pending_share=None, nearest=None, why_no_value="planted")
        judgement = fakes.judgement(f"look {len(looks)}", verdict)
        return (WholeRun(judgement=judgement, approach=approach, quiet_until_s=0.0),)

    handed: list[list[str]] = []

    def on_trouble(_arena: Arena, judgements: Sequence[Judgement]) -> None:
        place.log.append("handed on")
        handed.append([one.name for one in judgements])

    monkeypatch.setattr("harness.scene.stage.judge_whole_run", judged)
    stage.on_trouble = on_trouble
    stage.arena(Speed(60))
    stage.clear()
    troubled = verdict is not Verdict.VERIFIED
    assert place.log == ["up at 60", "connect", *(["handed on"] if troubled else []), "disconnect", "down"]
    assert handed == ([["look 1"]] if troubled else [])
    assert [one.judgement.name for one in stage.whole_runs] == ["look 2" if troubled else "look 1"]
