"""The healthy series that everything is driven from."""

from dataclasses import replace

import pytest

from harness.core.errors import MisuseError
from harness.core.measured.catalog import Catalog
from harness.core.samples import STALE, Point
from harness.tests.core.measured.made_up import CATALOG, JOB, POD, TARGET, recorded, series


def test_what_grows_has_the_rate_at_which_it_grew_and_a_gauge_its_newest_value() -> None:
    """A metric that nothing drives goes on as it was."""
    (cpu,), (routines,) = CATALOG.named("process_cpu_seconds_total"), CATALOG.named("go_goroutines")
    assert (cpu.per_s, routines.per_s, routines.value) == (0.1, 0.0, 70)


def test_the_pod_that_answered_last_is_the_one() -> None:
    """A recording may have seen several pods come and go; one of them is healthy at its end."""
    older = {**TARGET, "pod": "older", "instance": "10.0.0.9:8080"}
    gone = (series("up", older, 1), series("go_goroutines", older, 9))
    found = Catalog.of((*recorded(), *gone), job=JOB, source="made up")
    assert found.pod == POD
    assert [one.value for one in found.named("go_goroutines")] == [70]


def test_a_marker_of_the_end_is_no_value() -> None:
    """A series that has ended since was there, with the value before the marker."""
    ended = replace(series("go_goroutines", TARGET, 50), points=(Point(at_s=1, value=5), Point(at_s=2, value=STALE)))
    kept = [one for one in recorded() if one.labels["__name__"] != "go_goroutines"]
    (found,) = Catalog.of((*kept, ended), job=JOB, source="made up").named("go_goroutines")
    assert found.value == 5


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param((), "there is no target of this job", id="nothing was scraped"),
        pytest.param((series("up", TARGET, 0, 0),), "no target of this job answered", id="nobody answered"),
    ],
)
def test_without_a_healthy_target_there_is_nothing_to_drive(found: tuple[object, ...], why: str) -> None:
    """It is refused, with the reason."""
    with pytest.raises(MisuseError) as error:
        Catalog.of(found, job=JOB, source="made up")  # type: ignore[arg-type]
    assert why in error.value.why


def test_another_replica_has_names_of_its_own_and_is_told_of_by_the_same() -> None:
    """Its page has an instance of its own; who tells of its container is the same node."""
    second = CATALOG.of_replica(1)
    (page,), (container,) = second.named("go_goroutines"), second.named("container_memory_rss")
    assert (page.labels["pod"], page.labels["instance"]) == (f"{POD}1", "10.0.0.11:8080")
    assert (container.labels["pod"], container.labels["instance"]) == (f"{POD}1", "node:10250")
    assert CATALOG.of_replica(0) is CATALOG


def test_a_lease_keeps_its_name_in_another_replica() -> None:
    """The label `name` of the controller's own page names a queue or a lease, and a container only to others."""
    assert CATALOG.of_replica(1).values_of("leader_election_master_status", "name") == ("lease",)


def test_another_controller_is_elsewhere_in_every_label_that_says_where() -> None:
    """A rule that selects the subject by namespace or by job does not select it."""
    found = CATALOG.elsewhere()
    assert {one.labels.get("namespace") for one in found.series if "pod" in one.labels} == {"elsewhere"}
    assert {one.labels["job"] for one in found.named("go_goroutines")} == {"elsewhere"}
    assert {one.labels["job"] for one in found.named("container_memory_rss")} == {"kubelet"}
