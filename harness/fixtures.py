"""The fixtures of scenarios: what the contract promises, the scenario with its steps, and what judges by itself."""

from collections.abc import Iterator
from functools import partial

import pytest

from harness.core.contract.model import AlertPromise
from harness.core.findings import Kind
from harness.scenario.notifications import Notifications
from harness.scenario.run import ScenarioRun
from harness.scenario.steps import Expect, Given, Inject, Recover, Strength
from harness.scenario.survey_fixture import Survey
from harness.session.current import SESSION
from harness.session.parametrization import recorded_kinds
from harness.session.session import Session


@pytest.fixture
def _running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Session:
    running = request.config.stash[SESSION]
    if running.worker_output is not None:
        # that of the workers' own temporary directories is all workers' of this session, and goes with it
        running.manager.blockers.shared = tmp_path_factory.getbasetemp().parent
    return running


@pytest.fixture
def _parameters() -> tuple[str, ...]:
    """The alerts that the scenario is run with; parametrised by its markers."""
    return ()


@pytest.fixture
def promises(_running: Session, _parameters: tuple[str, ...]) -> tuple[AlertPromise, ...]:
    """What the contract promises about the alerts that the scenario is about, the lowest threshold first."""
    found = [one for one in _running.options.contract.alerts if one.name in _parameters]
    return tuple(sorted(found, key=lambda one: one.threshold.value))


@pytest.fixture
def promise(promises: tuple[AlertPromise, ...]) -> AlertPromise:
    """What the contract promises about the one alert that the scenario is about; of several, the lowest threshold."""
    return promises[0]


@pytest.fixture
def scenario(_running: Session, _parameters: tuple[str, ...], request: pytest.FixtureRequest) -> Iterator[ScenarioRun]:
    """The scenario under way; its faults are taken back when it ends, however it ends."""
    with _running.scenarios.run(request.node) as found:
        yield found


@pytest.fixture
def given(scenario: ScenarioRun) -> Given:
    """What holds before the fault."""
    return Given(scenario)


@pytest.fixture
def strength(scenario: ScenarioRun) -> Strength:
    """How strong the fault is that must page: as chosen by `--strength`, else the scenario's own."""
    return Strength(scenario)


@pytest.fixture
def inject(scenario: ScenarioRun) -> Inject:
    """Does damage."""
    return Inject(scenario)


@pytest.fixture
def expect(scenario: ScenarioRun) -> Expect:
    """Waits for the stages of the alert's life."""
    return Expect(scenario)


@pytest.fixture
def recover(scenario: ScenarioRun) -> Recover:
    """Takes the damage back."""
    return Recover(scenario)


@pytest.fixture
def notifications(_running: Session, scenario: ScenarioRun, request: pytest.FixtureRequest) -> Notifications:
    """Judges what Alertmanager does with the scenario's alerts."""
    return Notifications(scenario, partial(_running.findings.add, request.node.nodeid, kind=Kind.OBJECT))


@pytest.fixture
def survey(_running: Session, scenario: ScenarioRun, request: pytest.FixtureRequest) -> Survey:
    """Judges what must simply be there and right."""
    enter = partial(_running.findings.add, request.node.nodeid)
    return Survey(scenario.handles, enter, recorded_kinds(request.node), _running.parts.surveys)
