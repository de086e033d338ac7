"""The leader election is client-go's: never two leaders, and a lost lease is noticed in time."""

from dataclasses import replace

import pytest

from controller.errors import ApiError, ApiUnreachableError
from controller.leader import ElectionTimes, LeaderElector
from controller.lease import LeaseRecord
from controller.tests.clock import FakeClock


class SharedLease:
    """The lease in the API server."""

    def __init__(self) -> None:
        self.record: LeaseRecord | None = None
        self.version = 0
        self.writes: list[LeaseRecord] = []


class FakeStore:
    """One candidate's way to it; can be cut off, and can be slow."""

    def __init__(self, shared: SharedLease, clock: FakeClock) -> None:
        self._shared = shared
        self._clock = clock
        self._seen = -1
        self.cut = False
        self.delay_s = 0.0
        self.reads = 0

    async def read(self) -> LeaseRecord | None:
        self._reach()
        self.reads += 1
        self._seen = self._shared.version
        return self._shared.record

    async def create(self, record: LeaseRecord) -> None:
        self._reach()
        if self._shared.record is not None:
            raise ApiError("create", status=409)
        self._write(record)

    async def update(self, record: LeaseRecord) -> None:
        self._reach()
        if self._seen != self._shared.version:
            raise ApiError("update", status=409)
        self._write(record)

    def _reach(self) -> None:
        self._clock.advance(self.delay_s)
        if self.cut:
            raise ApiUnreachableError("call", why="cut", fix="none")

    def _write(self, record: LeaseRecord) -> None:
        self._shared.version += 1
        self._seen = self._shared.version
        self._shared.record = record
        self._shared.writes.append(record)


class Election:
    """Two candidates, one lease, one clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.lease = SharedLease()
        self.stores = {name: FakeStore(self.lease, self.clock) for name in "ab"}
        self.a, self.b = (
            LeaderElector(self.stores[name], identity=name, times=ElectionTimes(), clock=self.clock, random=lambda: 0.5)
            for name in "ab"
        )


@pytest.fixture
def election() -> Election:
    """A fresh election for each test."""
    return Election()


async def test_first_candidate_creates_the_lease(election: Election) -> None:
    """The first record names the candidate, lasts 15 s, and counts no transition."""
    assert await election.a.try_acquire_or_renew()
    record = election.lease.record
    assert record is not None
    assert (record.holder, record.duration_s, record.transitions) == ("a", 15, 0)
    assert record.acquired == record.renewed == election.clock.now()


async def test_renewal_is_one_request_and_keeps_the_instant_of_acquisition(election: Election) -> None:
    """A renewal writes without reading, and changes only the renewal's instant."""
    await election.a.try_acquire_or_renew()
    first = election.lease.record
    reads = election.stores["a"].reads
    election.clock.advance(2)
    assert await election.a.try_acquire_or_renew()
    assert first is not None
    assert election.lease.record == replace(first, renewed=election.clock.now())
    assert election.stores["a"].reads == reads


async def test_standby_waits_for_the_whole_duration_by_its_own_clock(election: Election) -> None:
    """A standby takes over 15 s after it saw the record change last, not earlier, and counts the transition."""
    await election.a.try_acquire_or_renew()
    election.clock.advance(14)
    assert not await election.b.try_acquire_or_renew(), "seen for the first time: 15 s begin now"
    election.clock.advance(14.9)
    assert not await election.b.try_acquire_or_renew()
    election.clock.advance(0.2)
    assert await election.b.try_acquire_or_renew()
    record = election.lease.record
    assert record is not None
    assert (record.holder, record.transitions) == ("b", 1)


async def test_renewed_lease_is_never_taken(election: Election) -> None:
    """As long as the leader renews, a standby stays one."""
    await election.a.try_acquire_or_renew()
    for _ in range(50):
        election.clock.advance(2)
        assert await election.a.try_acquire_or_renew()
        assert not await election.b.try_acquire_or_renew()


async def test_released_lease_is_taken_at_once(election: Election) -> None:
    """A release names nobody, so a standby need not wait."""
    await election.a.try_acquire_or_renew()
    await election.b.try_acquire_or_renew()
    await election.a.release()
    assert not election.a.is_leader
    record = election.lease.record
    assert record is not None
    assert (record.holder, record.duration_s) == ("", 1)
    assert await election.b.try_acquire_or_renew()


async def test_standby_releases_nothing(election: Election) -> None:
    """Who does not lead does not touch the lease when it ends."""
    await election.a.try_acquire_or_renew()
    await election.b.try_acquire_or_renew()
    writes = len(election.lease.writes)
    await election.b.release()
    assert len(election.lease.writes) == writes


async def test_release_leaves_a_stolen_lease_alone(election: Election) -> None:
    """A leader that was robbed without noticing does not release the robber's lease."""
    await election.a.try_acquire_or_renew()
    assert election.lease.record is not None
    election.lease.record = replace(election.lease.record, holder="intruder")
    election.lease.version += 1
    await election.a.release()
    assert election.lease.record.holder == "intruder"


async def test_stolen_lease_ends_the_renewal_within_the_deadline(election: Election) -> None:
    """Robbed by an intruder, the leader tries for 10 s, and then gives up."""
    await election.a.try_acquire_or_renew()
    assert election.lease.record is not None
    election.lease.record = replace(election.lease.record, holder="intruder")
    election.lease.version += 1
    start_s = election.clock.monotonic()
    await election.a.renew()
    assert election.clock.monotonic() - start_s == pytest.approx(10, abs=0.01)
    assert not election.a.is_leader


async def test_unreachable_api_ends_the_renewal_before_the_lease_expires(election: Election) -> None:
    """Cut off, the leader gives up 10 s after its last renewal's turn, before anybody can take over at 15 s."""
    await election.a.try_acquire_or_renew()
    await election.b.try_acquire_or_renew()
    election.stores["a"].cut = True
    await election.a.renew()
    gave_up_s = election.clock.monotonic()
    assert gave_up_s == pytest.approx(10, abs=0.01)
    assert not await election.b.try_acquire_or_renew(), "nobody leads twice"
    election.clock.advance(15 - gave_up_s + 0.1)
    assert await election.b.try_acquire_or_renew()


async def test_hanging_api_ends_the_renewal_too(election: Election) -> None:
    """An attempt that takes longer than the deadline counts as none."""
    await election.a.try_acquire_or_renew()
    election.stores["a"].delay_s = 11
    await election.a.renew()
    assert election.clock.monotonic() <= 12


async def test_short_outage_is_survived(election: Election) -> None:
    """A leader that is cut off for less than the deadline goes on leading."""
    await election.a.try_acquire_or_renew()
    election.stores["a"].cut = True
    rounds = 0
    slept = election.clock.sleep

    async def sleep(delay_s: float) -> None:
        nonlocal rounds
        rounds += 1
        election.stores["a"].cut = rounds < 4 or rounds > 20
        await slept(delay_s)

    election.clock.sleep = sleep  # type: ignore[method-assign]  # the test's hand on the wire
    await election.a.renew()
    assert election.clock.monotonic() > 30, "it went on until it was cut off for good"


async def test_candidates_fall_out_of_step(election: Election) -> None:
    """A candidate tries again after the retry period and up to 1.2 of it more."""
    await election.a.try_acquire_or_renew()
    await election.b.acquire()
    assert set(election.clock.slept_s) == {2 * (1 + 0.5 * 1.2)}
    assert election.b.is_leader
    assert election.b.holder == "b"


async def test_lease_that_expired_during_a_stall_is_read_before_it_is_written(election: Election) -> None:
    """A process that was stopped for longer than the lease does not renew blindly."""
    await election.a.try_acquire_or_renew()
    election.clock.advance(60)
    assert await election.b.try_acquire_or_renew() is False
    election.clock.advance(16)
    assert await election.b.try_acquire_or_renew()
    assert not await election.a.try_acquire_or_renew()
    assert not election.a.is_leader
