"""The last link: a route that does not lead to the documented receiver is blamed with where it leads."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause
from harness.core.judge.preflight import (
    Installed,
    Refused,
    RouteFact,
    judge_route,
)
from harness.core.operator.translation import ALERTMANAGER_CONFIG
from harness.tests.core.judge.preflight.world import (
    APP,
    INSTALLED,
    LABELS,
    NAMESPACE,
    ROUTE,
    X,
    broken,
    selection,
)


@pytest.mark.parametrize(
    ("installed", "clause", "actual", "cause"),
    [
        pytest.param(
            replace(
                INSTALLED,
                selections={ALERTMANAGER_CONFIG: selection("Alertmanager")},
                objects={ALERTMANAGER_CONFIG: replace(INSTALLED.objects[ALERTMANAGER_CONFIG], labels=APP)},
            ),
            Clause.SELECTED,
            "label release=prometheus missing; its labels are app=controller",
            "Alertmanager takes only AlertmanagerConfigs with release=prometheus",
            id="label",
        ),
        pytest.param(
            replace(
                INSTALLED,
                refused=(Refused(kind=ALERTMANAGER_CONFIG, namespace=NAMESPACE, name="subject", why="no such key"),),
            ),
            Clause.TAKEN,
            "no such key",
            "is refused: no such key",
            id="refused",
        ),
        pytest.param(
            replace(INSTALLED, receivers=("null",)),
            Clause.ROUTE,
            "it goes to null",
            'the route to team takes {component="subject"}, and the documented labels are '
            '{component="subject", namespace="subject-system"}',
            id="matchers",
        ),
        pytest.param(
            replace(
                INSTALLED,
                receivers=("null", "teams"),
                routes=(RouteFact(receiver="null", matchers="{}"), RouteFact(receiver="teams", matchers="{}")),
            ),
            Clause.ROUTE,
            "it goes to null, teams",
            "no route leads to a receiver team; those that routes lead to: teams, null",
            id="name",
        ),
        pytest.param(
            replace(INSTALLED, receivers=(), routes=()),
            Clause.ROUTE,
            "it goes to no receiver",
            "those that routes lead to: none",
            id="nowhere",
        ),
    ],
)
def test_a_route_that_leads_elsewhere_is_violated(
    installed: Installed, clause: Clause, actual: str, cause: str
) -> None:
    """Nothing that a wait changes."""
    found = judge_route(ROUTE, LABELS, installed)
    assert (found.judgement.verdict, broken(found).clause, broken(found).actual) == (X, clause, actual)
    assert cause in found.judgement.cause
