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
from harness.scenario import survey_fixture
from harness.scenario.run import ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.session import session
from harness.session.blockers import Blockers
from harness.session.stack_manager import Parts, StackManager
from harness.stacks.base import Stack, StackFacts
from harness.tests.scenario import fakes

_FAILURES = ("never", "up", "up for now", "refused", "refused later", "down")

Says = Callable[[str], None]
MakeFault = Callable[[str], fakes.NotedFault]

_patches = pytest.StashKey[pytest.MonkeyPatch]()


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

    def build(_subject: Subject, speed: Speed, _progress: object, _sweep: object, **_more: object) -> fakes.FakeStack:
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

    patches = config.stash[_patches] = pytest.MonkeyPatch()
    patches.setattr("harness.stacks.embedded.choice.EmbeddedStack", build)
    elsewhere = [one for one in _preflight(config.getoption("--meanwhile")) if not one.holds]
    patches.setattr(Blockers, "_others", lambda _self: elsewhere if log.exists() else [])
    patches.setattr("harness.scenario.run.judge", _judge)
    released = not config.getoption("--keeps-lease")
    lived = _lived(Verdict(config.getoption("--lived")))
    parts = Parts(
        connect=connect,
        preflight=lambda _handles: _preflight(config.getoption("--broken")),
        handover=partial(_measured, note, released),
        whole_run=lambda _handles: lived,
        torn_down=lambda whole, *, gone_s: whole if gone_s else (),
    )
    patches.setattr(session, "StackManager", partial(StackManager, parts=parts))
    patches.setattr(session, "hold", lambda facts, _console: note(f"hold {facts.run_id}"))
    verdict = Verdict(config.getoption("--surveyed"))
    for name in ("metrics", "objects"):
        found = (fakes.judgement(name, verdict),)
        patches.setattr(survey_fixture, f"survey_{name}", partial(_surveyed, found))
    destinations = Judgement(name="destinations", verdict=verdict, promise="", findings=())
    patches.setattr(survey_fixture, "survey_destinations", lambda _: destinations)
    patches.setattr(survey_fixture, "survey_recording_rules", partial(_recorded, verdict))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Takes them away."""
    config.stash[_patches].undo()


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


def _surveyed(found: tuple[Judgement, ...], _handles: StackHandles) -> tuple[Judgement, ...]:
    return found


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
