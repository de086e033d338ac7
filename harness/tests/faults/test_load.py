"""Flood and workload: exact numbers of sources, of the subject's own shape, and nothing left behind."""

import pytest

from harness.core.errors import CouldNotTellError
from harness.faults.namespaces import create_namespaces
from harness.faults.queue_flood import QueueFlood
from harness.faults.source import SourceKind
from harness.faults.workload import SteadyWorkload
from harness.kube_api import ApiAnswer, ApiRequest
from harness.tests.faults.fake_api import RUN, FakeApi, answer, cluster
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


def test_a_set_rate_sends_them_all() -> None:
    """A rate spreads the sources; their number stays exact."""
    api = FakeApi()
    QueueFlood(count=12, prefix="f", rate_per_s=60.0).inject(cluster(api))
    assert len(api.objects) == 12


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
        "a round and more", lambda: workload.done if workload.done.touched > 4 else NotYet("fewer"), timeout_s=20
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
    assert workload.done.last_error == "500"


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
