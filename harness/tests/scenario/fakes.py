"""A stack that is not there: everything a scenario asks for, answered from memory and written down."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, cast

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.prometheus import PrometheusReader, RunningTimes
from harness.clients.querier import LoadedGroup, LoadedGroups, LoadedRule
from harness.clients.receiver import ReceiverClient
from harness.clients.remote_storage import RemoteStorage
from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.silence import Silence
from harness.core.contract.matrix import COLUMNS, Cell, Row
from harness.core.contract.model import AlertPromise, Contract, MetricPromise, MetricType, RoutePromise
from harness.core.contract.quantity import Exporter, Quantity
from harness.core.contract.subject import Subject
from harness.core.duration import PromDuration
from harness.core.judge import Expectation, Finding, Judgement
from harness.core.judge.preflight import TargetFact
from harness.core.operator.chart import Chart
from harness.core.promql import selector
from harness.core.promql.tree import Matcher
from harness.core.reading import Reading
from harness.core.rules.speed import Speed
from harness.core.samples import Point, Series
from harness.core.scenario import Aim, ScenarioPlan, Target
from harness.core.verdict import Verdict
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear
from harness.scenario.stack_handles import StackHandles
from harness.stacks.base import Access, Capability, GoOn, Outage, Stack, StackFacts, always
from harness.stacks.embedded.plan import check_subject
from harness.stacks.scrape_profile import EMBEDDED, StackTraits
from harness.stacks.sweep import Sweep
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.toolchain import Progress

#: what a running Alertmanager says about the promised receiver, its timers already divided
ROUTES = """
route:
  receiver: nobody
  routes:
    - receiver: monitoring/kubemirror/kubemirror-team
      matchers: ['component="kubemirror"']
      group_wait: 500ms
      group_interval: 5s
"""

Query = Callable[[str], tuple[Series, ...]]


def contract(*alerts: AlertPromise) -> Contract:
    """A contract with these alerts; the world's own one if none is given."""
    return Contract(
        source="contract.yaml",
        scrape_interval=PromDuration(30_000),
        evaluation_interval=PromDuration(30_000),
        alerts=alerts or (PROMISE,),
        recording_rules=(),
        metrics=(MetricPromise(name="workqueue_depth", type=MetricType.GAUGE, labels=("name",)),),
        panels=(),
        route=RoutePromise(matchers={"component": "kubemirror"}, receiver="kubemirror-team", continues=True),
    )


def row(
    *faults: str, must: Iterable[Quantity] = (Quantity.QUEUE_DEPTH,), may: Mapping[Quantity, str] | None = None
) -> Row:
    """A row of the matrix with these faults; what is neither in `must` nor in `may` must not fire."""
    cells: dict[Quantity, Cell] = {column: Cell(expectation=Expectation.MUST_NOT) for column in COLUMNS}
    cells |= dict.fromkeys(must, Cell(expectation=Expectation.MUST))
    cells |= {key: Cell(expectation=Expectation.MAY, reason=reason) for key, reason in (may or {}).items()}
    return Row(name="planted", faults=faults, cells=cells)


def plan(*promises: AlertPromise, aim: Aim = Aim.PAGES, faults: Sequence[str] = ("a", "b", "c")) -> ScenarioPlan:
    """What a scenario is about: the world's own alert if none is given."""
    targets = tuple(Target(promise=promise, aim=aim) for promise in promises or (PROMISE,))
    return ScenarioPlan(targets=targets, row=row(*faults), matrix="matrix.yaml")


def series(value: float = 1, *, at_s: float = 0.0, **labels: str) -> Series:
    """One label set with one sample."""
    return Series(labels=labels, points=(Point(at_s=at_s, value=value),))


def loaded(name: str, *, group: str = "g", interval: float = 0.5, query: str = "depth > 100") -> LoadedGroups:
    """One alerting rule as Prometheus tells it."""
    rule = LoadedRule(name=name, query=query, health="ok", type="alerting", duration=15)
    return LoadedGroups(groups=(LoadedGroup(name=group, file="f", interval=interval, rules=(rule,)),))


@dataclass
class FakePrometheus:
    """Answers queries by functions; by default every target is up, every group beats, and no alert is active."""

    instants: Query = lambda query: (series(1, job="other-metrics"),) if query.startswith("up{") else ()
    ranges: Callable[[str, float, float], tuple[Series, ...]] = lambda query, _start_s, end_s: (
        (series(1, at_s=end_s, rule_group="g"),) if query.startswith("harness:evaluated") else ()
    )
    grids: Callable[[str, float, float], tuple[Series, ...]] = lambda _query, _start_s, _end_s: ()
    groups: LoadedGroups = field(default_factory=lambda: loaded(PROMISE.name))
    active: tuple[TargetFact, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    offset_s: tuple[float, float] = (0.0, 0.001)
    lookback_s: float = 300.0
    external: dict[str, str] = field(default_factory=dict)
    offset_ms: int = 0
    asked: list[str] = field(default_factory=list)

    def instant(self, query: str, *, at_s: float | None = None) -> tuple[Series, ...]:
        del at_s
        self.asked.append(query)
        return self.instants(query)

    def samples(self, selector: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        self.asked.append(selector)
        return self.ranges(selector, start_s, end_s)

    def values(self, query: str, *, start_s: float, end_s: float, step_s: float) -> tuple[Series, ...]:
        assert step_s > 0
        self.asked.append(query)
        return self.grids(query, start_s, end_s)

    def rules(self) -> LoadedGroups:
        return self.groups

    def config(self) -> str:
        return ""

    def names(self) -> tuple[str, ...]:
        return ("workqueue_length",)

    def targets(self) -> tuple[TargetFact, ...]:
        return self.active

    def metric_types(self, match_target: str) -> dict[str, str]:
        self.asked.append(match_target)
        return self.types

    def clock_offset_s(self) -> tuple[float, float]:
        return self.offset_s

    def times(self) -> RunningTimes:
        half = PromDuration(500)
        return RunningTimes(
            scrape_interval=half,
            evaluation_interval=half,
            resend_delay=PromDuration(1_000),
            lookback=self.lookback(),
            query_offset=PromDuration(self.offset_ms),
            for_grace=PromDuration(10_000),
            for_outage=PromDuration(60_000),
            external_labels=self.external,
            external_url="http://prometheus.example",
        )

    def started_s(self) -> float:
        return 1.5

    def version(self) -> str:
        return "3.13.5"

    def lookback(self) -> PromDuration:
        return PromDuration(round(self.lookback_s * 1_000))


@dataclass
class FakeStorage:
    """Gives away raw samples by a function; by default what its Prometheus answers to a query of each selector."""

    prometheus: FakePrometheus
    refusal: Exception | None = None
    asked: list[tuple[str, float, float]] = field(default_factory=list)

    def read(
        self, queries: Iterable[Iterable[Matcher]], *, start_s: float, end_s: float, external: Mapping[str, str]
    ) -> tuple[Series, ...]:
        assert external == self.prometheus.external
        selectors = [selector("", one) for one in queries]
        self.asked += [(one, start_s, end_s) for one in selectors]
        if self.refusal is not None:
            raise self.refusal
        return tuple(found for one in selectors for found in self.prometheus.ranges(one, start_s, end_s))


@dataclass
class FakeAlertmanager:
    """Knows its configuration; nobody made a silence in it."""

    routes: str = ROUTES

    def version(self) -> str:
        return "0.31.1"

    def silences(self) -> tuple[Silence, ...]:
        return ()

    def config(self) -> str:
        return self.routes


@dataclass
class FakeReceiver:
    """Has these deliveries, whatever the instant."""

    delivered: list[Delivery] = field(default_factory=list)

    def deliveries(self, *, since_s: float = 0.0) -> tuple[Delivery, ...]:
        assert since_s >= 0
        return tuple(self.delivered)


@dataclass(frozen=True, slots=True)
class FakeChoice:
    """Builds stacks by a function, whatever the kind."""

    build: Callable[[object, Speed, object], Stack]
    traits: StackTraits = EMBEDDED
    cannot: Mapping[Capability, str] = field(default_factory=dict)

    def check(self, subject: Subject, speed: Speed) -> Chart:
        return check_subject(subject, speed)

    def stack(self, subject: Subject, speed: Speed, progress: Progress, sweep: Sweep) -> Stack:  # noqa: ARG002 - the protocol's
        return self.build(subject, speed, progress)


class FakeStack:
    """A stack that writes into `log` what is done to it."""

    def __init__(self, speed: Speed, log: Callable[[str], None], directory: Path = Path("run")) -> None:
        self.speed = speed
        self.directory = directory
        self.dead: str | None = None
        #: raised by `up` and `down`
        self.refusal: Exception | None = None
        self.leftover: Exception | None = None
        self.unreached: tuple[Outage, ...] = ()
        self.hurried = 0
        #: whether Prometheus outlives it
        self.retires = False
        #: what happens elsewhere while it comes up
        self.meanwhile: Callable[[], None] = lambda: None
        self._log = log

    def up(self, go_on: GoOn = always) -> StackFacts:
        self._log(f"up at {self.speed}")
        self.meanwhile()
        go_on()
        if self.refusal is not None:
            raise self.refusal
        return facts(self.speed, self.directory)

    def ended(self) -> str | None:
        return self.dead

    def outages(self) -> tuple[Outage, ...]:
        return self.unreached

    def remove_rules(self) -> bool:
        if self.retires:
            self._log("remove rules")
        return self.retires

    def force_sync(self) -> None:
        self.hurried += 1

    def restart_prometheus(self) -> None:
        self._log("restart Prometheus")

    def keep(self) -> None:
        self._log("keep")

    def down(self) -> None:
        self._log("down")
        if self.leftover is not None:
            raise self.leftover


def facts(speed: Speed, directory: Path = Path("run"), refresh_s: Mapping[Exporter, float] | None = None) -> StackFacts:
    """The facts of a stack at a speed; the addresses lead nowhere."""
    return StackFacts(
        stack="embedded",
        run_id=fake_api.RUN,
        directory=directory,
        speed=speed,
        access=Access(
            kubeconfig=directory / "kubeconfig.yaml",
            prometheus_url="http://127.0.0.1:9",
            alertmanager_url="http://127.0.0.1:9",
            receiver_url="http://127.0.0.1:9",
            receiver_token="t",  # noqa: S106 - of nothing
            notify_url="http://127.0.0.1:9/notify/",
            cadvisor_url="http://127.0.0.1:9",
        ),
        scrape_s=30 / speed.factor,
        evaluation_s=30 / speed.factor,
        resend_s=60 / speed.factor,
        webhook_client_config={"url": "https://127.0.0.1:9", "caBundle": "Q0E="},
        pod_address=lambda ip, port: f"{ip}:{port}",
        refresh_s=refresh_s or {},
    )


def handles(
    *,
    prometheus: FakePrometheus | None = None,
    storage: FakeStorage | None = None,
    alertmanager: FakeAlertmanager | None = None,
    receiver: FakeReceiver | None = None,
    stack: Stack | None = None,
    promised: Contract | None = None,
    cluster: Cluster | None = None,
    refresh_s: Mapping[Exporter, float] | None = None,
) -> StackHandles:
    """A stack of fakes at speed 60."""
    prometheus = prometheus or FakePrometheus()
    return StackHandles(
        stack=stack or FakeStack(Speed(60), lambda _: None),
        facts=facts(Speed(60), refresh_s=refresh_s),
        subject=fake_api.subject(),
        contract=promised or contract(),
        cluster=cluster or fake_api.cluster(fake_api.FakeApi()),
        prometheus=cast("PrometheusReader", prometheus),
        storage=cast("RemoteStorage", storage or FakeStorage(prometheus)),
        alertmanager=cast("AlertmanagerReader", alertmanager or FakeAlertmanager()),
        receiver=cast("ReceiverClient", receiver or FakeReceiver()),
    )


@dataclass
class NotedFault:
    """Damage to a list of words."""

    wear: ClassVar[Wear] = Wear.NONE

    name: str
    log: Callable[[str], None]
    refuses_undo: Exception | None = None
    refuses_inject: Exception | None = None
    lingers_s: float = 0.0

    def inject(self, cluster: Cluster) -> None:
        assert cluster.run == fake_api.RUN
        self.log(f"inject {self.name}")
        if self.refuses_inject is not None:
            raise self.refuses_inject

    def undo(self, cluster: Cluster) -> None:
        assert cluster.run == fake_api.RUN
        self.log(f"undo {self.name}")
        if self.refuses_undo is not None:
            raise self.refuses_undo


class SteadyWitness:
    """Sees the same at every look, as long as it is told nothing else."""

    name = "steady"

    def __init__(self, holds: Sequence[bool | None] = (False,)) -> None:
        """Args: what it sees, look by look; the last one stays."""
        self._holds = list(holds)
        self.looks = 0
        self.closed = 0

    def observe(self) -> Reading:
        holds = self._holds[min(self.looks, len(self._holds) - 1)]
        self.looks += 1
        return Reading(at_s=float(self.looks), value=None, holds=holds, note=f"look {self.looks}")

    def close(self) -> None:
        self.closed += 1


def judgement(name: str = PROMISE.name, verdict: Verdict = Verdict.VERIFIED, *findings: Finding) -> Judgement:
    """A verdict without evidence."""
    return Judgement(name=name, verdict=verdict, promise=PROMISE.promise, findings=findings)


@contextmanager
def opened(stack: Stack, found: StackFacts, log: Callable[[str], None]) -> Iterator[StackHandles]:
    """In place of `open_arena`: writes down the connection and its end."""
    del found
    log("connect")
    try:
        yield handles(stack=stack)
    finally:
        log("disconnect")
