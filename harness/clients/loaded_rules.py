"""The alerting rules as Prometheus has loaded them, and which of them each promise means."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from harness.clients.querier import LoadedGroup, LoadedRule, Querier
from harness.core.contract.model import AlertPromise, Contract
from harness.core.rules.heartbeat import HEARTBEAT, heartbeat_of
from harness.core.rules.identity import Ownership, RuleIdentity, no_such_rule, ownership, rules_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRule:
    """One alerting rule as loaded, with its group."""

    identity: RuleIdentity
    group: LoadedGroup
    rule: LoadedRule

    @property
    def beat(self) -> str:
        """The selector of its group's heartbeat."""
        return heartbeat_of(beat_labels(self.group))


class LoadedAlerts:
    """All alerting rules, by what they are promised to be.

    Groups with a heartbeat are the subject's. Where there are such, the rules of others (a cluster has its own) are not
    what the contract means, but what they write has to be told from what is.
    """

    def __init__(self, groups: Sequence[LoadedGroup], promises: Sequence[AlertPromise]) -> None:
        """Args: as loaded; of the contract.

        Raises:
            AmbiguousRuleError: several rules fit a promise equally well.
        """
        self.groups = tuple(groups)
        self._every = tuple(_found(self.groups))
        own = [one for one in self._every if any(rule.name == HEARTBEAT for rule in one.group.rules)] or self._every
        by_key = {one.identity.key: one for one in own}
        meant = rules_of(promises, [one.identity for one in own])
        self._meant: Mapping[str, FoundRule | None] = {
            name: None if identity is None else by_key[identity.key] for name, identity in meant.items()
        }

    @classmethod
    def read(cls, prometheus: Querier, contract: Contract) -> Self:
        """As they are now.

        Raises:
            CouldNotTellError: Prometheus does not answer.
            AmbiguousRuleError: several rules fit a promise equally well.
        """
        return cls(prometheus.rules().groups, contract.alerts)

    def found(self, promise: AlertPromise) -> FoundRule | None:
        """The rule that a promise means; None if it is not loaded."""
        return self._meant.get(promise.name)

    def ownership(self, promise: AlertPromise) -> Ownership:
        """What tells the label sets of that rule from those of others."""
        found = self.found(promise)
        return ownership(promise, None if found is None else found.identity, [one.identity for one in self._every])

    def absent(self, promise: AlertPromise) -> str:
        """What is loaded instead of the rule that a promise means, in words; empty where it is loaded."""
        return "" if self.found(promise) else no_such_rule(promise, [one.identity for one in self._every])


def beat_labels(group: LoadedGroup) -> Mapping[str, str]:
    """The labels of a group's heartbeat; of a group that has none, those that it would have at least."""
    beats = (rule.labels for rule in group.rules if rule.name == HEARTBEAT)
    return next(beats, None) or {"rule_group": group.name}


def slowest_interval_s(groups: Iterable[LoadedGroup], default_s: float) -> float:
    """The longest interval of the groups that beat, seconds of the clock; not below the one that is given."""
    beating = (group.interval for group in groups if any(rule.name == HEARTBEAT for rule in group.rules))
    return max([default_s, *beating])


def _found(groups: Iterable[LoadedGroup]) -> Iterable[FoundRule]:
    for group in groups:
        for position, rule in enumerate(group.rules, start=1):
            if rule.type == "alerting":
                identity = RuleIdentity(
                    alert=rule.name, group=group.name, position=position, labels=rule.labels, file=group.file
                )
                yield FoundRule(identity=identity, group=group, rule=rule)
