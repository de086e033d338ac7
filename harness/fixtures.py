"""The fixtures of scenarios: what the contract promises, the scene with its verbs, and what judges by itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from harness.scene.stash import SESSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.core.contract import AlertPromise
    from harness.scene.notifications import Notifications
    from harness.scene.scene import Scene
    from harness.scene.session import Session
    from harness.scene.surveying import Survey
    from harness.scene.verbs import Expect, Given, Inject, Recover, Strength


@pytest.fixture
def _running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Session:
    running = request.config.stash[SESSION]
    if running.worker_output is not None:
        # that of the workers' own temporary directories is all workers' of this session, and goes with it
        running.stage.standing.shared = tmp_path_factory.getbasetemp().parent
    return running


@pytest.fixture
def _cast() -> tuple[str, ...]:
    """The alerts that the scenario is run with; parametrised by its markers."""
    return ()


@pytest.fixture
def promises(_running: Session, _cast: tuple[str, ...]) -> tuple[AlertPromise, ...]:
    """What the contract promises about the alerts that the scenario is about, the lowest threshold first."""
    found = [one for one in _running.options.contract.alerts if one.name in _cast]
    return tuple(sorted(found, key=lambda one: one.threshold.value))


@pytest.fixture
def promise(promises: tuple[AlertPromise, ...]) -> AlertPromise:
    """What the contract promises about the one alert that the scenario is about; of several, the lowest threshold."""
    return promises[0]


@pytest.fixture
def scene(_running: Session, _cast: tuple[str, ...], request: pytest.FixtureRequest) -> Iterator[Scene]:
    """The scenario under way; its faults are taken back when it ends, however it ends."""
    with _running.scene(request.node) as found:
        yield found


@pytest.fixture
def given(scene: Scene) -> Given:
    """What holds before the fault."""
    from harness.scene.verbs import Given  # noqa: PLC0415 - unit tests do not need the harness

    return Given(scene)


@pytest.fixture
def strength(scene: Scene) -> Strength:
    """How strong the fault is that must page: as chosen by `--strength`, else the scenario's own."""
    from harness.scene.verbs import Strength  # noqa: PLC0415 - unit tests do not need the harness

    return Strength(scene)


@pytest.fixture
def inject(scene: Scene) -> Inject:
    """Does damage."""
    from harness.scene.verbs import Inject  # noqa: PLC0415 - unit tests do not need the harness

    return Inject(scene)


@pytest.fixture
def expect(scene: Scene) -> Expect:
    """Waits for the stages of the alert's life."""
    from harness.scene.verbs import Expect  # noqa: PLC0415 - unit tests do not need the harness

    return Expect(scene)


@pytest.fixture
def recover(scene: Scene) -> Recover:
    """Takes the damage back."""
    from harness.scene.verbs import Recover  # noqa: PLC0415 - unit tests do not need the harness

    return Recover(scene)


@pytest.fixture
def notifications(_running: Session, scene: Scene, request: pytest.FixtureRequest) -> Notifications:
    """Judges what Alertmanager does with the scenario's alerts."""
    from harness.report.ledger import Kind  # noqa: PLC0415 - unit tests do not need the harness
    from harness.scene.notifications import Notifications  # noqa: PLC0415 - unit tests do not need the harness

    return Notifications(scene, partial(_running.judged.add, request.node.nodeid, kind=Kind.OBJECT))


@pytest.fixture
def survey(_running: Session, scene: Scene, request: pytest.FixtureRequest) -> Survey:
    """Judges what must simply be there and right."""
    from harness.scene.casting import recorded_kinds  # noqa: PLC0415 - unit tests do not need the harness
    from harness.scene.surveying import Survey  # noqa: PLC0415 - same

    return Survey(scene.arena, partial(_running.judged.add, request.node.nodeid), recorded_kinds(request.node))
