"""Preflight: whether a subject on a stack that is up can be tested, and if not, the first thing that is wrong."""

from collections.abc import Iterable, Mapping

from harness.core.contract.model import Contract
from harness.core.judge.preflight.controller import judge_controller
from harness.core.judge.preflight.facts import (
    ContainerFact,
    EndpointFact,
    Installed,
    MonitorFact,
    ObjectFact,
    PodFact,
    PortFact,
    Refused,
    RouteFact,
    RuleHealth,
    Selection,
    ServiceFact,
    TargetFact,
    WorkloadFact,
)
from harness.core.judge.preflight.link import OVER_S, Link, LinkState, Needs, because_of, in_the_way, not_up, noted
from harness.core.judge.preflight.route import judge_route
from harness.core.judge.preflight.rules import judge_rules
from harness.core.judge.preflight.taken_up import passed_over
from harness.core.judge.preflight.target import judge_target

__all__ = [
    "OVER_S",
    "ContainerFact",
    "EndpointFact",
    "Installed",
    "Link",
    "LinkState",
    "MonitorFact",
    "Needs",
    "ObjectFact",
    "PodFact",
    "PortFact",
    "Refused",
    "RouteFact",
    "RuleHealth",
    "Selection",
    "ServiceFact",
    "TargetFact",
    "WorkloadFact",
    "because_of",
    "in_the_way",
    "judge_controller",
    "judge_preflight",
    "judge_route",
    "judge_rules",
    "judge_scraping",
    "judge_target",
    "not_up",
    "noted",
    "passed_over",
]


def judge_scraping(installed: Installed, *, waited_s: float) -> tuple[LinkState, LinkState]:
    """The first two links, which a stack waits for before it loads any rule.

    Args:
        installed: the facts.
        waited_s: how long ago the subject's objects were applied; infinite for whoever waits no longer.
    """
    controller = judge_controller(installed, waited_s=waited_s)
    return controller, judge_target(installed, controller, waited_s=waited_s)


def judge_preflight(
    contract: Contract, labels: Mapping[str, str], installed: Installed, *, waited_s: float
) -> tuple[LinkState, ...]:
    """All links, in the order of causes.

    Args:
        contract: what is documented.
        labels: of an alert as documented.
        installed: the facts.
        waited_s: as `judge_scraping`.
    """
    return (
        *judge_scraping(installed, waited_s=waited_s),
        judge_rules(_documented(contract), installed),
        judge_route(contract.route, labels, installed),
    )


def _documented(contract: Contract) -> Iterable[str]:
    yield from (alert.name for alert in contract.alerts)
    yield from (rule.name for rule in contract.recording_rules)
