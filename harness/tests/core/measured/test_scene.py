"""States in a row, as the samples that would have been scraped."""

import pytest

from harness.core.measured.scene import Phase, Scene, laid_out
from harness.core.measured.state import Answers, Replica, SpecLimit, State
from harness.core.samples import is_stale
from harness.tests.core.measured.made_up import CATALOG, JOB, MIB, POD

_SILENT = State(replicas=(Replica(answers=Answers.SILENT),))
_GONE = State(replicas=(Replica(answers=Answers.GONE),))


def _values(
    phases: tuple[Phase, ...], name: str, elsewhere: State | None = None, **labels: str
) -> list[list[float | None]]:
    scene = Scene(name="tried", phases=phases, start_s=600, metrics=frozenset({name}), elsewhere=elsewhere)
    found = scene.samples(CATALOG, scrape_s=30)
    return [
        [None if is_stale(point.value) else point.value for point in one.points]
        for one in found
        if labels.items() <= one.labels.items()
    ]


def test_a_counter_grows_by_its_share_of_the_load_and_ends_with_a_marker() -> None:
    """Of 2 reconciles/s 10 % fail: 6 between two scrapes."""
    state = State(load_per_s=2, failed={"secret": 0.1})
    (found,) = _values(
        (Phase(lasts_s=90, state=state),), "controller_runtime_reconcile_total", controller="secret", result="error"
    )
    assert found == pytest.approx([6, 12, 18, None], nan_ok=False)


def test_a_restart_begins_at_nothing() -> None:
    """What only grows is 0 at the first scrape after a restart."""
    phases = (Phase(lasts_s=60, state=State()), Phase(lasts_s=60, state=State(), restarted=True))
    (found,) = _values(phases, "controller_runtime_reconcile_time_seconds_count", controller="secret")
    assert found == [30, 60, 0, 30, None]


def test_who_does_not_answer_is_down_and_tells_nothing() -> None:
    """`up` is 0, and every other series of its page ends with a marker at that scrape."""
    phases = (Phase(lasts_s=60, state=State()), Phase(lasts_s=30, state=_SILENT))
    assert _values(phases, "up", job=JOB) == [[1, 1, 0, None]]
    assert _values(phases, "go_goroutines") == [[70, 70, None]]
    assert _values(phases, "container_memory_rss") == [[pytest.approx(0.24 * 100 * MIB)] * 3 + [None]]


def test_who_is_gone_has_no_target_either() -> None:
    """Nothing tells of it any more; the others go on."""
    phases = (Phase(lasts_s=30, state=State()), Phase(lasts_s=30, state=_GONE))
    assert _values(phases, "up", job=JOB) == [[1, None]]
    assert _values(phases, "container_memory_rss")[0][1:] == [None]


def test_what_waits_is_divided_among_priorities() -> None:
    """A label more, and the same in sum."""
    state = State(queued={"secret": 10}, priorities=("0", "-100"))
    assert _values((Phase(lasts_s=30, state=state),), "workqueue_depth") == [[5, None], [5, None]]


@pytest.mark.parametrize(
    ("state", "limit", "of_the_kernel"),
    [
        pytest.param(State(), [[100 * MIB, None]], [], id="dropped"),
        pytest.param(State(spec=SpecLimit.KEPT), [[100 * MIB, None]], [[100 * MIB, None]], id="kept"),
        pytest.param(State(spec=SpecLimit.ZERO, limited=False), [], [[0, None]], id="kept, without limit"),
        pytest.param(State(limited=False), [], [], id="dropped, without limit"),
    ],
)
def test_a_limit_is_told_by_those_who_know_one(
    state: State, limit: list[list[float]], of_the_kernel: list[list[float]]
) -> None:
    """kube-state-metrics leaves out what is not set; the kernel's view has 0 for it."""
    phases = (Phase(lasts_s=30, state=state),)
    assert _values(phases, "kube_pod_container_resource_limits", resource="memory") == limit
    assert _values(phases, "container_spec_memory_limit_bytes") == of_the_kernel


def test_a_controller_elsewhere_has_a_state_of_its_own() -> None:
    """Beside the subject, with other labels."""
    found = _values((Phase(lasts_s=30, state=State()),), "workqueue_depth", State(queued={"secret": 500}))
    assert sorted(one[0] or 0 for one in found) == [0, 500]


def test_standby_replicas_do_nothing_and_do_not_lead() -> None:
    """Their series are there, at rest."""
    state = State(replicas=(Replica(leads=True), Replica()))
    phases = (Phase(lasts_s=60, state=state),)
    assert _values(phases, "leader_election_master_status") == [[1, 1, None], [0, 0, None]]
    assert _values(phases, "controller_runtime_reconcile_time_seconds_count", controller="secret", pod=f"{POD}1") == [
        [0, 0, None]
    ]


def test_scenes_are_laid_out_apart_on_one_grid() -> None:
    """None sees another, and all are scraped at the same instants of the grid."""
    scene = Scene(name="one", phases=(Phase(lasts_s=90, state=State()),))
    first, second = laid_out((scene, scene), from_s=1_000, apart_s=100, grid_s=60)
    assert (first.start_s, first.end_s, second.start_s) == (1_000, 1_090, 1_240)
