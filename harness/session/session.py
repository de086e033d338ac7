"""A session: the options, the stacks, and every scenario on it, from the first to the results file."""

import os
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NoReturn, Self

import pytest
from rich.text import Text

from harness.core.alertmanager.untried import untried
from harness.core.contract.lookup import promised
from harness.core.errors import CouldNotTellError, HarnessError, MisuseError, NotHereError
from harness.core.events import Collected, Found, Said
from harness.core.findings import Entry, Findings, Kind
from harness.core.judge import Judgement
from harness.core.judge.cause import with_cause
from harness.core.judge.preflight import Link, LinkState, Needs, because_of, in_the_way, noted
from harness.core.rules.speed import Speed
from harness.core.rules.unproved import Unproved, too_fast, too_short, undocumented, unproved
from harness.core.scenario import ScenarioPlan
from harness.core.verdict import Verdict
from harness.report.annotations import annotations
from harness.report.job_summary import write_job_summary
from harness.report.live.terminal_reporter import NAME as SHOWING
from harness.report.live.terminal_reporter import LiveReporter
from harness.report.plain_text import many_lines, one_line
from harness.report.results import RunFacts, results_of
from harness.report.results_file import write_results
from harness.report.schema import Results
from harness.report.terminal import console_for, print_summary
from harness.scenario.emitter import Emitter, ScenarioEmitter
from harness.scenario.run import ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.session.blockers import BlockedError
from harness.session.evidence_store import EvidenceStore
from harness.session.failure_text import FailureText
from harness.session.hold import hold
from harness.session.hold_at import StageHold
from harness.session.measured_speed import MeasuredSpeed
from harness.session.needs import needs_of
from harness.session.options import Options, read_options
from harness.session.parametrization import plan_of, recorded_rules
from harness.session.rerun import asked_for
from harness.session.rules_as_written import written
from harness.session.selection import asks_for_all, parameters_of
from harness.session.sharding import expected_s, speed_of
from harness.session.stack_manager import StackManager
from harness.session.visible import require_seen, unseen_in
from harness.session.workers import Workers, packed
from harness.stacks.base import Capability
from harness.toolchain import Progress

#: statuses that verdicts may replace: all passed, some failed or not all was run
_REPLACEABLE = (0, 1)


@dataclass(slots=True)
class Session:
    """One pytest session with scenarios in it."""

    options: Options
    manager: StackManager
    failure_text: FailureText
    findings: Findings
    evidence_store: EvidenceStore
    measured: MeasuredSpeed
    #: in xdist's controller
    workers: Workers
    #: scenarios under way, by node id
    runs: dict[str, ScenarioRun] = field(default_factory=dict)
    plans: dict[str, ScenarioPlan] = field(default_factory=dict)
    start_s: float = field(default_factory=time.monotonic)
    #: whether every scenario was asked for
    whole: bool = True
    #: each documented rule as it is written, beside the contract, by the promise's name
    written: Mapping[str, Judgement] = field(default_factory=dict)
    #: set by xdist's workers: where their judgements go
    worker_output: dict[str, str] | None = None
    #: why a stack may not be brought up; told at the end, because pytest keeps what a scenario prints
    refusal: MisuseError | None = None
    #: what it came to; None until it is over, and in xdist's workers
    results: Results | None = None
    #: what the process ends with, by then
    exit_code: int = 3
    #: tells the reader how it goes
    emitter: Emitter = field(default_factory=Emitter)

    @classmethod
    def prepare(cls, config: pytest.Config) -> Self:
        """Reads and checks everything; starts nothing.

        Raises:
            MisuseError: an option, the subject, its contract or its rules cannot be used.
        """
        options = read_options(config)
        live_reporter: LiveReporter | None = config.pluginmanager.getplugin(SHOWING)
        emitter = Emitter(live_reporter.listener() if live_reporter else None)
        manager = StackManager(options.choice, options.subject, options.contract, Progress(emitter.tell))
        findings = Findings()
        failure_text = FailureText(findings, asked_for(config, options))
        evidence_store = EvidenceStore(findings, failure_text, options.results)
        manager.on_unverified = evidence_store.keep_stack
        worker_output = getattr(config, "workeroutput", None)
        as_written = {judgement.name: judgement for judgement in written(options)}
        if worker_output is None:
            for judgement in as_written.values():
                findings.add_beforehand(judgement, Kind.WRITTEN)
            findings.unproved += _unproved(options)
        return cls(
            options,
            manager,
            failure_text,
            findings,
            evidence_store,
            MeasuredSpeed(options, manager, findings),
            Workers(findings, options.contract),
            whole=asks_for_all(config),
            written=as_written,
            worker_output=worker_output,
            emitter=emitter,
        )

    def check(self, item: pytest.Item) -> None:
        """Checks a scenario's markers and its row of the matrix; starts nothing.

        Raises:
            MisuseError: a marker says nothing, names no quantity or no row, or a speed that is none; a strength was
                chosen, and the scenario takes none.
        """
        self.speed_of(item)
        parameters = parameters_of(item)
        subject, contract = self.options.subject, self.options.contract
        self.plans[item.nodeid] = plan_of(item, parameters, subject=subject, contract=contract)
        if self.options.strength is not None and "strength" not in getattr(item, "fixturenames", ()):
            raise MisuseError(
                f"--strength does not go with {item.name}",
                why="it asks for no fixture `strength`, so its fault is as strong as it is",
                fix="leave --strength out, or let the scenario ask for it: FAULT(strength(promise, default=...))",
            )

    def announce(self, scenarios: int) -> None:
        """Tells the reader how many scenarios there are."""
        self.emitter.tell(Collected(scenarios=scenarios))

    def speed_of(self, item: pytest.Item) -> Speed:
        """The speed a scenario runs at.

        Raises:
            MisuseError: its marker has no speed.
        """
        return speed_of(item, parameters_of(item), self.options.speed, self.options.limits)

    def order_of(self, item: pytest.Item) -> tuple[float, float]:
        """Sorts scenarios: those of one speed together; for workers, lower speeds first, and the longest."""
        speed = self.speed_of(item)
        if self.worker_output is None:
            return -speed.factor, 0.0
        return speed.factor, -expected_s(self.plans[item.nodeid], speed)

    def handles(self, item: pytest.Item) -> StackHandles:
        """The running stack for a scenario; comes up if it has to. A refusal of the place ends the session.

        Raises:
            HarnessError: it does not come up.
        """
        try:
            needs = self._needs(item)
            return self.manager.handles(self.measured.of(self.plans[item.nodeid], needs, self.speed_of(item)), needs)
        except MisuseError as error:
            self._refuse(item, error)

    def _needs(self, item: pytest.Item) -> Needs:
        return needs_of(item, self.plans[item.nodeid], self.options.contract)

    def in_the_way(self, item: pytest.Item) -> LinkState | None:
        """What keeps a scenario from being tested, as far as it is known by now; None if nothing does."""
        return self.manager.in_the_way(self._needs(item), self.speed_of(item))

    @contextmanager
    def scenario(self, item: pytest.Item) -> Iterator[ScenarioRun]:
        """The scenario's run, closed at the end. What fails before or after the body is UNKNOWN as well."""
        emitter = ScenarioEmitter(self.emitter, item.nodeid)
        scenario = None
        try:
            promises = [promised(self.options.contract, name) for name in parameters_of(item)]
            require_seen(promises, self.options.unseen)
            handles = self._handles_that_serve(item)
            require_seen(promises, unseen_in(handles, self.options.groups, self.options.traits) if promises else {})
            with ScenarioRun(handles, self.plans[item.nodeid], emitter) as scenario:
                self.runs[item.nodeid] = scenario
                scenario.strength, at = self.options.strength, self.options.hold_at
                if at is not None:
                    holding = StageHold(at, lambda line: self.emitter.tell(Said(text=line)))
                    scenario.holds_at, scenario.hold = at, partial(holding.hold, scenario)
                try:
                    yield scenario
                finally:
                    del self.runs[item.nodeid]
            self.evidence_store.note(item.nodeid, scenario)
        except NotHereError as error:
            pytest.skip(f"{error.what}: {error.why}")
        except HarnessError as error:
            if scenario is None and (state := self.in_the_way(item)) is not None:
                if kept := self.evidence_store.keep_start(item.nodeid, error):
                    self.manager.preflights[-1] = noted(self.manager.preflights[-1], f"dossier: {kept}")
                self._block(item, state)
            self._add_untold(item, error)
            if scenario is not None:
                self.evidence_store.keep(item.nodeid, scenario)
            pytest.fail(many_lines(str(error)), pytrace=False)
        finally:
            mine = self.findings.of(item.nodeid)
            untried = next((entry.judgement.because_of for entry in mine), "") if scenario is None else ""
            emitter.ended(((entry.judgement.name, entry.judgement.verdict) for entry in mine), untried)

    @contextmanager
    def judging(self, item: pytest.Item) -> Iterator[None]:
        """Around a scenario's body: judges it, and fails the test unless everything is VERIFIED."""
        scenario = self.runs.get(item.nodeid)
        try:
            yield
            if scenario is not None:
                for judgement in scenario.judgements() if scenario.plan.targets else ():
                    found = with_cause(judgement, self.written.get(judgement.name))
                    self.findings.add(item.nodeid, self._unless_because(scenario, found))
                self.findings.weigh_accidents(item.nodeid, scenario.happened())
        except NotHereError as error:
            pytest.skip(f"{error.what}: {error.why}")
        except HarnessError as error:
            self._add_untold(item, error)
        except (Exception, pytest.fail.Exception) as error:
            if scenario is not None:
                self.evidence_store.keep(item.nodeid, scenario, "".join(traceback.format_exception(error)))
            raise
        finally:
            if scenario is not None:
                self.evidence_store.note(item.nodeid, scenario)
        self._fail_unless_verified(item)

    def describe(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Adds the evidence to a report, and to its item: JUnit's file is made of the last report of each."""
        mine = self.findings.of(item.nodeid)
        if report.skipped and not mine:
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            mine = self._enter(item, why.removeprefix("Skipped: "), Verdict.SKIPPED)
        found = self.failure_text.properties(item.nodeid, mine)
        names = {name for name, _ in found}
        for properties in (item.user_properties, report.user_properties):
            properties[:] = [*(one for one in properties if one[0] not in names), *found]

    def finish(self, exitstatus: int, *, failed: bool) -> int:
        """Takes the stack away, writes the results; returns the exit code of the session.

        Args:
            exitstatus: how it has ended. That of misuse, an interrupt or an internal error stays.
            failed: whether a test failed that no verdict speaks for; its 1 stays.
        """
        if self.refusal is not None:
            print(many_lines(str(self.refusal)), file=sys.__stderr__)
        errors = self._attempt(lambda: self._leave_stack(judged=exitstatus in _REPLACEABLE))
        self.findings.bring_ups += self.manager.bring_ups
        self.findings.settings += self.manager.settings
        self.findings.add_stacks(self.manager.whole_runs, self.manager.routes)
        self.findings.add_preflight(state.judgement for state in self.manager.preflights)
        if self.worker_output is not None:
            self.worker_output["harness"] = packed(self.findings)
            return exitstatus
        orderly = exitstatus in _REPLACEABLE and not errors
        self.findings.left_out += self._left_out()
        run = RunFacts(
            stack=self.options.traits.name,
            speed=self.options.speed.factor,
            duration_s=time.monotonic() - self.start_s,
            whole=self.whole,
            failed=failed,
            orderly=orderly,
        )
        results = self.results = results_of(self.findings, self.options.contract, run)
        errors += self._attempt(lambda: write_results(results, self.options.results))
        code = results.exit_code if exitstatus in _REPLACEABLE else exitstatus
        self.exit_code = errors[0].exit_code if errors and code == 0 else code
        summarised = partial(write_job_summary, results, ran=self.failure_text.ran, exit_code=self.exit_code)
        self._attempt(summarised)  # told, no verdict
        self.evidence_store.forget_others()
        return self.exit_code

    def summarise(self, told: Collection[str] = ()) -> None:
        """Writes the summary at the end of pytest's output, with what pytest has no failed test for.

        Args:
            told: node ids of the scenarios whose text was shown when they ended.
        """
        console = console_for(sys.__stdout__ or sys.stdout)
        for text in filter(None, [self.failure_text.beforehand()]):
            console.print(Text(text), soft_wrap=True)
        for text in self.failure_text.untold_by_pytest(told):
            console.print(Text(text), soft_wrap=True)
        if self.results is not None:
            for line in annotations(self.results, os.environ):
                print(line, file=sys.__stdout__)
            print_summary(self.results, console, exit_code=self.exit_code)

    def _left_out(self) -> Iterator[tuple[str, str]]:
        """The scenario that looks at panels is not even collected where there is no Grafana, which nobody sees."""
        panels, no_grafana = self.options.contract.panels, self.options.choice.cannot.get(Capability.GRAFANA)
        if self.whole and panels and no_grafana:
            yield f"{len(panels)} {'panel' if len(panels) == 1 else 'panels'} of the dashboard", no_grafana

    def _leave_stack(self, *, judged: bool) -> None:
        """Takes the stack away. Its life is judged as far as it was the scenarios': not while it is held.

        Whoever interrupts the session wants it gone, not held.
        """
        handles = self.manager.present
        if handles is not None and judged and self.options.hold and self.worker_output is None:
            self.manager.judge()
            hold(handles.facts, console_for(sys.__stdout__ or sys.stdout))
        if self.options.keep:
            self.manager.keep()
        self.manager.clear(judged=judged)

    def _attempt(self, step: Callable[[], None]) -> list[HarnessError]:
        """Does one of the last steps; an error is told at once and must not keep the others from being done."""
        try:
            step()
        except HarnessError as error:
            print(many_lines(str(error)), file=sys.__stderr__)
            return [error]
        return []

    def _handles_that_serve(self, item: pytest.Item) -> StackHandles:
        """The running stack for a scenario, unless something is in its way; known before, no stack is brought up."""
        if (state := self.in_the_way(item)) is not None:
            self._block(item, state)
        told = len(self.manager.preflights)
        try:
            handles = self.handles(item)
        except BlockedError as error:
            self._block(item, error.state)
        finally:
            self._tell_of(self.manager.preflights[told:])
        if (state := self.manager.blockers.in_the_way(self._needs(item), handles.history.links)) is not None:
            self._block(item, state)
        return handles

    def _tell_of(self, states: Iterable[LinkState]) -> None:
        """Tells the reader at once what will not be tested, in a line for each finding; all of it comes at the end."""
        for state in states:
            judgement = state.judgement
            if not state.holds and not judgement.because_of:
                first = judgement.cause.partition("\n")[0]
                text = f"{first}\nwhat hangs on it is not tested"
                self.emitter.tell(Found(about=state.link, verdict=judgement.verdict, text=text))

    def _block(self, item: pytest.Item, state: LinkState) -> NoReturn:
        """Ends a scenario that cannot be tested: UNKNOWN because of a finding that is told in its own place."""
        names, kind = self._about(item)
        for name in names:
            self.findings.add(item.nodeid, because_of(name, state), kind)
        pytest.fail(one_line(because_of("", state).cause), pytrace=False)

    def _unless_because(self, scenario: ScenarioRun, judgement: Judgement) -> Judgement:
        """The judgement of an alert, unless its rule is one of those that were found not to work."""
        needs = Needs(links=frozenset({Link.RULES}), rules=frozenset({judgement.name}))
        state = in_the_way(scenario.handles.history.links, needs)
        return judgement if state is None else replace(because_of(judgement.name, state), fired=judgement.fired)

    def _refuse(self, item: pytest.Item, error: MisuseError) -> NoReturn:
        """Ends the session with the error's exit code: what cannot work now is no finding about any alert.

        A worker of xdist lets the controller say why; if it exited, its scenario would count as crashed.
        """
        if self.worker_output is None:
            self.refusal = error
            pytest.exit("the stack was refused", returncode=error.exit_code)
        self.worker_output["harness-refusal"] = str(error)
        item.session.shouldstop = "the stack was refused"
        pytest.skip(error.what)

    def _add_untold(self, item: pytest.Item, error: HarnessError) -> list[Entry]:
        scenario = self.runs.get(item.nodeid)
        if scenario is not None:
            return self._enter(item, scenario.cause_of(error), Verdict.UNKNOWN)
        kept = self.evidence_store.keep_start(item.nodeid, error)
        return self._enter(item, f"{error}\n  dossier: {kept}" if kept else str(error), Verdict.UNKNOWN)

    def _enter(self, item: pytest.Item, cause: str, verdict: Verdict) -> list[Entry]:
        """No statement about each alert or recording rule that the scenario is about, or about the scenario itself."""
        names, kind = self._about(item)
        return [
            self.findings.add(item.nodeid, Judgement.without_findings(name, verdict, cause), kind) for name in names
        ]

    def _about(self, item: pytest.Item) -> tuple[tuple[str, ...], Kind]:
        """What nothing is said of where a scenario does not come to its judgements."""
        if alerts := parameters_of(item):
            return alerts, Kind.ALERT
        if recorded := recorded_rules(item, self.options.contract):
            return recorded, Kind.RECORDING
        return (item.name,), Kind.OBJECT

    def _fail_unless_verified(self, item: pytest.Item) -> None:
        mine = self.findings.of(item.nodeid)
        if not mine:
            nothing = CouldNotTellError(
                f"{item.name} judged nothing", why="it has no promise and no survey", fix="mark it with its alert"
            )
            mine = self._add_untold(item, nothing)
        if any(entry.judgement.verdict is not Verdict.VERIFIED for entry in mine):
            scenario = self.runs.get(item.nodeid)
            if scenario is not None:
                self.evidence_store.keep(item.nodeid, scenario)
            pytest.fail(self.failure_text.explained(mine), pytrace=False)


def _unproved(options: Options) -> Iterator[Unproved]:
    """What a run at this speed says nothing about."""
    groups, contract, profile = options.groups, options.contract, options.profile
    yield from too_short(groups, profile)
    yield from undocumented(contract.alerts, groups)
    yield from unproved(groups, options.speed, options.limits, profile)
    yield from too_fast(groups, options.speed, options.limits, options.traits.refresh)
    yield from untried(Path(options.subject.files.alertmanager).read_text(encoding="utf-8"), contract)
