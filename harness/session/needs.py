"""What a scenario needs of a stack before there is anything to test: read from its markers and fixtures."""

import pytest

from harness.core.contract.model import Contract
from harness.core.judge.preflight import Link, Needs
from harness.core.scenario import Aim, ScenarioPlan
from harness.session.parametrization import needed, recorded_rules

_EVERYTHING = Needs(links=frozenset(Link), rules=None)


def needs_of(item: pytest.Item, plan: ScenarioPlan, contract: Contract) -> Needs:
    """The links that a scenario hangs on.

    Whatever acts waits for evaluations: where no rule is loaded there are none. One that makes alerts page hangs on
    their rules. Of one that keeps alerts silent each is judged by itself: a rule that is missing keeps none of the
    others, and it hangs on the rules only where none of them works.

    Raises:
        MisuseError: a marker names no kind of recording rule, or no capability.
    """
    fixtures = frozenset(getattr(item, "fixturenames", ()))
    if plan.targets:
        paging = frozenset(target.promise.name for target in plan.targets if target.aim is Aim.PAGES)
        return Needs(links=_EVERYTHING.links, rules=paging)
    if "notifications" in fixtures:
        # Alertmanager is told of the alerts in Prometheus's place
        return Needs(links=frozenset({Link.TARGET, Link.RULES, Link.ROUTE}))
    if recorded := recorded_rules(item, contract):
        return Needs(links=frozenset({Link.TARGET, Link.RULES}), rules=frozenset(recorded))
    if needed(item):
        return Needs(links=frozenset({Link.TARGET, Link.RULES}), rules=None)
    if "given" in fixtures:
        return Needs(links=frozenset({Link.TARGET, Link.RULES}))
    return _EVERYTHING if "survey" in fixtures else Needs()
