"""Who loads what was written refuses it by its reload, and names what it passes over."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE, Rejected
from harness.home import DEFAULT_SUBJECT
from harness.stacks.applying import RefusedError
from harness.stacks.embedded.operator.status import OperatorStatus
from harness.stacks.embedded.plan import Plan
from harness.stacks.embedded.refusals import EmbeddedRefusals
from harness.subject_reader import read_subject


@pytest.fixture
def refusals() -> EmbeddedRefusals:
    """Of the shipped subject; nothing is refused yet."""
    return EmbeddedRefusals(read_subject(DEFAULT_SUBJECT)[0])


def _refuse() -> None:
    raise RefusedError("it is not taken", why="no such field", fix="-")


def _plan(directory: Path) -> Plan:
    place = SimpleNamespace(status_file=directory / "status.json")
    found = SimpleNamespace(alertmanager_address="a:1", prometheus_address="p:1", operator=place)
    return cast("Plan", found)


@pytest.mark.parametrize(
    ("problem", "kinds", "blamed"),
    [
        pytest.param("a:1 refused: x", (MONITOR, ALERTMANAGER_CONFIG), ALERTMANAGER_CONFIG, id="routing"),
        pytest.param("p:1 refused: x", (MONITOR, ALERTMANAGER_CONFIG), MONITOR, id="monitor"),
        pytest.param("p:1 refused: x", (MONITOR, ALERTMANAGER_CONFIG, RULE), RULE, id="rules, which came last"),
        pytest.param("p:1 does not answer", (MONITOR,), None, id="nobody"),
    ],
)
def test_a_reload_that_is_refused_is_the_last_object_s(
    refusals: EmbeddedRefusals, tmp_path: Path, problem: str, kinds: tuple[str, ...], blamed: str | None
) -> None:
    """What was there before it was taken."""
    assert refusals.of_reload(_plan(tmp_path), problem, kinds) is (blamed is not None)
    assert [*refusals.by_kind] == ([] if blamed is None else [blamed])


def test_what_the_operator_passes_over_is_among_them(refusals: EmbeddedRefusals, tmp_path: Path) -> None:
    """Beside what others refuse."""
    refusals.offer({"kind": MONITOR}, _refuse)
    plan = _plan(tmp_path)
    assert [one.kind for one in refusals.all(plan)] == [MONITOR]
    OperatorStatus(
        generation="1",
        prometheus_generation="1",
        alertmanager_generation="1",
        accepted=(),
        rejected=(Rejected(kind=RULE, namespace="n", name="r", why="not selected"),),
    ).write(plan.operator.status_file)
    assert [(one.kind, one.why) for one in refusals.all(plan)] == [(MONITOR, "no such field"), (RULE, "not selected")]
