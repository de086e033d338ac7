"""Kubernetes label selectors that can say why they do not match.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.operator.reading import Field, ShapeError, Yaml


class Operator(StrEnum):
    """The relations of `matchExpressions`."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One of `matchExpressions`."""

    key: str
    operator: Operator
    #: for IN and NOT_IN only
    values: tuple[str, ...] = ()

    def mismatch(self, labels: Mapping[str, str]) -> str | None:
        """Why labels do not match, in words, or None if they do."""
        found = labels.get(self.key)
        match self.operator:
            case Operator.IN:
                matches = found in self.values
            case Operator.NOT_IN:
                matches = found not in self.values
            case Operator.EXISTS:
                matches = found is not None
            case _:
                matches = found is None
        if matches:
            return None
        values = f" ({', '.join(self.values)})" if self.values else ""
        return f"label {self.key} {_seen(found)}, but {self.operator}{values} is asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSelector:
    """All of its parts must match; without parts it matches everything."""

    labels: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def read(cls, source: Field) -> "LabelSelector":
        """Reads `{matchLabels, matchExpressions}`.

        Raises:
            ShapeError: unknown keys or operators, values missing or too many.
        """
        source.only(("matchLabels", "matchExpressions"))
        return cls(
            labels=source.at("matchLabels").text_map(),
            requirements=tuple(_requirement(one) for one in source.at("matchExpressions").items()),
        )

    def mismatch(self, labels: Mapping[str, str]) -> str | None:
        """Why labels do not match (the first reason), or None if they do."""
        for key, value in self.labels.items():
            if key not in labels:
                return f"label {key}={value} missing"
            if labels[key] != value:
                return f"label {key} is {labels[key]!r}, but {value!r} is asked for"
        return next((reason for one in self.requirements if (reason := one.mismatch(labels))), None)

    def written(self) -> dict[str, Yaml]:
        """As an object has it; without parts it selects everything."""
        made: dict[str, Yaml] = {}
        if self.labels:
            made["matchLabels"] = dict(self.labels)
        if self.requirements:
            made["matchExpressions"] = [
                {"key": one.key, "operator": str(one.operator), **({"values": list(one.values)} if one.values else {})}
                for one in self.requirements
            ]
        return made

    def satisfying(self) -> dict[str, str]:
        """Labels that it takes, as far as labels can make it so."""
        labels = {one.key: one.values[0] for one in self.requirements if one.operator is Operator.IN}
        labels |= {one.key: "true" for one in self.requirements if one.operator is Operator.EXISTS}
        return {**labels, **self.labels}


def _requirement(source: Field) -> Requirement:
    source.only(("key", "operator", "values"))
    operator, values = source.at("operator"), source.at("values").texts()
    if not source.at("key").text():
        raise ShapeError(source.at("key").path, "is missing")
    if operator.text() not in tuple(Operator):
        raise ShapeError(operator.path, f"must be one of {', '.join(Operator)}, but is {operator.text()!r}")
    relation = Operator(operator.text())
    if bool(values) != (relation in (Operator.IN, Operator.NOT_IN)):
        raise ShapeError(source.at("values").path, f"must {'not ' if values else ''}be given with {relation}")
    return Requirement(key=source.at("key").text(), operator=relation, values=values)


def _seen(found: str | None) -> str:
    return "is missing" if found is None else f"is {found!r}"
