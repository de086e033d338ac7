"""What a scaled run cannot prove about a rule: thresholds whose meaning depends on how long a second is.

A ratio of rates, a quantile or a gauge is the same at any speed. A number of events is not: windows shrink with the
speed while the controller's clock, and so its events, stay real. Nothing is changed about such a rule; it is reported,
with the recording rules that it is computed from. Of what a value depends is `harness.core.rules.dimension`'s.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise
from harness.core.duration import PromDuration
from harness.core.promql.tree import BinaryExpr, Call, Expr, MatrixSelector, SubqueryExpr, walk
from harness.core.promql.types import COMPARISONS
from harness.core.rules.dimension import Ago, Recorded, measure, recorded_measures
from harness.core.rules.identity import unpromised, written_rules
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup
from harness.core.rules.sources import Refresh, alert_sources, rules_behind, slowest
from harness.core.rules.speed import ScrapeProfile, Speed

#: functions that need two values; with one, `changes` and `resets` are 0 whatever happens
_OF_TWO = ("rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear", "changes", "resets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproved:
    """One part of a rule that a run at this speed says nothing about."""

    rule: str
    #: the part of the expression
    part: str
    why: str


def undocumented(promises: Sequence[AlertPromise], groups: Iterable[RuleGroup]) -> tuple[Unproved, ...]:
    """Every rule of a promised alert that no promise names: nothing is said about it, whatever it does.

    Raises:
        AmbiguousRuleError: several rules fit a promise equally well.
    """
    named = {promise.alert for promise in promises}
    return tuple(
        Unproved(
            rule=rule.alert, part=f"another rule of this alert ({rule})", why="no promise of the contract names it"
        )
        for rule in unpromised(promises, written_rules(groups))
        if rule.alert in named
    )


def too_fast(
    groups: Iterable[RuleGroup], speed: Speed, limits: Mapping[str, Speed], refresh: Refresh
) -> tuple[Unproved, ...]:
    """Every alert that this speed is too high for, because of what it reads: it runs slower, and no faster is proved.

    Args:
        groups: all rules.
        speed: the one asked for.
        limits: the honest speed of each alert that has one.
        refresh: of the stack.
    """
    return tuple(
        Unproved(rule=alert, part=f"speeds above {limits[alert]}", why=slow[0].renews(slow[1].seconds))
        for alert, sources in alert_sources(groups).items()
        if limits.get(alert, speed) < speed and (slow := slowest(sources, refresh))
    )


def unproved(
    groups: Iterable[RuleGroup],
    speed: Speed,
    limits: Mapping[str, Speed] | None = None,
    profile: ScrapeProfile | None = None,
) -> tuple[Unproved, ...]:
    """Every threshold of an alert that means something else at this speed; none at speed 1.

    Args:
        groups: all rules.
        speed: the one asked for.
        limits: the honest speed of each alert that has one, and runs no faster.
        profile: of the stack; without it, scrapes are taken to come as much closer as windows get shorter.
    """
    limits, groups = limits or {}, tuple(groups)
    recorded = {fewer: recorded_measures(groups, fewer_scrapes=fewer) for fewer in (False, True)}
    found = list[Unproved]()
    for alert in dict.fromkeys(rule.alert for rule in _rules(groups) if isinstance(rule, AlertingRule)):
        own = min(speed, limits.get(alert, speed))
        if own.factor == 1:
            continue
        fewer = profile is not None and profile.interval(profile.scrape_interval, own) > own.scale(
            profile.scrape_interval
        )
        for rule in _behind(alert, groups):
            found += _notes(alert, rule, recorded[fewer], fewer_scrapes=fewer)
    return tuple(dict.fromkeys(found))


def too_short(groups: Iterable[RuleGroup], profile: ScrapeProfile) -> tuple[Unproved, ...]:
    """Every window that never holds the two values that its function needs, at no speed and not in real time.

    A window is open on its left since Prometheus 3: one as long as the scrape interval holds one scrape.
    https://prometheus.io/docs/prometheus/latest/migration/#range-selectors-and-lookback-exclude-samples-coinciding-with-the-left-boundary
    """
    groups = tuple(groups)
    apart = {
        rule.record: group.interval or profile.evaluation_interval
        for group in groups
        for rule in group.rules
        if isinstance(rule, RecordingRule)
    }
    found = (
        Unproved(rule=alert, part=f"{call.name} over [{window}]{_inside(alert, rule)}", why=why)
        for alert in dict.fromkeys(rule.alert for rule in _rules(groups) if isinstance(rule, AlertingRule))
        for rule in _behind(alert, groups)
        for call in rule.expression.nodes()
        if isinstance(call, Call) and call.name in _OF_TWO
        for window, why in _empty(call.args[0], apart, profile)
    )
    return tuple(dict.fromkeys(found))


def _empty(node: Expr, apart: Mapping[str, PromDuration], profile: ScrapeProfile) -> Iterator[tuple[PromDuration, str]]:
    range_ = next(one for one in walk(node) if isinstance(one, MatrixSelector | SubqueryExpr))  # behind parentheses
    if isinstance(range_, MatrixSelector):
        every = apart.get(range_.selector.name, profile.scrape_interval)
        says = "it is recorded" if range_.selector.name in apart else "the chart has Prometheus scrape"
    else:
        every = PromDuration(range_.step_ms) if range_.step_ms else profile.evaluation_interval
        says = "its steps are"
    window = PromDuration(range_.range_ms)
    if window <= every:
        yield window, f"it needs two values and finds one at most, at any speed: {says} every {every}"


def _rules(groups: Iterable[RuleGroup]) -> Iterator[Rule]:
    return (rule for group in groups for rule in group.rules)


def _behind(alert: str, groups: tuple[RuleGroup, ...]) -> Iterator[Rule]:
    """The rules that decide about an alert: its own, and those that record what it reads; no other alert's."""
    names = rules_behind(alert, groups)
    for rule in _rules(groups):
        if rule.name in names and (isinstance(rule, RecordingRule) or rule.alert == alert):
            yield rule


def _inside(alert: str, rule: Rule) -> str:
    return "" if rule.name == alert else f" in {rule.name}"


def _notes(alert: str, rule: Rule, recorded: Recorded, *, fewer_scrapes: bool) -> Iterator[Unproved]:
    inside = _inside(alert, rule)
    for node in rule.expression.nodes():
        if isinstance(node, Call) and node.name == "predict_linear":
            yield Unproved(
                rule=alert,
                part=f"predict_linear{inside}",
                why="the time it looks ahead is a number of real seconds, which is not divided by the speed",
            )
        if not isinstance(node, BinaryExpr) or node.op not in COMPARISONS:
            continue
        sides = [measure(side, recorded, fewer_scrapes=fewer_scrapes) for side in (node.lhs, node.rhs)]
        both = sides[0] | sides[1]
        part = f"the threshold of `{node.op}`{inside}"
        if len(both.terms) > 1:  # one of them is of some dimension
            yield Unproved(rule=alert, part=part, why=f"what it compares {both.dimensions[0]}")
        elif len(both.looks) > 1:
            yield Unproved(rule=alert, part=part, why=_apart(both.looks))


def _apart(looks: Iterable[Ago]) -> str:
    known = [one for one in looks if one is not None]
    if len(known) < len([*looks]):
        return "it compares the present with a fixed instant, and the clock runs at real time"
    lie = PromDuration(max(known) - min(known))
    return f"it compares values that lie {lie} apart, which a run divides while the controller changes at its own pace"
