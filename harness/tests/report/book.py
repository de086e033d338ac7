"""Findings to which a test adds, with the results that are made of them."""

from dataclasses import dataclass, field, replace

from harness.core.contract.model import (
    Contract,
    MetricPromise,
    MetricType,
    RecordedKind,
    RecordingPromise,
    RoutePromise,
)
from harness.core.duration import PromDuration
from harness.core.findings import Findings, ScenarioFacts
from harness.core.judge import Clause, Judgement
from harness.core.judge.approach import Approach, Nearest
from harness.core.judge.finding import RecordedFigures, verified
from harness.core.verdict import Verdict
from harness.report.results import RunFacts, results_of
from harness.report.schema import Results
from harness.tests.core.judge.world import PROMISE

CONTRACT = Contract(
    source="contract.yaml",
    scrape_interval=PromDuration.parse("30s"),
    evaluation_interval=PromDuration.parse("30s"),
    alerts=(PROMISE,),
    recording_rules=(
        RecordingPromise(
            name="rate",
            meaning="per second",
            kind=RecordedKind.RATE,
            metric="done_total",
            quantile=None,
            window=PromDuration.parse("5m"),
            by=(),
            tolerance_ratio=0.05,
        ),
    ),
    metrics=(MetricPromise(name="depth", type=MetricType.GAUGE, labels=()),),
    panels=(),
    route=RoutePromise(matchers={"component": "kubemirror"}, receiver="kubemirror-team", continues=True),
)


@dataclass(slots=True)
class Book(Findings):
    """The findings of one run."""

    contract: Contract = field(default_factory=lambda: CONTRACT)
    stack: str = "embedded"
    speed: float = 60
    whole: bool = True

    def add_scenario(self, facts: ScenarioFacts, fired: dict[str, bool | None] | None = None) -> None:
        """How a scenario ran, and which alerts fired in it, by what it has judged so far."""
        self.facts[facts.nodeid] = facts
        self.entries = [
            replace(one, judgement=replace(one.judgement, fired=fired)) if fired and one.nodeid == facts.nodeid else one
            for one in self.entries
        ]

    def add_approach(
        self, alert: str, share: float | None, value: float | None, *, limit: str = "", why_no_value: str = ""
    ) -> None:
        """How near an alert came to firing outside of the faults; without a limit its rule has the documented one."""
        documented = next(one.threshold for one in self.contract.alerts if one.name == alert)
        limit = limit or f"{documented.side} {documented.value:g}"
        sign, _, number = limit.partition(" ")
        near = None if value is None else Nearest(value=value, at_s=0, sign=sign, limit=float(number), distance=1)
        self.approaches.append(Approach(alert=alert, pending_share=share, nearest=near, why_no_value=why_no_value))

    def results(self, *, duration_s: float) -> Results:
        """What is written of it."""
        run = RunFacts(stack=self.stack, speed=self.speed, duration_s=duration_s, whole=self.whole)
        return results_of(self, self.contract, run)


def add_untold(book: Book, nodeid: str, name: str, verdict: Verdict, cause: str) -> None:
    """Enters a scenario that ended without judging its alert, with the cause."""
    book.add(nodeid, Judgement.without_findings(name, verdict, cause))


def recording(verdict: Verdict, observed: float | None = 8.0) -> Judgement:
    """A judged recording rule."""
    figures = RecordedFigures(expected=8.0, observed=observed, difference_ratio=0.0, tolerance_ratio=0.05, instants=20)
    cause = "median difference 0.0% over 20 instants"
    return Judgement(name="rate", verdict=verdict, promise="", findings=(), recorded=figures, cause=cause)


def route() -> Judgement:
    """A route that leads to the documented receiver."""
    found = verified(Clause.ROUTE, "kubemirror-team", "kubemirror-team")
    return Judgement(name="route", verdict=Verdict.VERIFIED, promise="The route leads there", findings=(found,))
