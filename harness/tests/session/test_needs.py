"""What a scenario hangs on follows from its markers and fixtures."""

from types import SimpleNamespace
from typing import Any

import pytest

from harness.core.judge.preflight import Link, Needs
from harness.core.scenario import Aim, ScenarioPlan
from harness.session.needs import needs_of
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes


def _item(*fixtures: str, **marks: str) -> Any:
    found = {name: SimpleNamespace(args=(word,)) for name, word in marks.items()}
    return SimpleNamespace(fixturenames=fixtures, get_closest_marker=found.get, nodeid="n")


@pytest.mark.parametrize(
    ("item", "plan", "links", "rules"),
    [
        pytest.param(_item("scenario"), fakes.plan(), set(Link), {PROMISE.name}, id="pages"),
        pytest.param(_item("scenario"), fakes.plan(aim=Aim.SILENT), set(Link), set(), id="silent"),
        pytest.param(
            _item("given", "notifications"),
            ScenarioPlan(),
            {Link.TARGET, Link.RULES, Link.ROUTE},
            set(),
            id="notifications",
        ),
        pytest.param(_item("given", records="max"), ScenarioPlan(), {Link.TARGET, Link.RULES}, set(), id="recorded"),
        pytest.param(_item("given", needs="Grafana"), ScenarioPlan(), {Link.TARGET, Link.RULES}, None, id="dashboard"),
        pytest.param(_item("given", "survey"), ScenarioPlan(), {Link.TARGET, Link.RULES}, set(), id="metrics"),
        pytest.param(_item("survey"), ScenarioPlan(), set(Link), None, id="objects"),
        pytest.param(_item("scenario"), ScenarioPlan(), set(), set(), id="plain"),
    ],
)
def test_needs_follow_from_what_a_scenario_is(
    item: Any, plan: ScenarioPlan, links: set[Link], rules: set[str] | None
) -> None:
    """A missing rule keeps what makes it page, and no silence of the others."""
    wanted = Needs(links=frozenset(links), rules=None if rules is None else frozenset(rules))
    assert needs_of(item, plan, fakes.contract()) == wanted
