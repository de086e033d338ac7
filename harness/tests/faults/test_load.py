"""Flood and workload: exact numbers of sources, of the subject's own shape, and nothing left behind."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from harness.clients.kubernetes import ApiAnswer, ApiRequest
from harness.core.errors import CouldNotTellError
from harness.faults import full_queue
from harness.faults.cluster import Cluster
from harness.faults.full_queue import FullQueue
from harness.faults.namespaces import create_namespaces
from harness.faults.queue_flood import QueueFlood
from harness.faults.source import SourceKind
from harness.faults.workload import SteadyWorkload
from harness.tests.faults.fake_api import RUN, FakeApi, FakeQueues, answer, cluster
from harness.waiting import NotYet, wait_until

CONFIGMAPS = f"/api/v1/namespaces/kubemirror-harness-{RUN}-source/configmaps"
SECRETS = f"/api/v1/namespaces/kubemirror-harness-{RUN}-source/secrets"


def test_a_source_has_the_subjects_marks() -> None:
    """Labels and annotations come from the subject, the target is the run's own namespace."""
    api = FakeApi()
    QueueFlood(count=1, prefix="f", kind=SourceKind.SECRET).inject(cluster(api))
    (found,) = api.objects.values()
    assert found["metadata"]["labels"] == {
        "other.io/mirror": "yes",
        "kubemirror-harness/run": RUN,
        "kubemirror-harness/group": "f",
    }
    assert found["metadata"]["annotations"] == {"other.io/to": f"kubemirror-harness-{RUN}-target"}


def test_floods_add_up_and_go_one_by_one() -> None:
    """85 and 45 more are 130; each undo takes its own, also the second time."""
    api = FakeApi()
    first, second = QueueFlood(count=85, prefix="first"), QueueFlood(count=45, prefix="second")
    first.inject(cluster(api))
    second.inject(cluster(api))
    assert len(api.objects) == 130
    for _ in range(2):
        second.undo(cluster(api))
        assert len(api.objects) == 85
    first.undo(cluster(api))
    assert api.objects == {}


@pytest.mark.parametrize("kind", SourceKind)
def test_a_source_that_is_there_is_touched(kind: SourceKind) -> None:
    """Injecting again changes the content of each source, so that its mirror must be written again."""
    api = FakeApi()
    flood = QueueFlood(count=2, prefix="f", kind=kind)
    flood.inject(cluster(api))
    before = [found["data"] for found in api.objects.values()]
    flood.inject(cluster(api))
    after = [found["data"] for found in api.objects.values()]
    assert all(old != new for old, new in zip(before, after, strict=True))


def test_a_refused_flood_is_told() -> None:
    """How many, and in the API server's words; for inject and for undo."""
    api = FakeApi()
    api.interfere = lambda _: answer(403, {"message": "quota"})
    with pytest.raises(CouldNotTellError, match="3 sources could not be created"):
        QueueFlood(count=3, prefix="f").inject(cluster(api))
    with pytest.raises(CouldNotTellError, match="could not be removed"):
        QueueFlood(count=3, prefix="f").undo(cluster(api))


def test_a_workload_touches_its_sources_in_turn_and_removes_them() -> None:
    """All sources of both kinds get their turn; stop ends it, and may be called twice."""
    api = FakeApi()
    workload = SteadyWorkload(cluster=cluster(api), rate_per_s=200.0, sources=2)
    workload.start()
    with pytest.raises(CouldNotTellError, match="runs already"):
        workload.start()
    wait_until(
        "a round and more", lambda: workload.done if workload.done.touched > 8 else NotYet("fewer"), timeout_s=20
    )
    workload.stop(remove=False)
    touched = {request.path for request in api.requests if request.method == "PATCH"}
    assert touched == {f"{place}/steady-{number}" for place in (CONFIGMAPS, SECRETS) for number in (0, 1)}
    assert (workload.done.failed, workload.done.last_error) == (0, "")
    workload.stop()
    assert api.objects == {}


@pytest.mark.parametrize(
    ("spell_s", "due_s"),
    [(0.0, [0, 0.25, 0.5, 0.75, 1, 1.25]), (0.5, [0, 0.25, 1, 1.25, 2, 2.25]), (1.0, [0, 0.25, 0.5, 0.75, 2, 2.25])],
    ids=["no rest", "half a second", "a second"],
)
def test_a_workload_rests_as_long_as_it_works(spell_s: float, due_s: list[float]) -> None:
    """No touch is due while it rests; the rate is that of the work."""
    workload = SteadyWorkload(cluster=cluster(FakeApi()), rate_per_s=4.0, spell_s=spell_s)
    assert [workload._due_s(beat) for beat in range(6)] == due_s
    assert [workload._worked_s(at_s) * 4 for at_s in due_s] == list(range(6))


def test_what_is_late_in_a_spell_is_left_out() -> None:
    """Of the time that has passed only the work counts: a rest owes nothing."""
    workload = SteadyWorkload(cluster=cluster(FakeApi()), rate_per_s=4.0, spell_s=1.0)
    assert [workload._worked_s(at_s) for at_s in (0.5, 1.0, 1.9, 2.5, 3.5)] == [0.5, 1.0, 1.0, 1.5, 2.0]


def test_a_failed_touch_is_counted_not_hidden() -> None:
    """A baseline that did not happen must not look like one that did."""
    api = FakeApi()
    workload = SteadyWorkload(cluster=cluster(api), rate_per_s=200.0, sources=1)

    def refuse(request: ApiRequest) -> ApiAnswer | None:
        return answer(500) if request.method == "PATCH" else None

    api.interfere = refuse
    workload.start()
    wait_until("a failure", lambda: workload.done if workload.done.failed else NotYet("none"), timeout_s=20)
    workload.stop()
    assert workload.done.touched == 0
    assert workload.done.last_error == "fake 500"


def _wait_for(workload: SteadyWorkload, count: str, least: int) -> None:
    wait_until(
        count, lambda: None if getattr(workload.done, count) >= least else NotYet(f"{workload.done}"), timeout_s=20
    )


def test_a_workload_makes_its_sources_one_by_one() -> None:
    """The first touch makes a source: all at once would be a flood."""
    api = FakeApi()
    workload = SteadyWorkload(cluster=cluster(api), rate_per_s=100.0, kinds=(SourceKind.CONFIGMAP,))
    workload.start()
    assert len(api.objects) < 40
    _wait_for(workload, "touched", 45)
    workload.stop(remove=False)
    assert len(api.objects) == 40
    assert [request.method for request in api.requests].count("POST") == 40


def test_a_workload_touches_nothing_while_something_waits() -> None:
    """A few touches, then a look: what waits is not touched again before it was taken up."""
    api = FakeApi()
    queued: list[str] = []

    def waiting(queue: str) -> float:
        queued.append(queue)
        return 1.0 if queue == "secret" else 0.0

    busy = replace(cluster(api), queues=FakeQueues(depth=waiting))
    workload = SteadyWorkload(cluster=busy, rate_per_s=200.0, sources=4)
    workload.start()
    _wait_for(workload, "skipped", 5)
    workload.stop()
    assert workload.done.touched == 4, "half of eight sources"
    assert set(queued) == {"configmap", "secret"}


def test_a_workload_goes_on_when_the_queues_are_empty_again() -> None:
    """It skips what was due meanwhile, and takes the next source in turn."""
    api = FakeApi()
    depths = iter([3.0, 2.0, 1.0, 0.0])
    busy = replace(cluster(api), queues=FakeQueues(depth=lambda _: next(depths, 0.0)))
    workload = SteadyWorkload(cluster=busy, rate_per_s=200.0, sources=4, kinds=(SourceKind.CONFIGMAP,))
    workload.start()
    _wait_for(workload, "touched", 12)
    workload.stop()
    assert workload.done.skipped >= 2
    touched = [request.path.rpartition("-")[2] for request in api.requests if request.method == "PATCH"]
    assert touched[:4] == ["0", "0", "1", "2"]


class _LateApi(FakeApi):
    """Takes its time with the first touch of what is there, and remembers how many came side by side."""

    def __init__(self, late_s: float) -> None:
        super().__init__()
        self.together: list[int] = []
        self._late_s = [late_s]

    def send_all(self, requests: Sequence[ApiRequest], *, at_once: int = 32) -> list[ApiAnswer]:
        if requests and self._late_s:
            time.sleep(self._late_s.pop())
        self.together.append(len(requests))
        return super().send_all(requests, at_once=at_once)


def test_a_workload_makes_up_for_what_is_a_little_late() -> None:
    """A server that takes its time does not lower the rate: what fell due meanwhile goes out at once."""
    api = _LateApi(late_s=0.1)
    workload = SteadyWorkload(cluster=cluster(api), rate_per_s=200.0, sources=400, kinds=(SourceKind.CONFIGMAP,))
    workload.start()
    _wait_for(workload, "touched", 21)
    workload.stop()
    assert api.together[1] >= 20


def test_a_workload_leaves_out_what_is_late_by_more() -> None:
    """Half a second of touches at once and no more, whatever fell due: else it would turn into a flood."""
    api = _LateApi(late_s=0.75)
    workload = SteadyWorkload(cluster=cluster(api), rate_per_s=200.0, sources=400, kinds=(SourceKind.CONFIGMAP,))
    workload.start()
    _wait_for(workload, "skipped", 49)
    _wait_for(workload, "touched", 101)
    workload.stop()
    assert max(api.together) == 100


def test_a_queue_that_is_emptied_in_time_never_stops_the_work() -> None:
    """A quarter of the sources, then looks while it goes on: half of them would have to wait before it stops."""
    api = FakeApi()
    depths = iter([5.0, 1.0, 0.0] * 1000)
    busy = replace(cluster(api), queues=FakeQueues(depth=lambda _: next(depths)))
    workload = SteadyWorkload(cluster=busy, rate_per_s=40.0, sources=80, kinds=(SourceKind.CONFIGMAP,))
    workload._since_clear = 20
    room = [workload._room(80) for _ in range(6)]
    assert room == [20, 20, 40, 40, 40, 40]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made has arrived by the next look."""
    monkeypatch.setattr(full_queue, "_ARRIVES_S", 0.0)


def _working_on(api: FakeApi, workers: Callable[[], int]) -> Cluster:
    """A controller that works on so many at once and finishes none: the rest waits."""
    return replace(cluster(api), queues=FakeQueues(depth=lambda _: max(0.0, len(api.objects) - workers())))


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("workers", [1, 5, 40])
def test_a_full_queue_is_as_full_whatever_the_controller_works_on(workers: int) -> None:
    """So many wait, on its own page: what it works on comes on top."""
    api = FakeApi()
    fault = FullQueue(depth=95, prefix="f", kind=SourceKind.SECRET)
    fault.inject(_working_on(api, lambda: workers))
    fault.undo(cluster(api))
    assert [request.method for request in api.requests].count("POST") == 95 + workers
    assert api.objects == {}


@pytest.mark.usefixtures("at_once")
def test_a_full_queue_stays_full() -> None:
    """What the controller takes out is made up for, and never by more than is missing."""
    api = FakeApi()
    taken = [5]
    there = _working_on(api, lambda: taken[0])
    fault = FullQueue(depth=20, prefix="f")
    fault.inject(there)
    taken[0] = 12
    wait_until("what was taken is made up for", lambda: len(api.objects) == 32 or NotYet("not yet"), timeout_s=20)
    fault.undo(there)
    assert [request.method for request in api.requests].count("POST") == 32


def test_what_was_just_made_may_still_arrive() -> None:
    """Until it has, or a second is over, nothing more is made: the queue must not become too full."""
    api = FakeApi()
    slow = replace(cluster(api), queues=FakeQueues(depth=lambda _: 0.0))
    fault = FullQueue(depth=7, prefix="f")
    for _ in range(3):
        assert fault._top_up(slow) == 0
    assert len(api.objects) == 7


def test_a_queue_that_does_not_fill_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what waits, and how many sources that took; sources that are refused, in the API server's words."""
    monkeypatch.setattr(full_queue, "_FILLS_S", 0.0)
    quick = replace(cluster(FakeApi()), queues=FakeQueues(depth=lambda _: 1.0))
    with pytest.raises(CouldNotTellError, match="7 waiting items: not within") as caught:
        FullQueue(depth=7, prefix="f").inject(quick)
    assert caught.value.why == "last seen: 1 wait, 6 sources were made"
    api = FakeApi()
    api.interfere = lambda _: answer(403, {"message": "quota"})
    refused = replace(cluster(api), queues=FakeQueues(depth=lambda _: 0.0))
    with pytest.raises(CouldNotTellError, match="7 sources could not be created"):
        FullQueue(depth=7, prefix="f").inject(refused)
    with pytest.raises(CouldNotTellError, match="what waits in queue configmap is not known"):
        FullQueue(depth=7, prefix="f").inject(cluster(FakeApi()))


def test_a_workload_without_its_namespace_does_not_start() -> None:
    """The mistake shows at once."""
    api = FakeApi()
    api.interfere = lambda _: answer(404, {"message": "no namespace"})
    with pytest.raises(CouldNotTellError, match="could not be created"):
        SteadyWorkload(cluster=cluster(api), rate_per_s=1.0).start()


def test_the_namespaces_tell_sources_from_targets() -> None:
    """The role is what the webhook's rule selects by."""
    api = FakeApi()
    create_namespaces(cluster(api))
    roles = {path.rpartition("-")[2]: found["metadata"]["labels"] for path, found in api.objects.items()}
    assert {name: labels["kubemirror-harness/role"] for name, labels in roles.items()} == {
        "source": "source",
        "target": "target",
    }
