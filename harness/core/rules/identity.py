"""Which rule a promise means, and which series and notifications are that rule's: identity is group and position.

Several rules may share an alert's name, each with a severity and a `for` of its own (burn rates do). Prometheus tells
them apart by where they stand, and what they write only by their labels:

- A rule's labels, those of its group among them, are set on every alert it makes, over the labels of the series:
  https://github.com/prometheus/prometheus/blob/v3.13.5/rules/alerting.go (`Eval`), rules/manager.go (`LoadGroups`).
  So a label set that contradicts them is not that rule's. Where the labels of two rules fit, the rule that says more
  about the label set is its own.
- Two rules with the same labels write one `ALERTS` series, and Alertmanager takes them for one alert. In groups of
  their own they are evaluated at instants of their own, so their samples can still be told apart; in one group nobody
  can, and a promise about either is refused.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from harness.core.contract.model import AlertPromise
from harness.core.errors import MisuseError
from harness.core.label_text import braces, pairs
from harness.core.rules.model import AlertingRule, RuleGroup

#: what a template in a label's value holds
_TEMPLATE = "{{"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleIdentity:
    """One alerting rule among all there are."""

    alert: str
    #: name of its group
    group: str
    #: counted from 1, among all rules of its group
    position: int
    #: in effect, those of its group among them; templates as they were written
    labels: Mapping[str, str] = field(default_factory=dict)
    #: where the group is from; groups of two files may have one name
    file: str = ""
    #: where it stands in that file, counted from 1; None if that is not known
    line: int | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """File, group and position: what makes it this rule and no other."""
        return self.file, self.group, self.position

    @property
    def fixed(self) -> Mapping[str, str]:
        """The labels that every alert of it carries with these very values; an empty value removes a label."""
        return {name: value for name, value in self.labels.items() if value and _TEMPLATE not in value}

    @property
    def templated(self) -> frozenset[str]:
        """The labels whose value differs from alert to alert."""
        return frozenset(name for name, value in self.labels.items() if _TEMPLATE in value)

    def __str__(self) -> str:
        line = "" if self.line is None else f", line {self.line}"
        return f"group {self.group}, rule {self.position}{line}: {braces(self.labels)}"


class AmbiguousRuleError(MisuseError):
    """Nobody can say which of several rules a promise means."""


class Owner(Enum):
    """Whose a label set of an alert is."""

    MINE = "mine"
    OTHER = "other"
    #: two rules with the same labels make it
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Tells the label sets of one rule from those of the rules that share its alert's name."""

    alert: str
    #: the rule; None where none is loaded for the promise
    rule: RuleIdentity | None = None
    #: every other rule of that alert, whoever's
    others: tuple[RuleIdentity, ...] = ()

    def of(self, labels: Mapping[str, str]) -> Owner:
        """Whose a label set is; `alertname` among its labels.

        One that fits no rule at all (the rules were changed meanwhile, or labels were rewritten on the way to
        Alertmanager) is taken for everybody's: what it did is rather told too often than not at all.
        """
        if labels.get("alertname") != self.alert:
            return Owner.OTHER
        if not self.others:
            return Owner.MINE
        if self.rule is None:
            return Owner.OTHER if _owners(labels, self.others) else Owner.MINE
        owners = _owners(labels, (self.rule, *self.others))
        if not owners or owners == (self.rule,):
            return Owner.MINE
        return Owner.EITHER if self.rule in owners else Owner.OTHER


def written_rules(groups: Iterable[RuleGroup], file: str = "") -> tuple[RuleIdentity, ...]:
    """Every alerting rule of a text, in its order."""
    return tuple(
        RuleIdentity(
            alert=rule.alert,
            group=group.name,
            position=position,
            labels={**group.labels, **rule.labels},
            file=file,
            line=rule.line,
        )
        for group in groups
        for position, rule in enumerate(group.rules, start=1)
        if isinstance(rule, AlertingRule)
    )


def rules_of(promises: Sequence[AlertPromise], rules: Sequence[RuleIdentity]) -> Mapping[str, RuleIdentity | None]:
    """The rule that each promise means, by the promise's name; None where there is no such rule.

    The only rule of a name is the only promise's about it, whatever its labels: a wrong severity is a broken promise,
    not a missing rule. Among several it is the one whose labels fit the promise best, in the group that it names. What
    is left of both, one promise and one rule, belongs together.

    Raises:
        AmbiguousRuleError: several rules fit a promise equally well.
    """
    found: dict[str, RuleIdentity | None] = {}
    for alert in dict.fromkeys(promise.alert for promise in promises):
        mine = [promise for promise in promises if promise.alert == alert]
        found |= _matched(mine, [rule for rule in rules if rule.alert == alert])
    return {promise.name: found[promise.name] for promise in promises}


def ownership(promise: AlertPromise, rule: RuleIdentity | None, rules: Iterable[RuleIdentity]) -> Ownership:
    """What tells the label sets of a promise's rule from those of others.

    Args:
        promise: whose.
        rule: of `rules_of`.
        rules: all there are; the rule itself may be among them.
    """
    others = tuple(one for one in rules if one.alert == promise.alert and (rule is None or one.key != rule.key))
    return Ownership(alert=promise.alert, rule=rule, others=others)


def unpromised(promises: Sequence[AlertPromise], rules: Sequence[RuleIdentity]) -> tuple[RuleIdentity, ...]:
    """The alerting rules that no promise speaks of.

    Raises:
        AmbiguousRuleError: as `rules_of`.
    """
    meant = {rule.key for rule in rules_of(promises, rules).values() if rule is not None}
    return tuple(rule for rule in rules if rule.key not in meant)


def no_such_rule(promise: AlertPromise, rules: Iterable[RuleIdentity]) -> str:
    """What there is instead of the rule that a promise means, in words."""
    named = [rule for rule in rules if rule.alert == promise.alert]
    if not named:
        return f"no rule of alert {promise.alert} is loaded"
    with_labels = f"of alert {promise.alert} with {pairs(promise.labels)}"
    return f"no rule {with_labels} is loaded; there is {'; '.join(map(str, named))}"


def _matched(promises: Sequence[AlertPromise], rules: Sequence[RuleIdentity]) -> Mapping[str, RuleIdentity | None]:
    """Of one alert."""
    if len(promises) == 1 and len(rules) == 1:
        return {promises[0].name: rules[0]}
    best = {promise.name: _best(promise, rules) for promise in promises}
    found: dict[str, RuleIdentity | None] = dict.fromkeys(best)
    taken = _clearly(promises, best)
    found |= taken
    for promise in promises:
        if promise.name in taken:
            continue
        claimed = {rule.key for rule in found.values() if rule is not None}
        left = [rule for rule in best[promise.name] if rule.key not in claimed]
        if len(left) > 1:
            raise _ambiguous(promise, left)
        found[promise.name] = left[0] if left else None
    _pair_in_groups(promises, found, rules)
    _pair_the_last(found, rules)
    return found


def _clearly(
    promises: Sequence[AlertPromise], best: Mapping[str, Sequence[RuleIdentity]]
) -> Mapping[str, RuleIdentity]:
    """The promises that one rule alone fits; of two that claim one rule, that which fits it better."""
    found: dict[str, RuleIdentity] = {}
    claims = [(promise, best[promise.name][0]) for promise in promises if len(best[promise.name]) == 1]
    for promise, rule in claims:
        rivals = [one for one, its in claims if its.key == rule.key]
        rank = _rank(promise, rule)
        if all(rank < _rank(one, rule) for one in rivals if one.name != promise.name):
            found[promise.name] = rule
    return found


def _best(promise: AlertPromise, rules: Sequence[RuleIdentity]) -> Sequence[RuleIdentity]:
    """The rules that fit a promise equally well and better than any other; none if each contradicts it."""
    fitting = [
        rule for rule in rules if promise.group in ("", rule.group) and not _contradicts(rule.fixed, promise.labels)
    ]
    ranks = [_rank(promise, rule) for rule in fitting]
    return [rule for rule, rank in zip(fitting, ranks, strict=True) if rank == min(ranks)]


def _rank(promise: AlertPromise, rule: RuleIdentity) -> tuple[int, int]:
    """How badly a rule fits: documented labels that it does not set, then labels that are not documented."""
    unset = sum(name not in rule.fixed for name in promise.labels)
    known = {*promise.labels, *promise.instance_labels}
    return unset, sum(name not in known for name in rule.labels)


def _contradicts(fixed: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return any(labels.get(name, value) != value for name, value in fixed.items())


def _pair_in_groups(
    promises: Sequence[AlertPromise], found: dict[str, RuleIdentity | None], rules: Sequence[RuleIdentity]
) -> None:
    """The same in the group that a promise names: what stands there is its rule, whatever its labels."""
    claimed = {rule.key for rule in found.values() if rule is not None}
    for group in {promise.group for promise in promises if promise.group}:
        alone = [promise.name for promise in promises if promise.group == group and found[promise.name] is None]
        free = [rule for rule in rules if rule.group == group and rule.key not in claimed]
        if len(alone) == 1 and len(free) == 1:
            found[alone[0]] = free[0]


def _pair_the_last(found: dict[str, RuleIdentity | None], rules: Sequence[RuleIdentity]) -> None:
    """One promise without a rule and one rule without a promise: its labels are wrong, and that is what is judged."""
    claimed = {rule.key for rule in found.values() if rule is not None}
    alone = [name for name, rule in found.items() if rule is None]
    free = [rule for rule in rules if rule.key not in claimed]
    if len(alone) == 1 and len(free) == 1:
        found[alone[0]] = free[0]


def _ambiguous(promise: AlertPromise, rules: Sequence[RuleIdentity]) -> AmbiguousRuleError:
    twins = Counter((rule.file, rule.group, *map(str, sorted(rule.labels.items()))) for rule in rules)
    fix = f"make a promise for each, with `alert: {promise.alert}` and the severity and labels of its rule"
    if max(twins.values()) > 1:
        fix = (
            "give each rule a label of its own and say it in the contract: as they are, Prometheus writes one ALERTS "
            "series for both, and Alertmanager takes them for one alert"
        )
    elif len({rule.group for rule in rules}) == len(rules):
        fix += f", or with its group: `group: {rules[0].group}`"
    return AmbiguousRuleError(
        f"promise {promise.name!r} may mean any of {len(rules)} rules of alert {promise.alert}",
        why=f"its labels fit them equally well:\n       {_listed(rules)}",
        fix=fix,
    )


def _listed(rules: Iterable[RuleIdentity]) -> str:
    return "\n       ".join(map(str, rules))


def _owners(labels: Mapping[str, str], rules: Sequence[RuleIdentity]) -> tuple[RuleIdentity, ...]:
    """The rules that may have made a label set and say most about it."""
    fitting = [rule for rule in rules if all(labels.get(name) == value for name, value in rule.fixed.items())]
    # rewritten on the way: what is missing contradicts nobody
    fitting = fitting or [rule for rule in rules if not _contradicts(rule.fixed, labels)]
    said = [(len(rule.fixed), sum(name in labels for name in rule.templated)) for rule in fitting]
    return tuple(rule for rule, words in zip(fitting, said, strict=True) if words == max(said))
