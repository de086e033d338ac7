"""The third link: the documented rules that do not work are blamed, and where some do the others are no hindrance."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause
from harness.core.judge.preflight import (
    Installed,
    Refused,
    RuleHealth,
    judge_rules,
)
from harness.core.operator.translation import RULE
from harness.tests.core.judge.preflight.world import (
    INSTALLED,
    NAMESPACE,
    RULES,
    U,
    X,
    broken,
    of_objects,
)


def rules(*health: RuleHealth) -> Installed:
    """Prometheus has these rules."""
    return replace(INSTALLED, rules=health)


OK = RuleHealth(name="QueueDeep", health="ok")


@pytest.mark.parametrize(
    ("installed", "clause", "actual", "cause", "about"),
    [
        pytest.param(
            replace(of_objects(RULE, {}), rules=()),
            Clause.SELECTED,
            "label release=prometheus missing; its labels are (none)",
            "give its metadata the label release: prometheus",
            None,
            id="release label missing",
        ),
        pytest.param(
            replace(
                rules(),
                refused=(Refused(kind=RULE, namespace=NAMESPACE, name="Subject", why="metadata.name: Invalid"),),
            ),
            Clause.TAKEN,
            "metadata.name: Invalid",
            "PrometheusRule subject-system/Subject is refused: metadata.name: Invalid",
            None,
            id="refused",
        ),
        pytest.param(
            rules(), Clause.LOADED, "not loaded: QueueDeep, depth:max", "2 documented rules", None, id="none loaded"
        ),
        pytest.param(
            rules(OK, RuleHealth(name="depth:maximum", health="ok")),
            Clause.LOADED,
            "not loaded: depth:max",
            "Prometheus has not loaded depth:max; rules that nothing documents: depth:maximum",
            {"depth:max"},
            id="one missing",
        ),
        pytest.param(
            rules(OK, RuleHealth(name="depth:max", health="err", last_error="many-to-many matching")),
            Clause.HEALTHY,
            "depth:max: many-to-many matching",
            "Prometheus cannot evaluate depth:max: many-to-many matching",
            {"depth:max"},
            id="one ill",
        ),
        pytest.param(
            rules(
                RuleHealth(name="QueueDeep", health="err"),
                OK,
                RuleHealth(name="depth:max", health="ok"),
            ),
            Clause.HEALTHY,
            "QueueDeep: in state err",
            "Prometheus cannot evaluate QueueDeep",
            {"QueueDeep"},
            id="the worst of one name",
        ),
    ],
)
def test_rules_that_do_not_work_are_violated(
    installed: Installed, clause: Clause, actual: str, cause: str, about: set[str] | None
) -> None:
    """Where some work, only what hangs on the others cannot be tested."""
    found = judge_rules(RULES, installed)
    assert (found.judgement.verdict, broken(found).clause) == (X, clause)
    assert actual in broken(found).actual
    assert cause in found.judgement.cause
    assert found.rules == about


@pytest.mark.parametrize(
    ("health", "cause"),
    [
        ((), "Prometheus has not loaded 2 documented rules, QueueDeep among them"),
        ((OK,), "Prometheus has not loaded depth:max"),
    ],
    ids=["both", "one"],
)
def test_rules_that_are_not_loaded_are_told_by_their_number_and_the_first(
    health: tuple[RuleHealth, ...], cause: str
) -> None:
    """Nothing is said of others where there are none."""
    assert judge_rules(RULES, rules(*health)).judgement.cause == cause


def test_rules_that_are_not_evaluated_yet_are_waited_for() -> None:
    """All of them; and where nothing is documented nothing is proved."""
    waiting = judge_rules(RULES, rules(OK, RuleHealth(name="depth:max", health="unknown")))
    assert (waiting.judgement.verdict, waiting.rules) == (U, None)
    assert judge_rules([], rules(OK)).judgement.verdict is U
