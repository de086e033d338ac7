"""The workload: sources touched at a steady rate, so that a healthy controller always has something to do.

A touch in the middle of a source's reconcile would be a conflict for a controller that writes on its sources, or reads
mirrors from a cache: failures that no fault has caused. So a source is touched when its turn comes again, and only
where the controller's own page says that nothing waits: everything touched so far was taken up by then.
"""

import time
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Event, Thread
from typing import Final

from harness.core.errors import CouldNotTellError, HarnessError
from harness.faults import source
from harness.faults.cluster import Cluster
from harness.faults.source import SourceKind
from harness.kube_api import ApiRequest

#: a touch in flight is answered within the door's own timeout; then the thread has ended
_JOIN_TIMEOUT_S = 45.0

#: of each kind, if nobody asks for another number: more than a controller works on at once, so that a source whose turn
#: it is was done with. At most half of them wait at a time, see below: fewer than any sensible threshold of a queue
SOURCES: Final = 40
#: of all sources, so many are touched at the most between two looks at the queues: a look takes time from the rate
_UNSEEN: Final = 0.5


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

    The first touch of a source makes it. What falls behind is left out, never made up for: a workload must not turn
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

    _stop: Event = field(default_factory=Event, init=False)
    _thread: Thread | None = field(default=None, init=False)
    _made: set[tuple[SourceKind, str]] = field(default_factory=set, init=False)
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
        if self._thread is not None:
            raise CouldNotTellError("the workload runs already", why="it was started before", fix="stop it first")
        for kind, name in self._all()[: len(self.kinds)]:
            answer = self.cluster.api.send(self._creation(kind, name))
            if not answer.accepted and answer.status != HTTPStatus.CONFLICT:
                raise CouldNotTellError(
                    "the workload's sources could not be created",
                    why=str(answer.body.get("message", answer.status)),
                    fix="check that the run's source namespace exists",
                )
            self._made.add((kind, name))
        self._stop.clear()
        self._thread = Thread(target=self._run, name="workload", daemon=True)
        self._thread.start()

    def stop(self, *, remove: bool = True) -> None:
        """Ends the touching, and removes the sources unless told otherwise. Harmless the second time."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_JOIN_TIMEOUT_S)
            self._thread = None
        if remove:
            for kind in self.kinds:
                self.cluster.api.send(source.removal(self.cluster, kind=kind, group=self.group))

    def _all(self) -> list[tuple[SourceKind, str]]:
        return [(kind, f"{self.group}-{number}") for number in range(self.sources) for kind in self.kinds]

    def _run(self) -> None:
        targets = self._all()
        start_s, beat, turn = time.monotonic(), 0, 0
        while not self._stop.wait(max(0.0, start_s + self._due_s(beat) - time.monotonic())):
            if self._clear(len(targets)):
                kind, name = targets[turn % len(targets)]
                self._touch(kind, name)
                turn += 1
                self._since_clear += 1
            else:
                self._skipped += 1
            due = max(beat + 1, int(self._worked_s(time.monotonic() - start_s) * self.rate_per_s))
            self._skipped += due - beat - 1
            beat = due

    def _clear(self, sources: int) -> bool:
        """Whether another source may be touched: what was touched before has been taken up, as far as that is told."""
        if self._since_clear < max(1, int(sources * _UNSEEN)):
            return True
        queues = self.cluster.subject.sources.queues
        try:
            waiting = max(self.cluster.queues.waiting(queues[kind.value]) for kind in self.kinds)
        except HarnessError:
            return True
        self._since_clear = 0 if not waiting else self._since_clear
        return not waiting

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

    def _touch(self, kind: SourceKind, name: str) -> None:
        try:
            if (kind, name) in self._made:
                self.cluster.api.ask(source.touch(self.cluster, kind=kind, name=name, serial=time.time_ns()))
            else:
                answer = self.cluster.api.send(self._creation(kind, name))
                if not answer.accepted and answer.status != HTTPStatus.CONFLICT:
                    raise CouldNotTellError(name, why=str(answer.body.get("message", answer.status)), fix="-")
                self._made.add((kind, name))
        except HarnessError as error:
            self._failed += 1
            self._last_error = error.why
        else:
            self._touched += 1

    def _creation(self, kind: SourceKind, name: str) -> ApiRequest:
        return source.creation(self.cluster, kind=kind, group=self.group, name=name, serial=time.time_ns())
