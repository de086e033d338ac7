"""The heartbeat: a rule at the end of each group that records at every evaluation, whatever the other rules see.

An inactive alert writes nothing, and neither does a group that was not evaluated. The heartbeat tells the two apart. It
is added to what is applied, never to what is under test: the rules before it do not change.
"""

from collections.abc import Mapping

from harness.core.promql import equal_to

#: the recorded series; its label `rule_group` names the group, `rule_object` the object that the group is from
HEARTBEAT = "harness:evaluated"


def heartbeat_of(labels: Mapping[str, str]) -> str:
    """The selector of the heartbeat with these labels."""
    return f"{HEARTBEAT}{{{', '.join(equal_to(name, value) for name, value in sorted(labels.items()))}}}"
