"""The workload: sources touched at a steady rate, so that a healthy controller always has something to do.

A touch in the middle of a source's reconcile would be a conflict for a controller that writes on its sources, or reads
mirrors from a cache: failures that no fault has caused. So a source is touched when its turn comes again, and only
where the controller's own page says that nothing waits: everything touched so far was taken up by then.

On a busy machine one touch after the other would not hold the rate: what is due at one instant goes out side by side.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from harness.clients.kubernetes import ApiAnswer, ApiRequest
from harness.core.errors import CouldNotTellError, HarnessError
from harness.faults import source
from harness.faults.cluster import Cluster
from harness.faults.source import SourceKind
from harness.polling import PollingThread

#: a touch in flight is answered within the door's own timeout; then the thread has ended
_ANSWERED_S = 45.0

#: of each kind, if nobody asks for another number: more than a controller works on at once, so that a source whose turn
#: it is was done with. At most half of them wait at a time, see below: fewer than any sensible threshold of a queue
SOURCES: Final = 40
#: of all sources, so many are touched before it looks at the queues, and so many at the most before one look has seen
#: them empty: a queue that is emptied in time is seen empty in between, and the work never stops
_LOOK_AFTER: Final = 0.25
_UNSEEN: Final = 0.5
#: touches that are late by no more are made up for, all at once; later ones are left out
_LATE_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDone:
    """What a workload has done so far."""

    touched: int
    #: touches that the API server refused or did not answer
    failed: int
    #: touches left out because the one before took too long, or because something waited: the rate was not held
    skipped: int
    #: of the last failure, empty if there was none
    last_error: str


@dataclass(slots=True, kw_only=True)
class SteadyWorkload:
    """Touches its sources in turn, `rate_per_s` in all, from `start` to `stop`; a touch is one reconcile at the most.

    The first touch of a source makes it. What is late by more than half a second is left out: a workload must not turn
    into a flood. Where nobody tells what waits, it goes by its rate alone.
    """

    cluster: Cluster
    rate_per_s: float
    #: how many of each kind; a source is touched again after `sources * kinds / rate_per_s` seconds
    sources: int = SOURCES
    #: it works for so many seconds and then rests for as many, in turn; 0 for no rest
    spell_s: float = 0.0
    kinds: tuple[SourceKind, ...] = (SourceKind.CONFIGMAP, SourceKind.SECRET)
    #: names of the sources begin with it; also the group by which they are removed
    group: str = "steady"

    _touching: PollingThread | None = field(default=None, init=False)
    _made: set[tuple[SourceKind, str]] = field(default_factory=set, init=False)
    #: by the monotonic clock; touches that have been due since, and those that were made
    _start_s: float = field(default=0.0, init=False)
    _beat: int = field(default=0, init=False)
    _turn: int = field(default=0, init=False)
    #: touches since nothing was seen to wait
    _since_clear: int = field(default=0, init=False)
    _touched: int = field(default=0, init=False)
    _failed: int = field(default=0, init=False)
    _skipped: int = field(default=0, init=False)
    _last_error: str = field(default="", init=False)

    @property
    def done(self) -> WorkDone:
        """The counts of this instant."""
        return WorkDone(touched=self._touched, failed=self._failed, skipped=self._skipped, last_error=self._last_error)

    def start(self) -> None:
        """Creates one source of each kind and begins to touch them all.

        Raises:
            CouldNotTellError: the API server refused the sources, or the workload runs already.
        """
        if self._touching is not None:
            raise CouldNotTellError("the workload runs already", why="it was started before", fix="stop it first")
        for kind, name in self._all()[: len(self.kinds)]:
            answer = self.cluster.api.send(self._creation(kind, name))
            if not answer.accepted and answer.status != HTTPStatus.CONFLICT:
                raise CouldNotTellError(
                    "the workload's sources could not be created",
                    why=_refusal(answer),
                    fix="check that the run's source namespace exists",
                )
            self._made.add((kind, name))
        self._start_s, self._beat, self._turn = time.monotonic(), 0, 0
        self._touching = PollingThread(self._keep_up, name="workload", interval_s=self._pause_s, patience_s=_ANSWERED_S)
        self._touching.start()

    def stop(self, *, remove: bool = True) -> None:
        """Ends the touching, and removes the sources unless told otherwise. Harmless the second time."""
        if self._touching is not None:
            self._touching.stop()
            self._touching = None
        if remove:
            for kind in self.kinds:
                self.cluster.api.send(source.removal(self.cluster, kind=kind, group=self.group))

    def _all(self) -> list[tuple[SourceKind, str]]:
        return [(kind, f"{self.group}-{number}") for number in range(self.sources) for kind in self.kinds]

    def _keep_up(self) -> None:
        targets = self._all()
        most = min(len(targets), max(1, int(self.rate_per_s * _LATE_S)))
        due = max(1, int(self._worked_s(time.monotonic() - self._start_s) * self.rate_per_s) + 1 - self._beat)
        count = min(due, most, self._room(len(targets)))
        self._touch([targets[number % len(targets)] for number in range(self._turn, self._turn + count)])
        self._since_clear += count
        self._skipped += due - count
        self._turn += count
        self._beat += due

    def _pause_s(self) -> float:
        return self._start_s + self._due_s(self._beat) - time.monotonic()

    def _room(self, sources: int) -> int:
        """How many sources may be touched before what was touched is seen to have been taken up, if that is told."""
        if self._since_clear >= max(1, int(sources * _LOOK_AFTER)) and self._clear():
            self._since_clear = 0
        return max(1, int(sources * _UNSEEN)) - self._since_clear

    def _clear(self) -> bool:
        queues = self.cluster.subject.sources.queues
        try:
            return not any(self.cluster.queues.waiting(queues[kind.value]) for kind in self.kinds)
        except HarnessError:
            return True

    def _due_s(self, beat: int) -> float:
        """When a touch is due, in seconds after the start."""
        worked_s = beat / self.rate_per_s
        return worked_s + (worked_s // self.spell_s * self.spell_s if self.spell_s else 0.0)

    def _worked_s(self, passed_s: float) -> float:
        """How many of the seconds since the start were no rest."""
        if not self.spell_s:
            return passed_s
        rounds, rest_s = divmod(passed_s, 2 * self.spell_s)
        return rounds * self.spell_s + min(rest_s, self.spell_s)

    def _touch(self, due: Sequence[tuple[SourceKind, str]]) -> None:
        """Touches these side by side; the first touch of one makes it."""
        try:
            answers = self.cluster.api.send_all([self._touch_or_creation(kind, name) for kind, name in due])
        except HarnessError as error:
            self._failed += len(due)
            self._last_error = error.why
            return
        for one, answer in zip(due, answers, strict=True):
            if answer.accepted or (one not in self._made and answer.status == HTTPStatus.CONFLICT):
                self._made.add(one)
                self._touched += 1
            else:
                self._failed += 1
                self._last_error = _refusal(answer)

    def _touch_or_creation(self, kind: SourceKind, name: str) -> ApiRequest:
        if (kind, name) in self._made:
            return source.touch(self.cluster, kind=kind, name=name, serial=time.time_ns())
        return self._creation(kind, name)

    def _creation(self, kind: SourceKind, name: str) -> ApiRequest:
        return source.creation(self.cluster, kind=kind, group=self.group, name=name, serial=time.time_ns())


def _refusal(answer: ApiAnswer) -> str:
    return str(answer.body.get("message", answer.status))
