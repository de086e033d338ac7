"""A pytest plugin that gives the harness's own plugin a stack that is not there; for tests of whole sessions.

What is done to stacks and faults goes into `log.txt` in the session's root directory, from every process of it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.core.contract.model import Contract
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError, MisuseError, RetryableError
from harness.core.handover import Handover
from harness.core.judge import Judgement, Pace
from harness.core.judge.approach import Approach
from harness.core.judge.finding import RecordedFigures
from harness.core.judge.preflight import Link, LinkState
from harness.core.judge.whole_run import WholeRun
from harness.core.reading import Reading
from harness.core.rules.speed import Speed
from harness.core.scenario import Aim, ScenarioLog, ScenarioPlan
from harness.core.verdict import Verdict
from harness.faults.cluster import NobodyCounts
from harness.scenario.run import RunParts, ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.scenario.survey_fixture import Surveys
from harness.session.blockers import Blockers
from harness.session.parts import PARTS, SessionParts
from harness.session.stack_manager import Parts
from harness.stacks.base import Stack, StackFacts
from harness.tests.scenario import fakes

_FAILURES = ("never", "up", "up for now", "refused", "refused later", "down")

Says = Callable[[str], None]
MakeFault = Callable[[str], fakes.NotedFault]


def pytest_addoption(parser: pytest.Parser) -> None:
    """How the stack fails, and what surveys and the judge of its whole life find."""
    parser.addoption("--surveyed", choices=tuple(Verdict), default="VERIFIED")
    parser.addoption("--lookback", type=float, default=300.0)
    parser.addoption("--lived", choices=tuple(Verdict), default="VERIFIED")
    parser.addoption("--workers", type=float, default=None)
    parser.addoption("--keeps-lease", action="store_true")
    parser.addoption("--broken", choices=(*Link, ""), default="")
    parser.addoption("--meanwhile", choices=(*Link, ""), default="")
    parser.addoption("--fails", choices=_FAILURES, default="never")


def pytest_configure(config: pytest.Config) -> None:
    """Puts the fakes in their places."""
    log = config.rootpath / "log.txt"

    def note(line: str) -> None:
        with log.open("a") as file:
            file.write(f"{line}\n")

    def build(_choice: object, _subject: Subject, speed: Speed, _progress: object) -> fakes.FakeStack:
        kind = RetryableError if config.getoption("--fails") == "up for now" else CouldNotTellError
        stack, refusal = fakes.FakeStack(speed, note), kind("it failed", why="planted", fix="none")
        refusal.logs = {"etcd.log": "its last words"}
        stack.refusal = refusal if config.getoption("--fails").startswith("up") else None
        later = config.getoption("--fails") == "refused later" and log.exists()
        if later or config.getoption("--fails") == "refused":
            stack.refusal = MisuseError("it may not", why="planted", fix="none")
        stack.leftover = refusal if config.getoption("--fails") == "down" else None
        return stack

    @contextmanager
    def connect(stack: Stack, facts: StackFacts, _subject: Subject, contract: Contract) -> Iterator[StackHandles]:
        prometheus = fakes.FakePrometheus(lookback_s=config.getoption("--lookback"))
        found = fakes.handles(stack=stack, promised=contract, prometheus=prometheus)
        queues = _Queues(config.getoption("--workers"))
        yield replace(found, facts=facts, cluster=replace(found.cluster, queues=queues))

    elsewhere = [one for one in _preflight(config.getoption("--meanwhile")) if not one.holds]
    released = not config.getoption("--keeps-lease")
    lived = _lived(Verdict(config.getoption("--lived")))
    of_stack = Parts(
        stack=build,
        blockers=lambda: _Blockers(elsewhere, log),
        connect=connect,
        preflight=lambda _handles: _preflight(config.getoption("--broken")),
        handover=partial(_measured, note, released),
        whole_run=lambda _handles: lived,
        torn_down=lambda whole, *, gone_s: whole if gone_s else (),
    )
    verdict = Verdict(config.getoption("--surveyed"))
    destinations = Judgement(name="destinations", verdict=verdict, promise="", findings=())
    surveys = Surveys(
        metrics=lambda _handles: (fakes.judgement("metrics", verdict),),
        objects=lambda _handles: (fakes.judgement("objects", verdict),),
        destinations=lambda _handles: destinations,
        recording_rules=partial(_recorded, verdict),
    )
    config.stash[PARTS] = SessionParts(
        of_stack=of_stack,
        of_run=RunParts(judge=_judge),
        surveys=surveys,
        hold=lambda facts, _console: note(f"hold {facts.run_id}"),
    )


class _Blockers(Blockers):
    """Told by another process, once something was done, that links are broken."""

    def __init__(self, elsewhere: list[LinkState], log: Path) -> None:
        super().__init__()
        self._elsewhere, self._log = elsewhere, log

    def others(self) -> list[LinkState]:
        """As planted."""
        return self._elsewhere if self._log.exists() else []


def _preflight(broken: str) -> tuple[LinkState, ...]:
    def state(link: Link) -> LinkState:
        verdict = Verdict.VIOLATED if link == broken else Verdict.VERIFIED
        judgement = replace(fakes.judgement(link, verdict), cause=f"{link} is planted" if link == broken else "")
        return LinkState(link=link, judgement=judgement)

    return tuple(state(link) for link in Link if link is not Link.STACK)


def _judge(
    _handles: StackHandles,
    plan: ScenarioPlan,
    log: ScenarioLog,
    _readings: Mapping[str, tuple[Reading, ...]],
    _pace: Pace,
) -> tuple[Judgement, ...]:
    said = Verdict(log.gave_up[-1]) if log.gave_up else Verdict.VERIFIED
    return tuple(
        replace(
            fakes.judgement(target.alert, said),
            fired={"KubeMirrorMemoryHigh": False, target.alert: target.aim is Aim.PAGES},
        )
        for target in plan.targets
    )


class _Queues(NobodyCounts):
    """Of a controller that says how many reconciles it runs at once, or does not."""

    def __init__(self, workers: float | None) -> None:
        self._workers = workers

    def workers(self) -> float | None:
        """As given."""
        return self._workers


def _measured(note: Says, released: bool, _handles: StackHandles) -> Handover:
    note("handover measured")
    return Handover(lease="there/leader", lease_s=15.0, released=released, start_s=1.0, retry_s=2.0)


def _lived(verdict: Verdict) -> tuple[WholeRun, ...]:
    name = "KubeMirrorControllerDown"
    return (
        WholeRun(
            judgement=fakes.judgement(name, verdict),
            approach=Approach(alert=name, pending_share=None, nearest=None, why_no_value="planted"),
            quiet_until_s=0.0,
        ),
    )


def _recorded(verdict: Verdict, _handles: StackHandles, names: tuple[str, ...]) -> tuple[Judgement, ...]:
    figures = RecordedFigures(expected=1.0, observed=1.0, difference_ratio=0.0, tolerance_ratio=0.1, instants=3)
    return tuple(
        Judgement(name=name, verdict=verdict, promise="", findings=(), recorded=figures, cause="planted")
        for name in names
    )


@pytest.fixture
def says(scenario: ScenarioRun) -> Says:
    """Decides what the judge will say."""
    return scenario.log.gave_up.append


@pytest.fixture
def fault(pytestconfig: pytest.Config) -> MakeFault:
    """Makes faults that write down what is done to them."""
    log: Path = pytestconfig.rootpath / "log.txt"

    def note(line: str) -> None:
        with log.open("a") as file:
            file.write(f"{line}\n")

    return lambda name: fakes.NotedFault(name, note)
