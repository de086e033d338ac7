"""A session: the options, the stage, and every judgement from the first scenario to the results file."""

import base64
import pickle
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

import pytest
from rich.text import Text

from harness.core.errors import CouldNotTellError, HarnessError, NotHereError
from harness.core.events import Collected
from harness.core.judge import Expectation, Judgement
from harness.core.judge.accident import by_accident
from harness.core.judge.approach import Approach, closest_of
from harness.core.recorded import RecordingJudgement
from harness.core.rules import parse_rules
from harness.core.speed import Speed
from harness.core.unproved import Unproved, unproved
from harness.core.verdict import Verdict
from harness.report.evidence import evidence_properties
from harness.report.explain import explain_scenario
from harness.report.facts import ScenarioFacts
from harness.report.ledger import Kind, Ledger
from harness.report.live.showing import NAME as SHOWING
from harness.report.live.showing import Showing
from harness.report.plain import many_lines
from harness.report.reproduce import reproduce_command
from harness.report.results_file import write_results
from harness.report.terminal import console_for, print_summary
from harness.report.verdicts import WORST_FIRST
from harness.scene.arena import Arena
from harness.scene.casting import Cast, plan_of, recorded_kinds
from harness.scene.course import facts_of
from harness.scene.hold import hold
from harness.scene.options import Options, read_options
from harness.scene.record import Plan
from harness.scene.scene import Scene
from harness.scene.sharding import expected_s, speed_of
from harness.scene.stage import Stage
from harness.scene.survey import survey_metrics, survey_objects, survey_recording_rules
from harness.scene.telling import ScenarioTeller, Teller, TellingProgress

#: the parameter of a scenario that holds its alerts' names
CAST = "_cast"

#: pytest's own statuses that verdicts may replace: all passed, some failed, nothing was run
_REPLACEABLE = (0, 1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One judgement of one scenario."""

    nodeid: str
    kind: Kind
    judgement: Judgement | RecordingJudgement


@dataclass(slots=True)
class Session:
    """One pytest session with scenarios in it."""

    options: Options
    stage: Stage
    entries: list[Entry] = field(default_factory=list)
    #: how near each alert came to firing outside fault windows, on each stack
    approaches: list[Approach] = field(default_factory=list)
    #: how each scenario ran, by node id
    facts: dict[str, ScenarioFacts] = field(default_factory=dict)
    #: speed and seconds of each stack that came up
    bring_ups: list[tuple[float, float]] = field(default_factory=list)
    #: scenarios under way, by node id
    scenes: dict[str, Scene] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    start_s: float = field(default_factory=time.monotonic)
    #: what a run at this speed says nothing about
    unproved: tuple[Unproved, ...] = ()
    #: whether every scenario was asked for
    whole: bool = True
    #: as given by `--subject`; empty for the default one
    subject_file: str = ""
    #: set by xdist's workers: where their judgements go
    worker_output: dict[str, str] | None = None
    #: tells the reader how it goes
    teller: Teller = field(default_factory=Teller)

    @classmethod
    def prepare(cls, config: pytest.Config) -> Self:
        """Reads and checks everything; starts nothing.

        Raises:
            MisuseError: an option, the subject, its contract or its rules cannot be used.
        """
        options = read_options(config)
        showing: Showing | None = config.pluginmanager.getplugin(SHOWING)
        teller = Teller(showing.listener() if showing else None)
        stage = Stage(options.subject, options.contract, TellingProgress(teller))
        rules = Path(options.subject.files.rules)
        return cls(
            options,
            stage,
            unproved=unproved(parse_rules(rules.read_text(encoding="utf-8"), str(rules)).groups, options.speed),
            whole=asks_for_all(config),
            subject_file=config.getoption("--subject") or "",
            worker_output=getattr(config, "workeroutput", None),
            teller=teller,
        )

    def check(self, item: pytest.Item) -> None:
        """Checks a scenario's markers and its row of the matrix; starts nothing.

        Raises:
            MisuseError: a marker says nothing, names no quantity or no row, or a speed that is none.
        """
        self.speed_of(item)
        cast = cast_of(item)
        subject, contract = self.options.subject, self.options.contract
        self.plans[item.nodeid] = plan_of(item, cast, subject=subject, contract=contract)

    def announce(self, scenarios: int) -> None:
        """Tells the reader how many scenarios there are."""
        self.teller.tell(Collected(scenarios=scenarios))

    def speed_of(self, item: pytest.Item) -> Speed:
        """The speed a scenario runs at.

        Raises:
            MisuseError: its marker has no speed.
        """
        return speed_of(item, self.options.speed)

    def order_of(self, item: pytest.Item) -> tuple[float, float]:
        """Sorts scenarios: those of one speed together; for workers, lower speeds first, and the longest."""
        speed = self.speed_of(item)
        if self.worker_output is None:
            return -speed.factor, 0.0
        return speed.factor, -expected_s(self.plans[item.nodeid], speed)

    def arena(self, item: pytest.Item) -> Arena:
        """The running stack for a scenario; comes up if it has to.

        Raises:
            HarnessError: it does not come up.
        """
        return self.stage.arena(self.speed_of(item))

    @contextmanager
    def scene(self, item: pytest.Item) -> Iterator[Scene]:
        """The scenario's scene, closed at the end. What fails before or after the body is UNKNOWN as well."""
        telling = ScenarioTeller(self.teller, item.nodeid)
        try:
            with Scene(self.arena(item), self.plans[item.nodeid], telling) as scene:
                self.scenes[item.nodeid] = scene
                try:
                    yield scene
                finally:
                    del self.scenes[item.nodeid]
            self.facts[item.nodeid] = facts_of(item.nodeid, scene)
        except HarnessError as error:
            self._add_untold(item, error)
            pytest.fail(many_lines(str(error)), pytrace=False)
        finally:
            mine = [entry.judgement for entry in self.entries if entry.nodeid == item.nodeid]
            telling.ended((judgement.name, judgement.verdict) for judgement in mine)

    @contextmanager
    def judging(self, item: pytest.Item) -> Iterator[None]:
        """Around a scenario's body: judges it, and fails the test unless everything is VERIFIED."""
        try:
            yield
            scene = self.scenes.get(item.nodeid)
            if scene is not None:
                for judgement in scene.judgements() if scene.plan.targets else ():
                    self.add(item.nodeid, judgement)
                accidents = scene.happened()
                self.entries = [
                    replace(entry, judgement=by_accident(entry.judgement, accidents))
                    if entry.nodeid == item.nodeid
                    else entry
                    for entry in self.entries
                ]
        except NotHereError as error:
            pytest.skip(f"{error.what}: {error.why}")
        except HarnessError as error:
            self._add_untold(item, error)
        finally:
            if item.nodeid in self.scenes:
                self.facts[item.nodeid] = facts_of(item.nodeid, self.scenes[item.nodeid])
        self._fail_unless_verified(item)

    def add(self, nodeid: str, judgement: Judgement | RecordingJudgement, kind: Kind = Kind.ALERT) -> Entry:
        """Enters a judgement."""
        self.entries.append(Entry(nodeid=nodeid, kind=kind, judgement=judgement))
        return self.entries[-1]

    def describe(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Adds the evidence to a report, and to its item: JUnit's file is made of the last report of each."""
        mine = self._of(item)
        if report.skipped and not mine:
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            mine = self._enter(item, why.removeprefix("Skipped: "), Verdict.SKIPPED)
        found = evidence_properties(
            (entry.judgement for entry in mine), self.facts.get(item.nodeid), reproduce=self._reproduce(mine)
        )
        names = {name for name, _ in found}
        for properties in (item.user_properties, report.user_properties):
            properties[:] = [*(one for one in properties if one[0] not in names), *found]

    def take_over(self, text: str) -> None:
        """Takes the judgements of another process of this session."""
        told = pickle.loads(base64.b64decode(text))  # noqa: S301 - from our own worker, over xdist's pipe
        self.entries += told[0]
        self.approaches += told[1]
        self.facts |= told[2]
        self.bring_ups += told[3]

    def finish(self, exitstatus: int, *, failed: bool) -> int:
        """Takes the stack away, writes the results; returns the exit code of the session.

        Args:
            exitstatus: pytest's own. That of an interrupt or of an internal error stays.
            failed: whether a test failed that no verdict speaks for; its 1 stays.
        """
        troubles = self._attempt(lambda: self._leave_stage(judged=exitstatus in _REPLACEABLE))
        self.bring_ups += self.stage.bring_ups
        for whole in self.stage.whole_runs:
            self.add("", whole.judgement, Kind.INVARIANT)
            self.approaches.append(whole.approach)
        for judgement in self.stage.routes:
            self.add("", judgement, Kind.OBJECT)
        if self.worker_output is not None:
            told = (self.entries, self.approaches, self.facts, self.bring_ups)
            self.worker_output["harness"] = base64.b64encode(pickle.dumps(told)).decode()
            return exitstatus
        results = self.ledger().results(duration_s=time.monotonic() - self.start_s)
        if failed:
            results = results.model_copy(update={"exit_code": 1})
        troubles += self._attempt(lambda: write_results(results, self.options.results))
        code = results.exit_code if exitstatus in _REPLACEABLE else exitstatus
        return troubles[0].exit_code if troubles and code == 0 else code

    def summarise(self) -> None:
        """Writes the summary at the end of pytest's output, with what pytest has no failed test for."""
        console = console_for(sys.__stdout__ or sys.stdout)
        told = [entry for entry in self.entries if _needs_telling(entry)]
        for nodeid in dict.fromkeys(entry.nodeid for entry in told):
            mine = [entry for entry in told if entry.nodeid == nodeid]
            console.print(Text(self._explained(mine)), soft_wrap=True)
        print_summary(self.ledger().results(duration_s=time.monotonic() - self.start_s), console)

    def ledger(self) -> Ledger:
        """All judgements so far."""
        speed = self.options.speed.factor
        ledger = Ledger(self.options.contract, stack="embedded", speed=speed, whole=self.whole)
        for note in self.unproved:
            ledger.add_unproved(note)
        for entry in self.entries:
            if isinstance(entry.judgement, RecordingJudgement):
                ledger.add_recording(entry.nodeid, entry.judgement)
            else:
                ledger.add(entry.nodeid, entry.judgement, kind=entry.kind)
        for facts in self.facts.values():
            ledger.add_scenario(facts)
        for factor, seconds in self.bring_ups:
            ledger.add_bring_up(speed=factor, seconds=seconds)
        for alert in dict.fromkeys(one.alert for one in self.approaches):
            found = closest_of([one for one in self.approaches if one.alert == alert])
            near = found.nearest
            ledger.add_approach(
                alert,
                found.pending_share,
                None if near is None else near.value,
                limit="" if near is None else f"{near.sign} {near.limit:g}",
                why_no_value=found.why_no_value,
            )
        return ledger

    def _leave_stage(self, *, judged: bool) -> None:
        """Takes the stack away. Its life is judged as far as it was the scenarios': not while it is held.

        Whoever interrupts the session wants it gone, not held.
        """
        arena = self.stage.present
        if arena is not None and judged and self.options.hold and self.worker_output is None:
            self.stage.judge()
            hold(arena.facts, console_for(sys.__stdout__ or sys.stdout))
        if self.options.keep:
            self.stage.keep()
        self.stage.clear(judged=judged)

    def _attempt(self, step: Callable[[], None]) -> list[HarnessError]:
        """Does one of the last steps; an error is told at once and must not keep the others from being done."""
        try:
            step()
        except HarnessError as error:
            print(many_lines(str(error)), file=sys.__stderr__)
            return [error]
        return []

    def _of(self, item: pytest.Item) -> list[Entry]:
        return [entry for entry in self.entries if entry.nodeid == item.nodeid]

    def _add_untold(self, item: pytest.Item, error: HarnessError) -> list[Entry]:
        scene = self.scenes.get(item.nodeid)
        return self._enter(item, str(error) if scene is None else scene.cause_of(error), Verdict.UNKNOWN)

    def _enter(self, item: pytest.Item, cause: str, verdict: Verdict) -> list[Entry]:
        """No statement about each alert that the scenario is about, or about the scenario itself."""
        alerts = cast_of(item)
        return [
            self.add(
                item.nodeid,
                Judgement(name=name, verdict=verdict, promise="", findings=(), cause=cause),
                Kind.ALERT if alerts else Kind.OBJECT,
            )
            for name in alerts or (item.name,)
        ]

    def _fail_unless_verified(self, item: pytest.Item) -> None:
        mine = self._of(item)
        if not mine:
            nothing = CouldNotTellError(
                f"{item.name} judged nothing", why="it has no promise and no survey", fix="mark it with its alert"
            )
            mine = self._add_untold(item, nothing)
        if any(entry.judgement.verdict is not Verdict.VERIFIED for entry in mine):
            pytest.fail(self._explained(mine), pytrace=False)

    def _explained(self, entries: Sequence[Entry]) -> str:
        """What one scenario judged, or the whole run."""
        return explain_scenario(
            [entry.judgement for entry in entries],
            reproduce=self._reproduce(entries),
            facts=self.facts.get(entries[0].nodeid),
        )

    def _reproduce(self, entries: Sequence[Entry]) -> str:
        """The command that runs a scenario again: by the alert that it makes page, else by its node id."""
        if not entries:
            return ""
        first = min(entries, key=lambda entry: WORST_FIRST.index(entry.judgement.verdict))
        name, facts = first.judgement.name, self.facts.get(first.nodeid)
        pages = facts is not None and facts.expectations.get(name) is Expectation.MUST
        return reproduce_command(
            first.nodeid or "scenarios",
            speed=self.options.speed.factor if facts is None else facts.speed,
            alert=name if pages else "",
            subject=self.subject_file,
        )


def asks_for_all(config: pytest.Config) -> bool:
    """Whether the command line leaves no scenario out."""
    chosen = (config.getoption(name) for name in ("keyword", "markexpr", "--alert", "--deselect"))
    return not any(chosen) and all((config.invocation_params.dir / argument).is_dir() for argument in config.args)


def _needs_telling(entry: Entry) -> bool:
    """Whether pytest has no failed test that tells it."""
    verdict = entry.judgement.verdict
    return verdict is Verdict.UNKNOWN or (not entry.nodeid and verdict is Verdict.VIOLATED)


class Survey:
    """`survey`: judges what must simply be there and right, and enters what it finds."""

    def __init__(self, session: Session, scene: Scene, item: pytest.Item) -> None:
        self._session = session
        self._arena = scene.arena
        self._nodeid = item.nodeid
        self._recorded = recorded_kinds(item)

    def metrics(self) -> None:
        """Every documented metric is scraped, with type and labels."""
        for judgement in survey_metrics(self._arena):
            self._session.add(self._nodeid, judgement, Kind.METRIC)

    def objects(self) -> None:
        """Rules, ServiceMonitor and route are in force."""
        for judgement in survey_objects(self._arena):
            self._session.add(self._nodeid, judgement, Kind.OBJECT)

    def recording_rules(self) -> None:
        """The recorded values of the marked kinds equal those computed from the controller's own pages."""
        rules = self._arena.contract.recording_rules
        names = tuple(promise.name for promise in rules if promise.kind in self._recorded)
        for judgement in survey_recording_rules(self._arena, names):
            self._session.add(self._nodeid, judgement)


def cast_of(item: pytest.Item) -> Cast:
    """The alerts that a scenario is run with; none for a survey."""
    callspec = getattr(item, "callspec", None)
    return () if callspec is None else tuple(callspec.params.get(CAST, ()))
