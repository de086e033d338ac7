"""Label selectors as they stand in an object: the way back from `core.operator.selector`."""

from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Yaml
from harness.core.operator.selector import LabelSelector, Operator


def written(selector: LabelSelector) -> Manifest:
    """The selector as an object has it; without parts it selects everything."""
    made: Manifest = {}
    if selector.labels:
        made["matchLabels"] = dict(selector.labels)
    if selector.requirements:
        expressions: list[Yaml] = []
        for one in selector.requirements:
            expression: Manifest = {"key": one.key, "operator": str(one.operator)}
            expressions.append({**expression, "values": list(one.values)} if one.values else expression)
        made["matchExpressions"] = expressions
    return made


def satisfying(selector: LabelSelector) -> dict[str, str]:
    """Labels that the selector takes, as far as labels can make it so."""
    labels = {one.key: one.values[0] for one in selector.requirements if one.operator is Operator.IN}
    labels |= {one.key: "true" for one in selector.requirements if one.operator is Operator.EXISTS}
    return {**labels, **selector.labels}
