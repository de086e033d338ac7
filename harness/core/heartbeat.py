"""The heartbeat: a rule at the end of each group that records at every evaluation, whatever the other rules see.

An inactive alert writes nothing, and neither does a group that was not evaluated. The heartbeat tells the two apart. It
is added to what is applied, never to what is under test: the rules before it do not change.
"""

import json
from collections.abc import Mapping

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.errors import MisuseError
from harness.core.promql import equal_to

#: the recorded series; its label `rule_group` names the group, `rule_object` the object that the group is from
HEARTBEAT = "harness:evaluated"


def heartbeat_of(labels: Mapping[str, str]) -> str:
    """The selector of the heartbeat with these labels."""
    return f"{HEARTBEAT}{{{', '.join(equal_to(name, value) for name, value in sorted(labels.items()))}}}"


def with_heartbeats(prometheus_rule: str) -> str:
    """A PrometheusRule (YAML text) with a heartbeat in each group, as JSON text, which is YAML too.

    Raises:
        MisuseError: the text has no groups to add it to; `harness.core.rules` says more about what is wrong.
    """
    try:
        document = YAML(typ="safe", pure=True).load(prometheus_rule)
        metadata = document.get("metadata") or {}
        # groups of two objects may have one name
        named = "/".join(str(metadata[key]) for key in ("namespace", "name") if metadata.get(key))
        origin = {"rule_object": named} if named else {}
        for group in document["spec"]["groups"]:
            beat = {"record": HEARTBEAT, "expr": "vector(1)", "labels": {"rule_group": group["name"], **origin}}
            group["rules"] = [*group["rules"], beat]
    except (YAMLError, KeyError, TypeError, AttributeError) as error:
        raise MisuseError(
            "the rules are no PrometheusRule with groups",
            why=f"{type(error).__name__}: {error}",
            fix="give a PrometheusRule with spec.groups, each with a name and rules",
        ) from error
    return json.dumps(document)
