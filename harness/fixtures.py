"""The fixtures of scenarios: what the contract promises, the scenario with its steps, and what judges by itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from harness.session.current import SESSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.core.contract.model import AlertPromise
    from harness.scenario.notifications import Notifications
    from harness.scenario.run import ScenarioRun
    from harness.scenario.steps import Expect, Given, Inject, Recover, Strength
    from harness.scenario.survey_fixture import Survey
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
    from harness.scenario.steps import Given  # noqa: PLC0415 - unit tests do not need the harness

    return Given(scenario)


@pytest.fixture
def strength(scenario: ScenarioRun) -> Strength:
    """How strong the fault is that must page: as chosen by `--strength`, else the scenario's own."""
    from harness.scenario.steps import Strength  # noqa: PLC0415 - unit tests do not need the harness

    return Strength(scenario)


@pytest.fixture
def inject(scenario: ScenarioRun) -> Inject:
    """Does damage."""
    from harness.scenario.steps import Inject  # noqa: PLC0415 - unit tests do not need the harness

    return Inject(scenario)


@pytest.fixture
def expect(scenario: ScenarioRun) -> Expect:
    """Waits for the stages of the alert's life."""
    from harness.scenario.steps import Expect  # noqa: PLC0415 - unit tests do not need the harness

    return Expect(scenario)


@pytest.fixture
def recover(scenario: ScenarioRun) -> Recover:
    """Takes the damage back."""
    from harness.scenario.steps import Recover  # noqa: PLC0415 - unit tests do not need the harness

    return Recover(scenario)


@pytest.fixture
def notifications(_running: Session, scenario: ScenarioRun, request: pytest.FixtureRequest) -> Notifications:
    """Judges what Alertmanager does with the scenario's alerts."""
    from harness.core.findings import Kind  # noqa: PLC0415 - unit tests do not need the harness
    from harness.scenario.notifications import Notifications  # noqa: PLC0415 - unit tests do not need the harness

    return Notifications(scenario, partial(_running.findings.add, request.node.nodeid, kind=Kind.OBJECT))


@pytest.fixture
def survey(_running: Session, scenario: ScenarioRun, request: pytest.FixtureRequest) -> Survey:
    """Judges what must simply be there and right."""
    from harness.scenario.survey_fixture import Survey  # noqa: PLC0415 - same
    from harness.session.parametrization import recorded_kinds  # noqa: PLC0415 - unit tests do not need the harness

    return Survey(scenario.handles, partial(_running.findings.add, request.node.nodeid), recorded_kinds(request.node))
