"""Relabelings: from the operator's camelCase objects to Prometheus's own, with the operator's checks.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config
"""

import re

from harness.core.operator.reading import Field, ShapeError, Yaml

_KEYS = ("sourceLabels", "separator", "targetLabel", "regex", "modulus", "replacement", "action")
_ACTIONS = (
    *("replace", "keep", "drop", "hashmod", "labelmap", "labeldrop", "labelkeep"),
    *("lowercase", "uppercase", "keepequal", "dropequal"),
)
_MAY_BE_EMPTY = ("separator", "replacement")
_NEED_TARGET = ("replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal")
_TARGET = re.compile(r"(?:(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))+\w*)+")
#: syntax of Go's RE2 that Python reads otherwise or not at all: such an expression is left for Prometheus to judge
_RE2_ONLY = re.compile(r"\\[pPzQ]|\[\[:|\(\?")


def relabelings(source: Field) -> list[Yaml]:
    """Translates a list of relabelings.

    Raises:
        ShapeError: one that the operator would refuse.
    """
    return [_relabeling(one) for one in source.items()]


def sanitized(name: str) -> str:
    """A Kubernetes label's name as part of a Prometheus label's name."""
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)


def _relabeling(source: Field) -> Yaml:
    source.only(_KEYS)
    action, target = source.at("action").text("replace").lower(), source.at("targetLabel")
    _check_action(source, action, target)
    _check_regex(source.at("regex"))
    fields: dict[str, Yaml] = {
        "source_labels": list(source.at("sourceLabels").texts()),
        "separator": source.at("separator").text() if source.at("separator").present else None,
        "target_label": target.text(),
        "regex": source.at("regex").text(),
        "modulus": source.at("modulus").integer(),
        "replacement": source.at("replacement").text() if source.at("replacement").present else None,
        "action": action if source.at("action").text() else "",
    }
    # an empty separator or replacement means something, everything else that is empty means the default
    return {key: value for key, value in fields.items() if value or (key in _MAY_BE_EMPTY and value is not None)}


def _check_action(source: Field, action: str, target: Field) -> None:
    if action not in _ACTIONS:
        raise ShapeError(source.at("action").path, f"must be one of {', '.join(_ACTIONS)}, but is {action!r}")
    if action in _NEED_TARGET and not target.text():
        raise ShapeError(target.path, f"is missing, which the action {action} needs")
    if action in _NEED_TARGET and action != "hashmod" and not _TARGET.fullmatch(target.text()):
        raise ShapeError(target.path, f"is {target.text()!r}, which is no label name")
    if action == "hashmod" and not source.at("modulus").integer():
        raise ShapeError(source.at("modulus").path, "is missing, which the action hashmod needs")


def _check_regex(source: Field) -> None:
    text = source.text()
    if _RE2_ONLY.search(text):
        return
    try:
        re.compile(text)
    except re.error as error:
        raise ShapeError(source.path, f"is {text!r}, which is no regular expression: {error}") from error
