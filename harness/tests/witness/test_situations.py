"""Witnesses of situations that must not page: each sees its situation, and nothing else for it."""

from dataclasses import replace

import pytest

from harness.clients.prometheus import PrometheusReader
from harness.core.errors import CouldNotTellError
from harness.tests.witness.test_witnesses import ScriptedPods
from harness.witness.container_figures import ContainerFigures
from harness.witness.idleness import Idleness
from harness.witness.no_limits import NoLimits
from harness.witness.pods import PodPage
from harness.witness.renewal import Renewal
from harness.witness.restarted_prometheus import RestartedPrometheus
from harness.witness.standby import Standby
from harness.witness.unreachable import Unreachable

LEADS, FOLLOWS = 'leader_election_master_status{name="l"} 1\n', 'leader_election_master_status{name="l"} 0\n'


class Restarting(ScriptedPods):
    """Pods of which one has been started as often as `restarts` says, look by look."""

    def __init__(self, *restarts: int) -> None:
        super().__init__(*[{"a": LEADS}] * len(restarts))
        self._restarts = [*restarts]

    def pages(self) -> tuple[PodPage, ...]:
        """The next look."""
        (answer,) = super().pages()
        return (replace(answer, pod=replace(answer.pod, restarts=self._restarts.pop(0))),)


def test_a_renewal_holds_from_its_first_sign_until_all_new_ones_answer() -> None:
    """Surge, the old one gone, the new one answering: over. What is old and answers is no sign."""
    pods = ScriptedPods(
        {"old": LEADS}, {"old": LEADS}, {"old": LEADS, "new": None}, {"new": None}, {"new": LEADS}, {"new": LEADS}
    )
    witness = Renewal(pods)
    assert [witness.observe().holds for _ in range(6)] == [False, False, True, True, True, False]
    witness.close()
    assert pods.closed


def test_a_container_started_again_in_its_pod_is_another_one() -> None:
    """However quickly it answers again, the renewal is seen once."""
    witness = Renewal(Restarting(0, 1, 1))
    assert [witness.observe().holds for _ in range(3)] == [False, True, False]


def test_a_pod_that_is_gone_for_good_stays_a_renewal() -> None:
    """Nothing came in its place."""
    witness = Renewal(ScriptedPods({"old": LEADS}, {}, {}))
    assert [witness.observe().holds for _ in range(3)] == [False, True, True]


@pytest.mark.parametrize(
    ("pages", "holds"),
    [
        ({"a": LEADS, "b": FOLLOWS}, True),
        ({"a": LEADS}, False),
        ({"a": FOLLOWS, "b": FOLLOWS}, False),
        ({"a": LEADS, "b": LEADS}, False),
        ({"a": LEADS, "b": None}, False),
    ],
    ids=["healthy", "alone", "nobody-leads", "two-lead", "the-other-does-not-answer"],
)
def test_a_healthy_standby(pages: dict[str, str | None], holds: bool) -> None:
    """At least two answer and exactly one leads."""
    assert Standby(ScriptedPods(pages)).observe().holds is holds


@pytest.mark.parametrize(
    ("pages", "holds"),
    [
        ({"a": LEADS, "b": None}, True),
        ({"a": LEADS}, False),
        ({"a": LEADS, "b": FOLLOWS}, False),
        ({"a": None, "b": None}, False),
        ({"a": LEADS, "starting": None}, False),
        ({"a": LEADS, "ending": None}, False),
        ({}, False),
    ],
    ids=["one", "alone", "both-answer", "none-answers", "not-ready", "on-its-way-out", "gone"],
)
def test_an_unreachable_replica(pages: dict[str, str | None], holds: bool) -> None:
    """A ready one that does not answer, beside one that does; the Service leads to no other."""

    class _Pods(ScriptedPods):
        def pages(self) -> tuple[PodPage, ...]:
            """The next look, with what the names say."""
            return tuple(
                replace(
                    one,
                    pod=replace(one.pod, ready=one.pod.name != "starting", ending=one.pod.name == "ending"),
                )
                for one in super().pages()
            )

    witness = Unreachable(_Pods(pages))
    reading = witness.observe()
    assert reading.holds is holds
    assert not holds or reading.note == "a answers; b does not answer: refused"
    witness.close()


def counted(total: int, waiting: int = 0) -> dict[str, str | None]:
    """One pod's page."""
    return {"a": f"controller_runtime_reconcile_total {total}\nworkqueue_depth {waiting}\n"}


def test_idle_is_who_does_nothing_and_has_nothing_to_do() -> None:
    """A reconcile within the window, or an item that waits, is work."""
    witness = Idleness(ScriptedPods(*map(counted, (7, 7, 8, 8, 8, 8)), counted(8, 1)), window_s=2.0)
    assert [witness.observe().holds for _ in range(7)] == [True, True, False, False, True, True, False]


def test_nobody_is_not_idle() -> None:
    """A controller that does not answer is not known to do nothing."""
    with pytest.raises(CouldNotTellError):
        Idleness(ScriptedPods({"a": None}), window_s=2.0).observe()


def figures(limit: float | None, periods: float) -> ContainerFigures:
    """One container."""
    return ContainerFigures(
        at_s=1.0,
        pod="a",
        working_set_bytes=10.0,
        memory_usage_bytes=10.0,
        memory_limit_bytes=limit,
        periods=periods,
        throttled_periods=0.0,
    )


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        ([figures(None, 0)], True),
        ([figures(20, 0)], False),
        ([figures(None, 3)], False),
        ([figures(None, 0), figures(20, 0)], False),
        ([], False),
    ],
    ids=["none", "memory", "cpu", "one-of-two", "no-container"],
)
def test_no_limits_is_no_limit_at_all(found: list[ContainerFigures], holds: bool) -> None:
    """And a container that is counted: nothing there is not without limits."""
    assert NoLimits(lambda: tuple(found)).observe().holds is holds


def test_another_process_of_prometheus_is_a_restart() -> None:
    """The first one seen is what later ones are held against."""

    class Answers(PrometheusReader):
        """Processes that answer, one after the other."""

        def __init__(self) -> None:
            self.began = ["10:00", "10:00", "10:05"]

        def started(self) -> str:
            """The next one."""
            return self.began.pop(0)

        def close(self) -> None:
            """Has no connection."""

    witness = RestartedPrometheus(Answers())
    assert [witness.observe().holds for _ in range(3)] == [False, False, True]
    witness.close()
