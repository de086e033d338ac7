"""The kinds of sources that scenarios work with are those of the subject."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError
from harness.faults.queue_flood import QueueFlood
from harness.faults.source import SourceKind, source_kinds
from harness.tests.faults import fake_api


def _mirroring(queues: Mapping[str, str]) -> Subject:
    subject = fake_api.subject()
    return replace(subject, sources=replace(subject.sources, queues=queues))


@pytest.mark.parametrize(
    ("queues", "expected"),
    [
        ({"ConfigMap": "c", "Secret": "s"}, (SourceKind.CONFIGMAP, SourceKind.SECRET)),
        ({"Secret": "s", "ConfigMap": "c"}, (SourceKind.CONFIGMAP, SourceKind.SECRET)),
        ({"Secret": "s"}, (SourceKind.SECRET,)),
        ({"Parcel": "p", "Secret": "s"}, (SourceKind.SECRET,)),
    ],
    ids=["both", "whatever the order", "one", "another kind beside"],
)
def test_the_kinds_are_those_that_the_subject_mirrors(
    queues: Mapping[str, str], expected: tuple[SourceKind, ...]
) -> None:
    """And that can be made here."""
    assert source_kinds(_mirroring(queues)) == expected


def test_a_subject_that_cannot_be_given_work_says_so() -> None:
    """With what it mirrors, and what can be made."""
    with pytest.raises(CouldNotTellError, match="other cannot be given work") as caught:
        source_kinds(_mirroring({"Parcel": "parcel"}))
    assert caught.value.why == "its sources are Parcel, and only ConfigMap and Secret can be made here"


@pytest.mark.parametrize(
    ("queues", "kind", "path"),
    [
        ({"Secret": "s"}, None, "secrets"),
        ({"ConfigMap": "c", "Secret": "s"}, None, "configmaps"),
        ({"ConfigMap": "c", "Secret": "s"}, SourceKind.SECRET, "secrets"),
    ],
    ids=["the only kind", "the first kind", "the kind that is named"],
)
def test_a_flood_is_of_what_the_subject_mirrors(queues: Mapping[str, str], kind: SourceKind | None, path: str) -> None:
    """Created, touched and removed in the same place, unless the scenario names another kind."""
    api = fake_api.FakeApi()
    cluster = replace(fake_api.cluster(api), subject=_mirroring(queues))
    flood = QueueFlood(count=2, prefix="f", kind=kind)
    for _ in range(2):
        flood.inject(cluster)
        assert [each.split("/")[-2] for each in api.objects] == [path, path]
    flood.undo(cluster)
    assert api.objects == {}
    assert {request.path.split("/")[5] for request in api.requests} == {path}


def test_a_flood_of_what_cannot_be_made_does_nothing() -> None:
    """Neither injecting nor taking back."""
    api = fake_api.FakeApi()
    cluster = replace(fake_api.cluster(api), subject=_mirroring({"Parcel": "parcel"}))
    flood = QueueFlood(count=2, prefix="f")
    for act in (flood.inject, flood.undo):
        with pytest.raises(CouldNotTellError, match="cannot be given work"):
            act(cluster)
    assert api.requests == []
