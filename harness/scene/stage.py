"""The stage: the one stack that a session has at a time, at the speed the next scenario asks for."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from harness.core.contract import Contract
from harness.core.errors import CouldNotTellError, HarnessError, MisuseError
from harness.core.handover import Handover
from harness.core.judge import Judgement
from harness.core.judge.preflight import Needs
from harness.core.judge.preflight.link import LinkState
from harness.core.judge.whole_run import WholeRun
from harness.core.setting import Setting
from harness.core.speed import Speed
from harness.core.subject import Subject
from harness.core.verdict import Verdict
from harness.observe.stall import StallWatch
from harness.scene.arena import Arena, open_arena
from harness.scene.attendants import build_attendants
from harness.scene.handover import measure_handover
from harness.scene.preflight import look_over
from harness.scene.routes_agree import judge_routes
from harness.scene.setting import setting_of
from harness.scene.standing import BlockedError, Standing
from harness.scene.whole_run import judge_whole_run, retired, torn_down
from harness.stacks.base import Stack
from harness.stacks.choice import StackChoice
from harness.toolchain import Progress

_A_STACK = Needs()


class Stage:
    """Brings stacks up when they are needed and away when another is, or at the end."""

    def __init__(self, choice: StackChoice, subject: Subject, contract: Contract, progress: Progress) -> None:
        self._choice = choice
        self._subject = subject
        self._contract = contract
        self._progress = progress
        self._arena: Arena | None = None
        self._undo = ExitStack()
        self._kept: list[Stack] = []
        #: whether the present stack's life was judged already
        self._judged = False
        #: speed and seconds of each bring-up
        self.bring_ups: list[tuple[float, float]] = []
        #: what was found about the life of each stack that is done with
        self.whole_runs: list[WholeRun] = []
        #: whether amtool and the deliveries agree, on each stack that told anybody anything
        self.routes: list[Judgement] = []
        #: what keeps scenarios from being tried, on any stack
        self.standing = Standing()
        #: how the links of each stack stood of which one does not hold
        self.preflights: list[LinkState] = []
        #: what monitoring looked like on each stack
        self.settings: list[Setting] = []
        #: is given each stack of whose life something is not verified, while it is there
        self.on_trouble: Callable[[Arena, Sequence[Judgement]], None] = lambda _arena, _judgements: None

    def arena(self, speed: Speed, needs: Needs = _A_STACK) -> Arena:
        """The arena at this speed: the present one if it has it, else a new one.

        Args:
            speed: of its stack.
            needs: of what it is wanted for; by default nothing but a stack.

        Raises:
            BlockedError: meanwhile another process of the session found what is in the way of that, and of all else.
            HarnessError: the stack did not come up; nothing of it is left.
        """
        if self._arena is not None and self.has(speed):
            return self._arena
        self.clear()
        try:
            return self._bring_up(speed, needs)
        except (MisuseError, BlockedError):
            raise
        except HarnessError as error:
            state = self.standing.failed(error)
            self.preflights += [state] if state else []
            raise

    def in_the_way(self, needs: Needs, speed: Speed) -> LinkState | None:
        """What keeps something with these needs from being tested at a speed, as far as it is known by now."""
        here = self._arena.life.links if self._arena is not None and self.has(speed) else ()
        return self.standing.in_the_way(needs, here)

    def _bring_up(self, speed: Speed, needs: Needs) -> Arena:
        start_s, began_s = time.monotonic(), time.time()
        stack: Stack = self._choice.stack(self._subject, speed, build_attendants, self._progress)
        stalls = StallWatch()
        self._undo.callback(stalls.stop)
        try:
            with self._progress.step(f"stack at speed {speed}"):
                facts = stack.up(partial(self.standing.go_on, needs))
            self._undo.callback(self._take_away, stack)
            self.bring_ups.append((speed.factor, time.monotonic() - start_s))
            arena = self._undo.enter_context(open_arena(stack, facts, self._subject, self._contract))
            arena.life.links = look_over(arena)
            self._arena = arena
        except BaseException:
            self.clear()
            raise
        life = self._arena.life
        life.start_s, life.stalls = began_s, stalls
        self.standing.found(life.links)
        self.preflights += () if life.whole else life.links
        self._judged = False
        return self._arena

    def handover(self) -> Handover | None:
        """Measures on the present stack how the subject's lease goes from one pod to the next: a pod is replaced.

        Raises:
            HarnessError: there is no stack, or the subject does not get healthy again.
        """
        if self._arena is None:
            raise CouldNotTellError("there is nothing to measure on", why="no stack is up", fix="bring one up first")
        if not self._arena.life.whole:
            return None  # what does not run, or is not scraped, hands nothing over that anybody sees
        with self._progress.step("handover of the lease, measured"):
            return measure_handover(self._arena)

    def has(self, speed: Speed) -> bool:
        """Whether there is a stack at this speed, alive."""
        arena = self._arena
        return arena is not None and arena.facts.speed == speed and arena.stack.ended() is None

    @property
    def present(self) -> Arena | None:
        """The arena there is now, if any."""
        return self._arena

    def keep(self) -> None:
        """Leaves the present stack running when the stage is cleared, or this process ends."""
        if self._arena is not None:
            self._arena.stack.keep()
            self._kept.append(self._arena.stack)

    def judge(self) -> None:
        """Judges the present stack's life up to now, and no further: what happens to it later is nobody's scenario."""
        if self._arena is not None and not self._judged:
            self._judged = True
            self.whole_runs += self._judge(self._arena)

    def clear(self, *, judged: bool = True) -> None:
        """Disconnects from the present stack, and takes it away unless it is kept.

        Args:
            judged: whether its life, the tear-down included, is judged first; not where a scenario was interrupted.
        """
        arena, self._arena = self._arena, None
        whole: tuple[WholeRun, ...] = ()
        try:
            if judged and arena is not None and not self._judged:
                whole = self._judge(arena)
                read_s = time.time()
                if arena.stack not in self._kept and arena.stack.retire():
                    whole = retired(arena, whole, since_s=read_s)
        finally:
            try:
                self._undo.close()
            finally:
                kept = arena is not None and arena.stack in self._kept
                self.whole_runs += whole if kept else torn_down(whole, gone_s=time.time())

    def _judge(self, arena: Arena) -> tuple[WholeRun, ...]:
        """The stack's life comes last: the tear-down is proved only if nothing takes time after it was read."""
        self.settings.append(setting_of(arena))
        if not arena.life.whole:
            return ()
        routes = judge_routes(arena)
        self.routes += [] if routes is None else [routes]
        whole = judge_whole_run(arena)
        judgements = [*(one.judgement for one in whole), *([routes] if routes else [])]
        if all(one.verdict is Verdict.VERIFIED for one in judgements):
            return whole
        self.on_trouble(arena, judgements)
        return judge_whole_run(arena)  # it took time, in which something may have fired

    def _take_away(self, stack: Stack) -> None:
        if stack not in self._kept:
            stack.down()
