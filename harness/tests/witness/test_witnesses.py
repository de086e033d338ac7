"""Each witness reads the documented quantity past Prometheus, and knows what it does not know."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import cast

import pytest
from aiohttp import web

from harness.clients.kubernetes import KubeApi
from harness.core.contract.model import Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.errors import CouldNotTellError
from harness.core.exposition import Page, parse_page
from harness.tests.faults.fake_api import FakeApi, subject
from harness.tests.loop_server import serving
from harness.waiting import WaitTimeoutError
from harness.witness import container_figures
from harness.witness.container_figures import CadvisorFigures
from harness.witness.failed_reconciles import FailedReconciles
from harness.witness.leaders import Leaders
from harness.witness.memory_use import MemoryUse
from harness.witness.pods import ControllerPods, PodPage, PodState
from harness.witness.queue_depth import QueueDepth
from harness.witness.reconcile_latency import ReconcileLatency
from harness.witness.serving_pods import ServingPods
from harness.witness.throttling import Throttling

SERVICE = "/api/v1/namespaces/other-system/services/other-metrics"
PODS = "/api/v1/namespaces/other-system/pods"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/other-system/leases/other-leader"


def limit(value: float, side: str = ">") -> Threshold:
    """A threshold; unit and meaning do not matter here."""
    return Threshold(quantity=Quantity.MEMORY_USE, side=side, value=value, unit=Unit.RATIO, meaning="m")


class ScriptedPods(ControllerPods):
    """Pods whose answers a test writes: pod name -> text of its page, None for no answer."""

    def __init__(self, *looks: Mapping[str, str | None]) -> None:
        self.looks = [*looks]
        self.at_s = 0.0
        self.closed = False

    def states(self) -> tuple[PodState, ...]:
        """The pods of the next look."""
        return tuple(answer.pod for answer in self.pages())

    def pages(self) -> tuple[PodPage, ...]:
        """The answers of the next look, one second after the last."""
        self.at_s += 1.0
        return tuple(
            PodPage(
                pod=PodState(name=name, ip=name, phase="Running", restarts=0, waiting="", ending=False),
                page=None if text is None else parse_page(text, at_s=self.at_s, source=name),
                error="refused" if text is None else "",
            )
            for name, text in self.looks.pop(0).items()
        )

    def close(self) -> None:
        """Remembers it."""
        self.closed = True


def depths(**queues: int) -> str:
    """A page with these queues."""
    return "".join(f'workqueue_depth{{name="{name}"}} {depth}\n' for name, depth in queues.items())


@pytest.mark.parametrize(
    ("queue", "value", "holds"), [(None, 130.0, True), ("configmap", 130.0, True), ("secret", 90.0, False)]
)
def test_the_fullest_replica_counts(queue: str | None, value: float, holds: bool) -> None:
    """One queue is not the sum of all, nor is it the sum over the replicas."""
    pods = ScriptedPods({"a": depths(configmap=130, secret=20), "b": depths(configmap=3, secret=90), "c": None})
    witness = QueueDepth(pods, limit(100.0), queue=queue)
    reading = witness.observe()
    assert (reading.at_s, reading.value, reading.holds) == (1.0, value, holds)
    assert f"= {value:g} on" in reading.note
    witness.close()
    assert pods.closed


def test_a_queue_that_no_page_has_is_unknown_not_empty() -> None:
    """So is a controller that does not answer."""
    pods = ScriptedPods({"a": depths(configmap=1)}, {"a": None}, {})
    witness = QueueDepth(pods, limit(100.0), queue="secret")
    for what in ("no page has", "no controller pod answers", "there is no pod"):
        with pytest.raises(CouldNotTellError, match=what):
            witness.observe()


@pytest.mark.parametrize(
    ("answers", "value", "holds"),
    [({}, 0.0, True), ({"a": None}, 0.0, True), ({"a": "", "b": None}, 1.0, False)],
    ids=["gone", "silent", "one-answers"],
)
def test_pods_that_answer_are_counted(answers: Mapping[str, str | None], value: float, holds: bool) -> None:
    """No pod is zero pods, which is knowledge."""
    reading = ServingPods(ScriptedPods(answers), limit(1.0, "<")).observe()
    assert (reading.value, reading.holds) == (value, holds)


def reconciles(controller: str, total: float, errors: float) -> str:
    """A page with these counters; an error counts in both, as in controller-runtime."""
    return (
        f'controller_runtime_reconcile_total{{controller="{controller}",result="success"}} {total - errors}\n'
        f'controller_runtime_reconcile_total{{controller="{controller}",result="error"}} {errors}\n'
        f'controller_runtime_reconcile_errors_total{{controller="{controller}"}} {errors}\n'
    )


def test_failures_are_a_share_of_what_was_done_in_the_window() -> None:
    """2 of 10 between two looks are 20 %, whatever was before; of another controller nothing is counted."""
    first = {"a": reconciles("secret", 1000, 0) + reconciles("configmap", 0, 0)}
    second = {"a": reconciles("secret", 1010, 2) + reconciles("configmap", 30, 0)}
    one = FailedReconciles(ScriptedPods(first, second), limit(0.1), window_s=5.0, controller="secret")
    nothing = one.observe()
    assert (nothing.value, nothing.holds) == (None, False)
    reading = one.observe()
    assert (reading.value, reading.holds) == (0.2, True)
    assert reading.note == "2 of 10 reconciles failed in 1.0 s"
    both = FailedReconciles(ScriptedPods(first, second), limit(0.1), window_s=5.0)
    both.observe()
    reading = both.observe()
    assert (reading.value, reading.holds) == (0.05, False)


def test_a_window_forgets_and_a_restart_is_no_negative_rise() -> None:
    """Failures older than the window do not count; a counter that fell began again at zero."""
    pages = [(10, 0), (20, 10), (30, 10), (40, 10), (4, 1)]
    looks = [{"a": reconciles("secret", total, errors)} for total, errors in pages]
    witness = FailedReconciles(ScriptedPods(*looks), limit(0.1), window_s=2.0, controller="secret")
    values = [witness.observe().value for _ in looks]
    assert values == [None, 1.0, 0.5, 0.0, 1 / 14]


def test_a_pod_that_is_gone_leaves_the_window() -> None:
    """Its counts are used until they are older than the window."""
    looks: list[dict[str, str | None]] = [{"a": reconciles("secret", 0, 0)}, {"a": reconciles("secret", 4, 4)}]
    looks += [{"b": reconciles("secret", 4 * n, 0)} for n in range(4)]
    witness = FailedReconciles(ScriptedPods(*looks), limit(0.1), window_s=3.0)
    assert [witness.observe().value for _ in looks] == [None, 1.0, 1.0, 0.5, 0.0, 0.0]


def latencies(fast: int, slow: int) -> str:
    """A page of durations: some below 1 s, some between 5 s and 10 s."""
    buckets = {"1": fast, "5": fast, "10": fast + slow, "+Inf": fast + slow}
    name = "controller_runtime_reconcile_time_seconds"
    lines = [f'{name}_bucket{{controller="secret",le="{bound}"}} {count}\n' for bound, count in buckets.items()]
    return f"# TYPE {name} histogram\n" + "".join(lines) + f'{name}_count{{controller="secret"}} {fast + slow}\n'


def test_latency_is_the_quantile_of_what_finished_in_the_window() -> None:
    """Nothing finished is nothing slow; half of the window's durations above 5 s put p99 far above."""
    looks = [{"a": latencies(1000, 0)}, {"a": latencies(1000, 0)}, {"a": latencies(1010, 10)}]
    witness = ReconcileLatency(ScriptedPods(*looks), limit(5.0), window_s=10.0, quantile=0.99, controller="secret")
    assert [(reading.value, reading.holds) for reading in (witness.observe(), witness.observe())] == [(None, False)] * 2
    reading = witness.observe()
    assert reading.value == pytest.approx(9.9)
    assert reading.holds is True


@pytest.mark.parametrize(
    ("answers", "value", "holds"),
    [
        (
            {"a": 'leader_election_master_status{name="l"} 1\n', "b": 'leader_election_master_status{name="l"} 0\n'},
            1.0,
            0,
        ),
        ({"a": 'leader_election_master_status{name="l"} 0\n', "b": None}, 0.0, 1),
        ({"a": None}, None, 0),
    ],
    ids=["led", "leaderless", "gone"],
)
def test_leaders_are_counted_among_those_that_answer(
    answers: Mapping[str, str | None], value: float | None, holds: int
) -> None:
    """A standby is no loss; without any answer it is another alert's matter."""
    api = FakeApi()
    api.put(LEASE, {"spec": {"holderIdentity": "somebody"}})
    witness = Leaders(cast("KubeApi", api), subject(), ScriptedPods(answers), limit(1.0, "<"))
    reading = witness.observe()
    assert (reading.value, reading.holds) == (value, bool(holds))
    assert "somebody holds the Lease" in reading.note


def cadvisor(
    pod: str,
    *,
    used: float,
    most: float,
    periods: float = 0,
    throttled: float = 0,
    cpu_s: float = 0,
    at_s: float = 1.0,
    measured_s: float | None = None,
) -> Page:
    """The page of cAdvisor with one pod, and a container of another namespace beside it.

    Where `measured_s` is given, the page says when that was, as a kubelet's does.
    """
    measured = "" if measured_s is None else f" {measured_s * 1_000:.0f}"
    labels = f'namespace="other-system",pod="{pod}",container="manager"'
    stranger = labels.replace("other-system", "default")
    return parse_page(
        f"container_memory_working_set_bytes{{{labels}}} {used}\n"
        f"container_memory_working_set_bytes{{{stranger}}} 999\n"
        f"container_memory_usage_bytes{{{labels}}} {used + 3}\n"
        f"container_spec_memory_limit_bytes{{{labels}}} {most}\n"
        f"container_spec_memory_limit_bytes{{{stranger}}} 999\n"
        f"container_cpu_cfs_periods_total{{{labels}}} {periods}\n"
        f"container_cpu_cfs_throttled_periods_total{{{labels}}} {throttled}\n"
        f"container_cpu_usage_seconds_total{{{labels}}} {cpu_s}{measured}\n",
        at_s=at_s,
        source="node",
    )


def figures(*pages: Page) -> CadvisorFigures:
    """Figures from these pages, one after the other."""
    left: Iterator[Page] = iter(pages)
    return CadvisorFigures(lambda: next(left), namespace="other-system", container="manager")


@pytest.mark.parametrize(
    ("most", "value", "holds"), [(100.0, 0.95, True), (200.0, 0.475, False), (0.0, None, False)], ids=str
)
def test_memory_is_the_share_of_the_limit(most: float, value: float | None, holds: bool) -> None:
    """A container without limit (cAdvisor writes 0) is never near it; another namespace's is not looked at."""
    reading = MemoryUse(figures(cadvisor("a", used=95.0, most=most)), limit(0.9)).observe()
    assert (reading.at_s, reading.value, reading.holds) == (1.0, value, holds)


def test_throttling_is_a_share_of_the_windows_periods() -> None:
    """Counted between looks; a restart begins anew; no periods are no throttling."""
    counts = [(0, 0), (100, 50), (200, 50), (300, 50), (10, 0), (20, 10)]
    pages = [
        cadvisor("a", used=1, most=0, periods=periods, throttled=throttled, at_s=float(number))
        for number, (periods, throttled) in enumerate(counts)
    ]
    witness = Throttling(figures(*pages), limit(0.25), window_s=2.0)
    readings = [witness.observe() for _ in pages]
    assert [reading.value for reading in readings] == [None, 0.5, 0.25, 0.0, None, 1.0]
    assert [reading.holds for reading in readings] == [False, True, False, False, False, True]


def test_figures_of_nobody_are_an_error() -> None:
    """A page without the container is no zero; neither is an unknown pod."""
    strangers = CadvisorFigures(lambda: cadvisor("a", used=1, most=1), namespace="x", container="manager")
    with pytest.raises(CouldNotTellError, match="no container manager"):
        strangers()
    page = cadvisor("a", used=7, most=9)
    ours = CadvisorFigures(lambda: page, namespace="other-system", container="manager", appears_s=0.01)
    assert ours.memory_usage_bytes("a") == 10.0
    with pytest.raises(CouldNotTellError, match="pod b on cAdvisor's page: not within") as caught:
        ours.memory_usage_bytes("b")
    assert caught.value.why == "last seen: it has a"


def test_a_new_pod_is_waited_for() -> None:
    """Its figures appear some seconds after it has started."""
    assert figures(cadvisor("old", used=1, most=1), cadvisor("a", used=5, most=9)).memory_usage_bytes("a") == 8


def test_a_working_set_is_measured_when_it_has_settled() -> None:
    """A program that has just started grows; a limit made for what it uses now is wrong a second later."""
    growing = [(0, 100), (1, 150), (2, 200), (3, 203), (4, 205), (5, 202), (6, 900)]
    pages = [cadvisor("a", used=used, most=0, at_s=float(at_s)) for at_s, used in growing]
    assert figures(*pages).working_set_bytes("a") == (200 + 205) / 2


def test_a_working_set_that_never_settles_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it moved between."""
    monkeypatch.setattr(container_figures, "_SETTLES_WITHIN_S", 0.1)
    pages = (cadvisor("a", used=100 + 4 * (number % 2), most=0, at_s=2.0 * number) for number in itertools.count())
    jumping = CadvisorFigures(lambda: next(pages), namespace="other-system", container="manager")
    with pytest.raises(WaitTimeoutError, match="settled working set of a: not within") as caught:
        jumping.working_set_bytes("a")
    assert caught.value.why == "last seen: between 100 and 104 bytes within 2 s"


def test_the_average_use_of_cpu_is_taken_over_seconds() -> None:
    """From the first page to the first that is late enough; a page that stands still is no average."""
    pages = [cadvisor("a", used=1, most=1, cpu_s=cpu_s, at_s=at_s) for at_s, cpu_s in ((1, 5), (2, 5.5), (3, 5.1))]
    assert figures(*pages).cpu_cores("a", over_s=2) == pytest.approx(0.05)
    still = CadvisorFigures(lambda: cadvisor("a", used=1, most=1), namespace="other-system", container="manager")
    with pytest.raises(WaitTimeoutError, match=r"0\.0 of 0\.01 s have passed"):
        still.cpu_cores("a", over_s=0.01)


def renewed(every_s: float, *pages: Page) -> CadvisorFigures:
    """Figures from these pages, which say something new that often at the latest."""
    left = iter(pages)
    return CadvisorFigures(lambda: next(left), namespace="other-system", container="manager", renewed_s=every_s)


def test_the_use_of_cpu_is_divided_by_what_passed_between_measurements() -> None:
    """Not between questions: asked at 0 and 11 s, measured at 0 and 10 s; an old figure is waited for."""
    looks = [(0, 0.0, 5.0), (1, 0.0, 5.0), (9, 0.0, 5.0), (11, 10.0, 6.0)]
    pages = [cadvisor("a", used=1, most=1, cpu_s=cpu_s, at_s=at_s, measured_s=1_000 + m) for at_s, m, cpu_s in looks]
    assert renewed(20, *pages).cpu_cores("a") == pytest.approx(0.1)


def test_figures_that_are_older_than_the_question_say_nothing_of_now() -> None:
    """They are of the time before the load, or before the limit: the next ones count, and those after them."""
    looks = [(1_000, 985, 100.0), (1_004, 1_004, 200.0), (1_015, 1_015, 201.1)]
    pages = [cadvisor("a", used=1, most=1, cpu_s=cpu_s, at_s=at_s, measured_s=m) for at_s, m, cpu_s in looks]
    assert renewed(20, *pages).cpu_cores("a") == pytest.approx(0.1)


def test_what_is_in_the_way_of_a_limit_is_the_whole_pod() -> None:
    """Where cAdvisor tells of it: with its sandbox it uses more than the container; another pod's is not meant."""
    whole = 'container_memory_usage_bytes{{namespace="{}",pod="{}"}} {}\n'
    mine, others = whole.format("other-system", "a", 12), whole.format("other-system", "b", 99)
    page = cadvisor("a", used=7, most=9)
    added = parse_page(mine + others + whole.format("default", "a", 99), at_s=1, source="node")
    both = replace(page, families=(*page.families, *added.families))
    assert figures(page).memory_usage_bytes("a") == 10
    assert figures(both).memory_usage_bytes("a") == 12


def test_a_sidecar_is_not_in_the_way_of_a_limit() -> None:
    """It has a limit of its own; a sandbox has none, by whatever name it is told. Another pod's is not meant."""
    one = 'container_memory_usage_bytes{{namespace="{}",pod="{}",container="{}"}} {}\n'
    rows = [("a", "", 500), ("a", "proxy", 300), ("a", "log", 180), ("a", "POD", 2), ("b", "proxy", 70)]
    text = "".join(one.format("other-system", *row) for row in rows) + one.format("default", "a", "proxy", 9)
    page = cadvisor("a", used=7, most=9)
    added = parse_page(text, at_s=1, source="node")
    assert figures(replace(page, families=(*page.families, *added.families))).memory_usage_bytes("a") == 20


def test_a_figure_is_known_from_its_measurement_on() -> None:
    """From the question on where the page does not say."""
    (said,) = figures(cadvisor("a", used=1, most=1, at_s=1_700_000_009, measured_s=1_700_000_000.5))()
    (unsaid,) = figures(cadvisor("a", used=1, most=1, at_s=1_700_000_009))()
    assert (said.measured_s, said.known_s, said.at_s) == (1_700_000_000.5, 1_700_000_000.5, 1_700_000_009)
    assert (unsaid.measured_s, unsaid.known_s) == (None, 1_700_000_009)


def test_a_working_set_is_looked_at_until_it_was_renewed() -> None:
    """Two seconds of the same figure say nothing where it is renewed every twenty."""
    looks = [(0, 100), (3, 100), (15, 100), (21, 200), (30, 200), (38, 200), (41, 200), (42, 900)]
    pages = [cadvisor("a", used=used, most=0, at_s=float(at_s)) for at_s, used in looks]
    assert renewed(20, *pages).working_set_bytes("a") == 200


def test_what_is_renewed_seldom_is_waited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the CPU in use and for the working set: by some renewals more than what is renewed at each question."""
    patience_s: dict[str, list[float]] = {}

    def wait(what: str, probe: Callable[[], object], *, timeout_s: float, **_options: object) -> object:
        patience_s.setdefault(what, []).append(timeout_s)
        if what.startswith("pod a"):  # on the page at once
            return probe()
        raise WaitTimeoutError(what, why="planted", fix="-")

    monkeypatch.setattr(container_figures, "wait_until", wait)
    page = cadvisor("a", used=1, most=1)
    for every_s in (0, 20):
        found = renewed(every_s, page)
        for look in (found.working_set_bytes, found.cpu_cores):
            with pytest.raises(WaitTimeoutError):
                look("a")
    assert {what: last - first for what, (first, last) in patience_s.items() if not what.startswith("pod a")} == {
        "settled working set of a": 80,
        "CPU use of a": 60,
    }


def test_the_share_of_throttled_periods_is_that_from_now_on() -> None:
    """Of the periods that pass meanwhile; where none passes nothing is held back."""
    counts = [(100, 90), (110, 91), (120, 96)]
    pages = [
        cadvisor("a", used=1, most=1, periods=periods, throttled=throttled, at_s=float(number))
        for number, (periods, throttled) in enumerate(counts)
    ]
    assert figures(*pages).throttled_ratio("a") == pytest.approx(0.3)
    idle = [cadvisor("a", used=1, most=1, periods=7, throttled=7, at_s=at_s) for at_s in (0.0, 2.0)]
    assert figures(*idle).throttled_ratio("a") == 0.0


def pod(api: FakeApi, name: str, ip: str, **changes: object) -> None:
    """Puts a pod behind the Service."""
    status = {
        "phase": "Running",
        "podIP": ip,
        "containerStatuses": [
            {"name": "side", "restartCount": 9},
            {"name": "manager", "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
        ],
        **changes,
    }
    api.put(f"{PODS}/{name}", {"metadata": {"labels": {"app": "other"}}, "status": status})


def test_pods_are_found_by_the_service_and_asked_directly() -> None:
    """One that does not answer, and one that does not run, have no page but a cause."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(text=depths(configmap=7))

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    api = FakeApi()
    api.put(SERVICE, {"spec": {"selector": {"app": "other"}}})
    pod(api, "a", "198.18.0.1")
    pod(api, "b", "198.18.0.2")
    pod(api, "c", "", phase="Pending")
    api.put(f"{PODS}/z", {"metadata": {"labels": {"app": "stranger"}}})
    with serving(app) as url:
        address = url.removeprefix("http://")
        closed = "127.0.0.1:1"
        pods = ControllerPods(
            cast("KubeApi", api), subject(), lambda ip, port: address if (ip, port) == ("198.18.0.1", 8080) else closed
        )
        first, second, third = pods.pages()
        assert first.page is not None
        assert (first.page.source, first.page.samples("workqueue_depth")[0].value) == ("198.18.0.1:8080", 7.0)
        assert (second.page, "connection refused" in second.error) == (None, True)
        assert (third.page, third.error) == (None, "phase Pending")
        assert (first.pod.restarts, first.pod.waiting, first.pod.ending) == (3, "CrashLoopBackOff", False)
        assert len(pods.answered()) == 1
        del api.objects[f"{PODS}/a"]
        assert len(pods.pages()) == 2
        pods.close()


@pytest.mark.parametrize(
    ("declared", "target", "error"),
    [
        (9, "metrics", "its endpoint is port 9, and it listens at 8080"),
        (8080, "metrics", "connection refused"),
        (9, 8080, "connection refused"),
        (9, "other", "connection refused"),
    ],
    ids=["elsewhere", "where it listens", "by number", "another port"],
)
def test_a_pod_is_not_asked_where_its_endpoint_does_not_lead(declared: int, target: object, error: str) -> None:
    """It would answer, and Prometheus would not hear it."""
    api = FakeApi()
    api.put(SERVICE, {"spec": {"selector": {"app": "other"}, "ports": [{"port": 80, "targetPort": target}]}})
    pod(api, "a", "198.18.0.1", conditions=[{"type": "Ready", "status": "True"}])
    ports = [{"name": "metrics", "containerPort": declared}]
    api.objects[f"{PODS}/a"]["spec"] = {"containers": [{"name": "side"}, {"name": "manager", "ports": ports}]}
    pods = ControllerPods(cast("KubeApi", api), subject(), lambda _ip, _port: "127.0.0.1:1")
    (answer,) = pods.pages()
    assert (answer.page, answer.pod.ready) == (None, True)
    assert error in answer.error
    pods.close()


def test_a_service_without_pods_to_find_is_unknown() -> None:
    """A wrong name in the subject must not look like a controller that is down."""
    pods = ControllerPods(cast("KubeApi", FakeApi()), subject(), lambda ip, port: f"{ip}:{port}")
    with pytest.raises(CouldNotTellError, match="Service other-metrics leads to no pods"):
        ServingPods(pods, limit(1.0, "<")).observe()


def test_closing_a_witness_closes_its_pods() -> None:
    """Each gives back what it holds."""
    unheard = cast("KubeApi", FakeApi())
    for make in (
        lambda pods: ServingPods(pods, limit(1.0)),
        lambda pods: FailedReconciles(pods, limit(1.0), window_s=1.0),
        lambda pods: ReconcileLatency(pods, limit(1.0), window_s=1.0, quantile=0.99, controller="c"),
        lambda pods: Leaders(unheard, subject(), pods, limit(1.0)),
    ):
        pods = ScriptedPods()
        make(pods).close()
        assert pods.closed
