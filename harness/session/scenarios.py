"""The scenarios of a session: each gets its stack, is judged, and leaves its findings, however it ends."""

import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NoReturn

import pytest

from harness.core.contract.lookup import promised
from harness.core.errors import CouldNotTellError, HarnessError, MisuseError, NotHereError
from harness.core.events import Found, Said
from harness.core.findings import Entry, Findings, Kind
from harness.core.judge import Judgement
from harness.core.judge.cause import with_cause
from harness.core.judge.preflight import Link, LinkState, Needs, because_of, in_the_way, noted
from harness.core.rules.speed import Speed
from harness.core.scenario import ScenarioPlan
from harness.core.verdict import Verdict
from harness.report.plain_text import many_lines, one_line
from harness.scenario.emitter import Emitter, ScenarioEmitter
from harness.scenario.run import RunParts, ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.session.blockers import BlockedError
from harness.session.evidence_store import EvidenceStore
from harness.session.failure_text import FailureText
from harness.session.hold_at import StageHold
from harness.session.measured_speed import MeasuredSpeed
from harness.session.needs import needs_of
from harness.session.options import Options
from harness.session.parametrization import plan_of, recorded_rules
from harness.session.selection import parameters_of
from harness.session.sharding import expected_s, speed_of
from harness.session.stack_manager import StackManager
from harness.session.visible import require_seen, unseen_in


@dataclass(slots=True, kw_only=True)
class Scenarios:
    """Every scenario that pytest runs in this process."""

    options: Options
    manager: StackManager
    measured: MeasuredSpeed
    findings: Findings
    failure_text: FailureText
    evidence_store: EvidenceStore
    #: tells the reader how it goes
    emitter: Emitter
    #: what others do for one that is under way
    parts: RunParts
    #: each documented rule as it is written, beside the contract, by the promise's name
    written: Mapping[str, Judgement]
    #: set by xdist's workers: where their findings go
    worker_output: dict[str, str] | None
    #: those under way, by node id
    runs: dict[str, ScenarioRun] = field(default_factory=dict)
    plans: dict[str, ScenarioPlan] = field(default_factory=dict)
    #: why a stack may not be brought up; told at the end, because pytest keeps what a scenario prints
    refusal: MisuseError | None = None

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

    def _handles(self, item: pytest.Item) -> StackHandles:
        """The running stack for a scenario; comes up if it has to. A refusal of the place ends the session."""
        try:
            needs = self._needs(item)
            return self.manager.handles(self.measured.of(self.plans[item.nodeid], needs, self.speed_of(item)), needs)
        except MisuseError as error:
            self._refuse(item, error)

    def _needs(self, item: pytest.Item) -> Needs:
        return needs_of(item, self.plans[item.nodeid], self.options.contract)

    def _in_the_way(self, item: pytest.Item) -> LinkState | None:
        """What keeps a scenario from being tested, as far as it is known by now; None if nothing does."""
        return self.manager.in_the_way(self._needs(item), self.speed_of(item))

    @contextmanager
    def run(self, item: pytest.Item) -> Iterator[ScenarioRun]:
        """The scenario's run, closed at the end. What fails before or after the body is UNKNOWN as well."""
        emitter = ScenarioEmitter(self.emitter, item.nodeid)
        scenario = None
        try:
            promises = [promised(self.options.contract, name) for name in parameters_of(item)]
            require_seen(promises, self.options.unseen)
            handles = self._handles_that_serve(item)
            require_seen(promises, unseen_in(handles, self.options.groups, self.options.traits) if promises else {})
            with ScenarioRun(handles, self.plans[item.nodeid], emitter, parts=self.parts) as scenario:
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
            if scenario is None and (state := self._in_the_way(item)) is not None:
                kept, found = self.evidence_store.keep_start(item.nodeid, error), self.manager.preflights
                if kept and state in found:  # else another worker found it, and tells it
                    found[found.index(state)] = noted(state, f"recording: {kept}")
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

    def _handles_that_serve(self, item: pytest.Item) -> StackHandles:
        """The running stack for a scenario, unless something is in its way; known before, no stack is brought up."""
        if (state := self._in_the_way(item)) is not None:
            self._block(item, state)
        told = len(self.manager.preflights)
        try:
            handles = self._handles(item)
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
        return self._enter(item, f"{error}\n  recording: {kept}" if kept else str(error), Verdict.UNKNOWN)

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
        scenario = self.runs.get(item.nodeid)
        if scenario is not None:
            self.evidence_store.keep(item.nodeid, scenario)
        if any(entry.judgement.verdict is not Verdict.VERIFIED for entry in mine):
            pytest.fail(self.failure_text.explained(mine), pytrace=False)
