"""Leader election: who may work. client-go's state machine, step by step.

Other replicas' clocks are not trusted: a lease has expired when its record has not changed for its duration, by the
monotonic clock of the one who looks. A leader that could not renew for the renew deadline has lost, although
the lease may still be its own: it must stop before anybody else can start.

Source: https://pkg.go.dev/k8s.io/client-go/tools/leaderelection
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from controller.clock import Clock
from controller.errors import ControllerError
from controller.lease import LeaseRecord, LeaseStore

_log = logging.getLogger(__name__)

#: candidates wait between 1 and 1 + this many retry periods, so that they fall out of step
JITTER_FACTOR: Final = 1.2
#: duration of a released lease, seconds: free for whoever looks next
_RELEASED_DURATION_S: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectionTimes:
    """The three durations, seconds; `lease > renew_deadline > retry x 1.2`."""

    lease_s: float = 15.0
    renew_deadline_s: float = 10.0
    retry_s: float = 2.0


class LeaderElector:
    """One candidate for one lease."""

    def __init__(
        self,
        store: LeaseStore,
        *,
        identity: str,
        times: ElectionTimes,
        clock: Clock,
        random: Callable[[], float],
    ) -> None:
        """Args: `random` gives numbers in [0, 1), for the jitter."""
        self._store = store
        self._identity = identity
        self._times = times
        self._clock = clock
        self._random = random
        #: the record as the API server gave it last; decides whether somebody wrote
        self._raw: LeaseRecord | None = None
        #: the record that is believed to hold now, own writes included
        self._observed: LeaseRecord | None = None
        self._observed_s = 0.0

    @property
    def is_leader(self) -> bool:
        """The observed record names this candidate. It may be outdated: `renew` tells when it is too old."""
        return self._observed is not None and self._observed.holder == self._identity

    @property
    def holder(self) -> str:
        """Who leads, as far as is known; empty: nobody."""
        return self._observed.holder if self._observed else ""

    async def acquire(self) -> None:
        """Returns when this candidate leads."""
        while not await self._attempt():
            await self._clock.sleep(self._times.retry_s * (1 + self._random() * JITTER_FACTOR))

    async def renew(self) -> None:
        """Renews for as long as it can. Returns when the lease is lost: the caller must stop all work at once."""
        while await self._renew_within_deadline():
            await self._clock.sleep(self._times.retry_s)

    async def release(self) -> None:
        """Gives the lease up, so that another candidate need not wait for it to expire. Never raises."""
        if not self.is_leader:
            return
        try:
            await self._clock.within(self._times.renew_deadline_s, self._release())
        except (ControllerError, TimeoutError) as error:
            _log.warning("the lease was not released, it will expire: %s", _reason(error))

    async def try_acquire_or_renew(self) -> bool:
        """One step: tells whether this candidate leads now.

        Raises:
            ControllerError: the API server refused or did not answer; not leading, or not renewed.
        """
        wall = self._clock.now()
        record = LeaseRecord(
            holder=self._identity,
            duration_s=int(self._times.lease_s),
            acquired=wall,
            renewed=wall,
            transitions=0,
        )
        if self.is_leader and self._is_valid() and self._observed is not None:
            # the usual case: nobody else wrote, so one request is enough
            mine = replace(record, acquired=self._observed.acquired, transitions=self._observed.transitions)
            try:
                await self._store.update(mine)
            except ControllerError as error:
                _log.warning("optimistic renewal of the lease failed, reading it: %s", error.line)
            else:
                self._observe(mine)
                return True
        old = await self._store.read()
        if old is None:
            await self._store.create(record)
            self._observe(record)
            return True
        if old != self._raw:
            self._observe(old)
            self._raw = old
        if old.holder and self._is_valid() and not self.is_leader:
            return False
        if self.is_leader:
            record = replace(record, acquired=old.acquired, transitions=old.transitions)
        else:
            record = replace(record, transitions=old.transitions + 1)
        await self._store.update(record)
        self._observe(record)
        return True

    async def _attempt(self) -> bool:
        before = self.holder
        try:
            leads = await self.try_acquire_or_renew()
        except ControllerError as error:
            _log.warning("no step forward with the lease: %s", error.line)
            return False
        if self.holder != before:
            _log.info("the lease is held by %s", self.holder or "nobody")
        return leads

    async def _renew_within_deadline(self) -> bool:
        deadline_s = self._clock.monotonic() + self._times.renew_deadline_s
        while True:
            left_s = deadline_s - self._clock.monotonic()
            if left_s <= 0:
                return False
            try:
                if await self._clock.within(left_s, self._attempt()):
                    return True
            except TimeoutError:
                return False
            left_s = deadline_s - self._clock.monotonic()
            await self._clock.sleep(max(0.0, min(self._times.retry_s, left_s)))

    async def _release(self) -> None:
        old = await self._store.read()
        if old is None or old.holder != self._identity:
            return
        wall = self._clock.now()
        released = LeaseRecord(
            holder="", duration_s=_RELEASED_DURATION_S, acquired=wall, renewed=wall, transitions=old.transitions
        )
        await self._store.update(released)
        self._observe(released)

    def _is_valid(self) -> bool:
        return self._observed is not None and self._observed_s + self._observed.duration_s > self._clock.monotonic()

    def _observe(self, record: LeaseRecord) -> None:
        self._observed = record
        self._observed_s = self._clock.monotonic()


def _reason(error: Exception) -> str:
    return error.line if isinstance(error, ControllerError) else "it took too long"
