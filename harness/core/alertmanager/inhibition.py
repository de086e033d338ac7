"""Inhibition: which alerts would mute others while they fire, by the rules that Alertmanager has loaded.

A rule mutes a target while a source fires whose labels named by `equal` have the same values, absent ones counting as
empty; two alerts that match both sides do not mute each other:
https://prometheus.io/docs/alerting/latest/configuration/#inhibit_rule

Whether a matcher matches is not decided here. `probe` makes a route of each side of each rule, and amtool says which of
them an alert takes: the matching is Alertmanager's own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.alertmanager.matching import Matching
from harness.core.errors import CouldNotTellError

Side = Literal["source", "target"]


class InhibitionError(CouldNotTellError):
    """The loaded configuration does not say who mutes whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InhibitRule:
    """One rule."""

    source: Matching
    target: Matching
    #: labels that source and target must agree on
    equal: tuple[str, ...]

    def __str__(self) -> str:
        """In a line."""
        return f"{self.source} mutes {self.target}{self._of_equal}"

    @property
    def same(self) -> str:
        """The one text of all ways to write the same rule."""
        return f"{self.source.same} mutes {self.target.same}{self._of_equal}"

    @property
    def _of_equal(self) -> str:
        return f" of equal {', '.join(self.equal)}" if self.equal else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SidedAlert:
    """An alert, with the rules it matches as a source and as a target, by their index."""

    labels: Mapping[str, str]
    sources: frozenset[int]
    targets: frozenset[int]

    @classmethod
    def of(cls, labels: Mapping[str, str], receivers: Iterable[str]) -> "SidedAlert":
        """From what amtool answered about the probe."""
        sides = [name.split("-") for name in receivers if "-" in name]
        return cls(
            labels=labels,
            sources=frozenset(int(index) for side, index in sides if side == "source"),
            targets=frozenset(int(index) for side, index in sides if side == "target"),
        )


class _Rule(BaseModel):
    model_config = ConfigDict(extra="ignore")

    source_match: dict[str, str] = Field(default_factory=dict)
    source_match_re: dict[str, str] = Field(default_factory=dict)
    source_matchers: tuple[str, ...] = ()
    target_match: dict[str, str] = Field(default_factory=dict)
    target_match_re: dict[str, str] = Field(default_factory=dict)
    target_matchers: tuple[str, ...] = ()
    equal: tuple[str, ...] = ()


class _Config(BaseModel):
    model_config = ConfigDict(extra="ignore")

    inhibit_rules: tuple[_Rule, ...] = ()


def inhibit_rules(config: str) -> tuple[InhibitRule, ...]:
    """The rules of a configuration, in its order.

    Args:
        config: Alertmanager's configuration as loaded, YAML text.

    Raises:
        InhibitionError: the text is no configuration.
    """
    try:
        found = _Config.model_validate(YAML(typ="safe", pure=True).load(config)).inhibit_rules
    except (YAMLError, ValidationError) as error:
        raise InhibitionError(
            "Alertmanager's inhibition rules cannot be read", why=str(error), fix="look at its status page"
        ) from error
    return tuple(
        InhibitRule(
            source=Matching(match=one.source_match, match_re=one.source_match_re, matchers=one.source_matchers),
            target=Matching(match=one.target_match, match_re=one.target_match_re, matchers=one.target_matchers),
            equal=one.equal,
        )
        for one in found
    )


def probe(rules: Sequence[InhibitRule]) -> str:
    """A configuration whose routes are the sides of the rules; `SidedAlert.of` reads what an alert takes of them."""
    sides: list[tuple[Side, int, Matching]] = [
        side
        for index, rule in enumerate(rules)
        for side in (("source", index, rule.source), ("target", index, rule.target))
    ]
    names = [f"{side}-{index}" for side, index, _ in sides]
    routes = [
        {
            "receiver": name,
            "continue": True,
            "match": dict(one.match),
            "match_re": dict(one.match_re),
            "matchers": list(one.matchers),
        }
        for name, (_, _, one) in zip(names, sides, strict=True)
    ]
    receivers = [{"name": name} for name in ("neither", *names)]
    return json.dumps({"route": {"receiver": "neither", "routes": routes}, "receivers": receivers})


def mutes(index: int, rule: InhibitRule, source: SidedAlert, target: SidedAlert) -> bool:
    """Whether one alert would mute another while it fires, by the rule of this index."""
    if index not in source.sources or index not in target.targets:
        return False
    if index in source.targets and index in target.sources:
        return False
    return all(source.labels.get(label, "") == target.labels.get(label, "") for label in rule.equal)
