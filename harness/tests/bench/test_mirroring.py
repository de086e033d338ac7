"""When a wave is over: every mirror like its source, and nothing waiting."""

import pytest

from harness.bench.load import KIND, Load
from harness.bench.mirroring import behind, contents, waiting
from harness.bench.wave import Wave
from harness.core.exposition import Page, parse_page
from harness.faults.queue_flood import QueueFlood
from harness.tests.faults.fake_api import FakeApi, cluster
from harness.waiting import NotYet

OLD, NEW = {"serial": "1"}, {"serial": "2"}
SOURCES = {"bench-0": NEW, "bench-1": NEW}


@pytest.mark.parametrize(
    ("sources", "mirrors", "seen"),
    [
        pytest.param(SOURCES, SOURCES, None, id="all-there"),
        pytest.param(SOURCES, {"bench-0": NEW}, "1 of 2 mirrors are like their sources", id="absent"),
        pytest.param(SOURCES, {**SOURCES, "bench-1": OLD}, "1 of 2 mirrors are like their sources", id="outdated"),
        pytest.param({}, {"bench-1": OLD}, "1 mirrors have no source any more", id="orphaned"),
        pytest.param({}, {}, None, id="all-gone"),
    ],
)
def test_mirrors_are_held_against_their_sources(
    sources: dict[str, dict[str, str]], mirrors: dict[str, dict[str, str]], seen: str | None
) -> None:
    """A mirror that is there but outdated is as good as none; a number of objects proves nothing."""
    found = behind(sources, mirrors)
    assert (found.mismatch if found else None) == seen


def test_only_the_objects_of_the_bench_count() -> None:
    """Kubernetes puts its own certificate into every namespace."""
    items = [
        {"metadata": {"name": "kube-root-ca.crt"}, "data": {"ca.crt": "x"}},
        {"metadata": {"name": "bench-0"}, "data": OLD},
        {"metadata": {"name": "bench-1"}},
    ]
    assert contents(items, {"bench-0", "bench-1"}) == {"bench-0": OLD, "bench-1": {}}


def page(text: str) -> Page:
    """One replica's page."""
    return parse_page(text, at_s=0.0, source="pod")


@pytest.mark.parametrize(
    ("pages", "seen"),
    [
        pytest.param(['workqueue_depth{name="configmap"} 0\n'], None, id="empty"),
        pytest.param(
            ['workqueue_depth{name="configmap"} 2\n', 'workqueue_depth{name="configmap"} 3\n'],
            "5 items wait in queue configmap",
            id="two-replicas",
        ),
        pytest.param(['workqueue_depth{name="secret"} 0\n'], "no page has the depth of queue configmap", id="another"),
        pytest.param([], "no page has the depth of queue configmap", id="no-page"),
    ],
)
def test_a_queue_is_empty_only_when_its_depth_says_so(pages: list[str], seen: str | None) -> None:
    """A missing depth is not 0."""
    found = waiting([page(text) for text in pages], "configmap")
    assert (found.mismatch if isinstance(found, NotYet) else found) == seen


def test_plain_objects_are_sources_that_no_controller_knows() -> None:
    """The same in everything but the labels of a source, so that their requests compare."""
    api = FakeApi()
    QueueFlood(count=1, prefix="bench", kind=KIND).inject(cluster(api))
    plain = Load(cluster=cluster(api), group="bench-plain", count=1)
    assert all(answer.accepted for answer in api.send_all(plain.plain_creations()))
    flooded, bare = api.objects.values()
    labels = cluster(api).subject.sources.labels
    assert labels.items() <= flooded["metadata"]["labels"].items()
    assert not labels.keys() & bare["metadata"]["labels"].keys()
    assert bare["metadata"]["annotations"] == flooded["metadata"]["annotations"]
    assert bare["data"].keys() == flooded["data"].keys()


def test_a_load_names_the_objects_of_a_flood_and_leaves_none() -> None:
    """Its touches change every one of the flood's sources, its removals delete them."""
    api = FakeApi()
    QueueFlood(count=3, prefix="bench", kind=KIND).inject(cluster(api))
    load = Load(cluster=cluster(api), group="bench", count=3)
    before = [each["data"] for each in api.objects.values()]
    assert all(answer.accepted for answer in api.send_all(load.touches()))
    assert all(each["data"] not in before for each in api.objects.values())
    assert all(answer.accepted for answer in api.send_all(load.removals()))
    assert not api.objects


def test_a_wave_is_told_per_mirror() -> None:
    """500 mirrors in 10 s beside 200 plain requests a second; CPU per mirror in milliseconds."""
    wave = Wave(
        name="create",
        sources=500,
        sent_s=2,
        mirrored_s=10,
        drained_s=11,
        poll_s=0.2,
        plain_per_s=200,
        controller_cpu_s=2.0,
        stack_cpu_s=4.0,
    )
    assert wave.mirrors_per_s == 50
    assert wave.per_plain == 0.25
    assert wave.controller_ms_per_mirror == 4
    assert wave.stack_ms_per_mirror == 8
