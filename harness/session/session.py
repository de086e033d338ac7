"""A session: from its options, by way of its scenarios, to its results."""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Self

import pytest
from rich.text import Text

from harness.core.alertmanager.untried import untried
from harness.core.errors import HarnessError
from harness.core.events import Collected
from harness.core.findings import Findings, Kind
from harness.core.rules.unproved import Unproved, too_fast, too_short, undocumented, unproved
from harness.report.annotations import annotations
from harness.report.job_summary import write_job_summary
from harness.report.live.terminal_reporter import NAME as LIVE_REPORTER
from harness.report.live.terminal_reporter import LiveReporter
from harness.report.plain_text import many_lines
from harness.report.results import RunFacts, results_of
from harness.report.results_file import write_results
from harness.report.schema import Results
from harness.report.terminal import console_for, print_summary
from harness.scenario.emitter import Emitter
from harness.session.evidence_store import EvidenceStore
from harness.session.failure_text import FailureText
from harness.session.measured_speed import MeasuredSpeed
from harness.session.options import Options, read_options
from harness.session.parts import PARTS, SessionParts
from harness.session.rerun import asked_for
from harness.session.rules_as_written import written
from harness.session.scenarios import Scenarios
from harness.session.selection import asks_for_all
from harness.session.stack_manager import StackManager
from harness.session.workers import Workers, packed
from harness.stacks.base import Capability
from harness.toolchain import Progress

#: statuses that verdicts may replace: all passed, some failed or not all was run
_REPLACEABLE = (0, 1)


@dataclass(slots=True, kw_only=True)
class Session:
    """One pytest session with scenarios in it."""

    options: Options
    manager: StackManager
    failure_text: FailureText
    findings: Findings
    evidence_store: EvidenceStore
    scenarios: Scenarios
    #: in xdist's controller
    workers: Workers
    #: tells the reader how it goes
    emitter: Emitter
    parts: SessionParts
    start_s: float = field(default_factory=time.monotonic)
    #: whether every scenario was asked for
    whole: bool = True
    #: set by xdist's workers: where their findings go
    worker_output: dict[str, str] | None = None
    #: what it came to; None until it is over, and in xdist's workers
    results: Results | None = None
    #: what the process ends with, by then
    exit_code: int = 3

    @classmethod
    def prepare(cls, config: pytest.Config) -> Self:
        """Reads and checks everything; starts nothing.

        Raises:
            MisuseError: an option, the subject, its contract or its rules cannot be used.
        """
        options, parts = read_options(config), config.stash.get(PARTS, SessionParts())
        live_reporter: LiveReporter | None = config.pluginmanager.getplugin(LIVE_REPORTER)
        emitter = Emitter(live_reporter.listener() if live_reporter else None)
        manager = StackManager(
            options.choice, options.subject, options.contract, Progress(emitter.tell), parts.of_stack
        )
        findings = Findings()
        failure_text = FailureText(findings, asked_for(config, options))
        evidence_store = EvidenceStore(findings, failure_text, options.results, options.record)
        manager.on_unverified = evidence_store.keep_stack
        worker_output = getattr(config, "workeroutput", None)
        as_written = {judgement.name: judgement for judgement in written(options)}
        if worker_output is None:
            for judgement in as_written.values():
                findings.add_beforehand(judgement, Kind.WRITTEN)
            findings.unproved += _unproved(options)
        scenarios = Scenarios(
            options=options,
            manager=manager,
            measured=MeasuredSpeed(options, manager, findings),
            findings=findings,
            failure_text=failure_text,
            evidence_store=evidence_store,
            emitter=emitter,
            parts=parts.of_run,
            written=as_written,
            worker_output=worker_output,
        )
        return cls(
            options=options,
            manager=manager,
            findings=findings,
            failure_text=failure_text,
            evidence_store=evidence_store,
            scenarios=scenarios,
            workers=Workers(findings, options.contract),
            emitter=emitter,
            parts=parts,
            whole=asks_for_all(config),
            worker_output=worker_output,
        )

    def announce(self, scenarios: int) -> None:
        """Tells the reader how many scenarios there are."""
        self.emitter.tell(Collected(scenarios=scenarios))

    def finish(self, exitstatus: int, *, failed: bool) -> int:
        """Takes the stack away, writes the results; returns the exit code of the session.

        Args:
            exitstatus: how it has ended. That of misuse, an interrupt or an internal error stays.
            failed: whether a test failed that no verdict speaks for; its 1 stays.
        """
        if self.scenarios.refusal is not None:
            print(many_lines(str(self.scenarios.refusal)), file=sys.__stderr__)
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
            self.parts.hold(handles.facts, console_for(sys.__stdout__ or sys.stdout))
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


def _unproved(options: Options) -> Iterator[Unproved]:
    """What a run at this speed says nothing about."""
    groups, contract, profile = options.groups, options.contract, options.profile
    yield from too_short(groups, profile)
    yield from undocumented(contract.alerts, groups)
    yield from unproved(groups, options.speed, options.limits, profile)
    yield from too_fast(groups, options.speed, options.limits, options.traits.refresh)
    yield from untried(Path(options.subject.files.alertmanager).read_text(encoding="utf-8"), contract)
