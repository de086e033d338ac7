"""A run with something of everything in it, for the tests of what people read."""

from dataclasses import replace

from harness.core.contract.model import Contract
from harness.core.contract.quantity import Quantity, Unit
from harness.core.duration import PromDuration
from harness.core.findings import Kind, ScenarioFacts
from harness.core.judge import Expectation, Judgement, OtherAlert, judge_life, judge_metric
from harness.core.rules.unproved import Unproved
from harness.core.verdict import Verdict
from harness.report.schema import Results
from harness.tests.core.judge.world import PROMISE, World, stepped
from harness.tests.report.book import CONTRACT, Book, add_untold, recording, route

MUST, MAY, MUST_NOT = Expectation.MUST, Expectation.MAY, Expectation.MUST_NOT

_RATIO = replace(PROMISE.threshold, quantity=Quantity.FAILED_RECONCILES, value=0.1, unit=Unit.RATIO)
#: as many alerts as are documented, with names as long
ALERTS = (
    PROMISE,
    *(
        replace(PROMISE, name=f"Queue{name}", threshold=_RATIO, hold=PromDuration.parse("10m"))
        for name in ("ControllerDown", "HighReconcileErrors", "ReconcileLatencyHigh", "LeaderElectionLost")
    ),
    replace(
        PROMISE,
        name="QueueCertificateExpires",
        threshold=replace(PROMISE.threshold, quantity=Quantity.OTHER, untestable="no certificate here expires"),
    ),
)
FILE = "scenarios/test_queue.py"


def run() -> Results:
    """Eight minutes of scenarios: verified, violated, unknown, skipped."""
    book = Book(contract=replace(CONTRACT, alerts=ALERTS), stack="embedded", speed=60)
    late = OtherAlert(
        name="QueueReconcileLatencyHigh",
        timelines=World().timelines(),
        expectation=MAY,
        reason="the queue is filled by writes that take 8 s each, and each of them is a reconcile",
    )
    life = replace(World(value=stepped).case(), other_alerts=(late,))
    book.add(f"{FILE}::test_a_flood_pages", judge_life(life))
    book.add(f"{FILE}::test_a_flood_pages[again]", judge_life(World().case()))
    wrong = World(labels={"severity": "critical", "component": "kubemirror", "name": "secret"}, hold_s=10)
    book.add(f"{FILE}::test_errors_page", named(judge_life(wrong.case()), "QueueHighReconcileErrors"))
    add_untold(book, f"{FILE}::test_latency_pages", "QueueReconcileLatencyHigh", Verdict.UNKNOWN, "etcd exited")
    add_untold(book, f"{FILE}::test_squeeze", "QueueDeep", Verdict.SKIPPED, "needs cgroups, and this user has none")
    book.add("scenarios/test_rules.py::test_rates", recording(Verdict.VERIFIED), Kind.RECORDING)
    book.add("scenarios/test_in_force.py::test_metrics", judge_metric(CONTRACT.metrics[0], [], None), kind=Kind.METRIC)
    book.add("scenarios/test_in_force.py::test_objects", route(), kind=Kind.OBJECT)
    names = [promise.name for promise in ALERTS]
    silent = dict.fromkeys(names, False)
    quiet = dict.fromkeys(names, MUST_NOT)
    for nodeid, row, speed, expected, fired in (
        (
            "test_a_flood_pages",
            "flood-behind-slow-writes",
            60,
            {"QueueDeep": MUST, late.name: MAY},
            {"QueueDeep": True, late.name: True},
        ),
        (
            "test_a_flood_pages[again]",
            "flood-behind-slow-writes",
            30,
            {"QueueDeep": MUST, late.name: MAY},
            {"QueueDeep": True},
        ),
        (
            "test_errors_page",
            "failing-writes-20-percent",
            60,
            {"QueueHighReconcileErrors": MUST},
            {"QueueDeep": True, "QueueControllerDown": None},
        ),
        ("test_latency_pages", "slow-writes", 15, {late.name: MUST}, {}),
    ):
        book.add_scenario(
            ScenarioFacts(
                nodeid=f"{FILE}::{nodeid}",
                speed=speed,
                seconds=34.56,
                row=row,
                expectations={**quiet, **expected},
                reasons={late.name: late.reason},
            ),
            {**silent, **fired},
        )
    for name in names:
        loud = name == "QueueLeaderElectionLost"
        verdict = Verdict.UNKNOWN if loud else Verdict.VERIFIED
        cause = "not evaluated for 4.00 s at the start" if loud else ""
        judgement = Judgement(name=name, verdict=verdict, promise="", findings=(), cause=cause)
        book.add("", judgement, kind=Kind.INVARIANT)
        if loud:
            book.add_approach(name, None, None, why_no_value="outside the fault windows its expression had no value")
        else:
            limit = "== 1" if name == "QueueControllerDown" else "> 0.1" if name == "QueueHighReconcileErrors" else ""
            book.add_approach(name, 0.004 if name == "QueueDeep" else 0.0, 0.07, limit=limit)
    book.bring_ups.append((60, 6.21))
    book.bring_ups.append((15, 5.98))
    book.unproved.append(Unproved(rule="QueueDeep", part="the threshold of `>`", why="what it compares counts events"))
    return book.results(duration_s=151.04)


def named(judgement: Judgement, name: str) -> Judgement:
    """The same about another alert."""
    return replace(judgement, name=name)


def contract() -> Contract:
    """What the run is held to."""
    return replace(CONTRACT, alerts=ALERTS)
