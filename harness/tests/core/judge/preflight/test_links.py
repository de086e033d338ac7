"""Each link is judged by itself, in the order of causes; what is not known is no pass."""

from dataclasses import replace

from harness.core.judge.preflight import (
    Installed,
    Link,
    Refused,
    judge_route,
    judge_rules,
    passed_over,
)
from harness.core.operator.selector import LabelSelector
from harness.core.operator.translation import RULE
from harness.tests.core.judge.preflight.world import (
    EVERY,
    INSTALLED,
    LABELS,
    MONITORED,
    NAMESPACE,
    ROUTE,
    RULES,
    SERVICE,
    U,
    V,
    of_objects,
    scraping,
    with_container,
)


def test_what_is_as_it_should_be_is_verified_link_by_link() -> None:
    """And needs no cause."""
    states = (*scraping(INSTALLED), judge_rules(RULES, INSTALLED), judge_route(ROUTE, LABELS, INSTALLED))
    assert [(state.link, state.judgement.verdict, state.judgement.cause) for state in states] == [
        (link, V, "") for link in (Link.CONTROLLER, Link.TARGET, Link.RULES, Link.ROUTE)
    ]
    assert all(state.holds and not state.broken and not state.lasting for state in states)


def test_a_monitor_that_fits_nothing_is_a_finding_of_its_own_beside_a_crash() -> None:
    """Neither explains the other, and whoever mends one would meet the other next."""
    installed = replace(
        with_container(exits=2, exit_code=1, running_s=None),
        monitor=replace(MONITORED, selector=LabelSelector(labels={"app": "x"})),
    )
    assert [state.broken for state in scraping(installed)] == [True, True]


def test_a_subject_of_which_nothing_is_known_holds_nothing() -> None:
    """Absent is never a pass."""
    nothing = Installed(service=SERVICE, metrics_port=8080, metrics_path="/metrics")
    states = (*scraping(nothing), judge_rules(RULES, nothing), judge_route(ROUTE, LABELS, nothing))
    assert [state.judgement.verdict for state in states] == [U, U, U, U]


def test_what_will_never_be_in_force_is_not_worth_a_wait() -> None:
    """By its labels, or because somebody refuses it."""
    refused = Refused(kind=RULE, namespace=NAMESPACE, name="subject", why="no")
    assert not passed_over(INSTALLED, RULE)
    assert passed_over(of_objects(RULE, {}), RULE)
    assert passed_over(replace(INSTALLED, refused=(refused,)), RULE)
    assert str(refused) == "PrometheusRule subject-system/subject: no"
    assert EVERY.mismatch({}) is None
