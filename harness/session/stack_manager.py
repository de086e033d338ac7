"""The stack manager: the one stack that a session has at a time, at the speed the next scenario asks for."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial

from harness.core.configuration_snapshot import ConfigSnapshot
from harness.core.contract.model import Contract
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, HarnessError, MisuseError
from harness.core.handover import Handover
from harness.core.judge import Judgement
from harness.core.judge.preflight import Needs
from harness.core.judge.preflight.link import LinkState
from harness.core.judge.whole_run import WholeRun
from harness.core.rules.speed import Speed
from harness.core.verdict import Verdict
from harness.scenario.routes_agree import judge_routes
from harness.scenario.stack_handles import StackHandles, open_handles
from harness.scenario.whole_run import judge_whole_run, retired, torn_down
from harness.session.blockers import BlockedError, Blockers
from harness.session.configuration import setting_of
from harness.session.handover import measure_handover
from harness.session.preflight import look_over
from harness.stacks.base import Stack, StackFacts
from harness.stacks.choice import StackChoice
from harness.stacks.kinds import SWEEP
from harness.toolchain import Progress
from harness.witness.stall import StallWatch

_A_STACK = Needs()


def _chosen(choice: StackChoice, subject: Subject, speed: Speed, progress: Progress) -> Stack:
    """A stack of the kind that was asked for."""
    return choice.stack(subject, speed, progress, SWEEP)


@dataclass(slots=True, kw_only=True)
class Parts:
    """What others do for the manager with a stack, for a test to replace."""

    #: makes it; nothing is up yet
    stack: Callable[[StackChoice, Subject, Speed, Progress], Stack] = _chosen
    #: what other processes of the session found is among them
    blockers: Callable[[], Blockers] = Blockers
    connect: Callable[[Stack, StackFacts, Subject, Contract], AbstractContextManager[StackHandles]] = open_handles
    preflight: Callable[[StackHandles], tuple[LinkState, ...]] = look_over
    handover: Callable[[StackHandles], Handover | None] = measure_handover
    routes: Callable[[StackHandles], Judgement | None] = judge_routes
    whole_run: Callable[[StackHandles], tuple[WholeRun, ...]] = judge_whole_run
    #: the same once the rules are out of force, and once the stack is away
    retired: Callable[..., tuple[WholeRun, ...]] = retired
    torn_down: Callable[..., tuple[WholeRun, ...]] = torn_down


class StackManager:
    """Brings stacks up when they are needed and away when another is, or at the end."""

    def __init__(
        self,
        choice: StackChoice,
        subject: Subject,
        contract: Contract,
        progress: Progress,
        parts: Parts | None = None,
    ) -> None:
        self._parts = parts or Parts()
        self._choice = choice
        self._subject = subject
        self._contract = contract
        self._progress = progress
        self._handles: StackHandles | None = None
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
        self.blockers = self._parts.blockers()
        #: how the links of each stack stood of which one does not hold
        self.preflights: list[LinkState] = []
        #: what monitoring looked like on each stack
        self.settings: list[ConfigSnapshot] = []
        #: is given each stack of whose life something is not verified, while it is there
        self.on_unverified: Callable[[StackHandles, Sequence[Judgement]], None] = lambda _handles, _judgements: None

    def handles(self, speed: Speed, needs: Needs = _A_STACK) -> StackHandles:
        """The stack at this speed, by its handles: the present one if it has it, else a new one.

        Args:
            speed: of its stack.
            needs: of what it is wanted for; by default nothing but a stack.

        Raises:
            BlockedError: meanwhile another process of the session found what is in the way of that, and of all else.
            HarnessError: the stack did not come up; nothing of it is left.
        """
        if self._handles is not None and self.has(speed):
            return self._handles
        self.clear()
        try:
            return self._bring_up(speed, needs)
        except (MisuseError, BlockedError):
            raise
        except HarnessError as error:
            state = self.blockers.failed(error)
            self.preflights += [state] if state else []
            raise

    def in_the_way(self, needs: Needs, speed: Speed) -> LinkState | None:
        """What keeps something with these needs from being tested at a speed, as far as it is known by now."""
        here = self._handles.history.links if self._handles is not None and self.has(speed) else ()
        return self.blockers.in_the_way(needs, here)

    def _bring_up(self, speed: Speed, needs: Needs) -> StackHandles:
        start_s, began_s = time.monotonic(), time.time()
        stack = self._parts.stack(self._choice, self._subject, speed, self._progress)
        stalls = StallWatch()
        self._undo.callback(stalls.stop)
        try:
            with self._progress.step(f"stack at speed {speed}"):
                facts = stack.up(partial(self.blockers.go_on, needs))
            self._undo.callback(self._take_away, stack)
            self.bring_ups.append((speed.factor, time.monotonic() - start_s))
            handles = self._undo.enter_context(self._parts.connect(stack, facts, self._subject, self._contract))
            handles.history.links = self._parts.preflight(handles)
            self._handles = handles
        except BaseException:
            self.clear()
            raise
        life = self._handles.history
        life.start_s, life.began_s, life.stalls = began_s, start_s, stalls
        self.blockers.found(life.links)
        self.preflights += () if life.whole else life.links
        self._judged = False
        return self._handles

    def handover(self) -> Handover | None:
        """Measures on the present stack how the subject's lease goes from one pod to the next: a pod is replaced.

        Raises:
            HarnessError: there is no stack, or the subject does not get healthy again.
        """
        if self._handles is None:
            raise CouldNotTellError("there is nothing to measure on", why="no stack is up", fix="bring one up first")
        if not self._handles.history.whole:
            return None  # what does not run, or is not scraped, hands nothing over that anybody sees
        with self._progress.step("handover of the lease, measured"):
            return self._parts.handover(self._handles)

    def has(self, speed: Speed) -> bool:
        """Whether there is a stack at this speed, alive."""
        handles = self._handles
        return handles is not None and handles.facts.speed == speed and handles.stack.ended() is None

    @property
    def present(self) -> StackHandles | None:
        """The stack there is now, if any."""
        return self._handles

    def keep(self) -> None:
        """Leaves the present stack running when the manager is cleared, or this process ends."""
        if self._handles is not None:
            self._handles.stack.keep()
            self._kept.append(self._handles.stack)

    def judge(self) -> None:
        """Judges the present stack's life up to now, and no further: what happens to it later is nobody's scenario."""
        if self._handles is not None and not self._judged:
            self._judged = True
            self.whole_runs += self._judge(self._handles)

    def clear(self, *, judged: bool = True) -> None:
        """Disconnects from the present stack, and takes it away unless it is kept.

        Args:
            judged: whether its life, the tear-down included, is judged first; not where a scenario was interrupted.
        """
        handles, self._handles = self._handles, None
        whole: tuple[WholeRun, ...] = ()
        try:
            if judged and handles is not None and not self._judged:
                whole = self._judge(handles)
                read_s = time.time()
                if handles.stack not in self._kept and handles.stack.remove_rules():
                    whole = self._parts.retired(handles, whole, since_s=read_s)
        finally:
            try:
                self._undo.close()
            finally:
                kept = handles is not None and handles.stack in self._kept
                self.whole_runs += whole if kept else self._parts.torn_down(whole, gone_s=time.time())

    def _judge(self, handles: StackHandles) -> tuple[WholeRun, ...]:
        """The stack's life comes last: the tear-down is proved only if nothing takes time after it was read."""
        self.settings.append(setting_of(handles))
        if not handles.history.whole:
            return ()
        routes = self._parts.routes(handles)
        self.routes += [] if routes is None else [routes]
        whole = self._parts.whole_run(handles)
        judgements = [*(one.judgement for one in whole), *([routes] if routes else [])]
        if all(one.verdict is Verdict.VERIFIED for one in judgements):
            return whole
        self.on_unverified(handles, judgements)
        return self._parts.whole_run(handles)  # it took time, in which something may have fired

    def _take_away(self, stack: Stack) -> None:
        if stack not in self._kept:
            stack.down()
