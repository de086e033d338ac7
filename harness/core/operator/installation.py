"""How monitoring gets onto a cluster, and what that changes."""

from enum import StrEnum

from harness.core.operator.reading import Field

_LIMITS = "container_spec"


class Installation(StrEnum):
    """The two ways: `--monitoring`."""

    #: kube-prometheus-stack, as its values say
    CHART = "chart"
    #: the Prometheus Operator with objects of our own, by the same values but for one thing: there is no
    #: kube-state-metrics, so that a container's limits have to come from cAdvisor
    OPERATOR = "operator"


def keeping_limits(relabelings: Field) -> Field:
    """The chart's metric relabelings of cAdvisor's job, without the one that drops `container_spec_*`."""
    kept = [rule.yaml() for rule in relabelings.items() if not _drops_limits(rule)]
    return Field(relabelings.path, kept)


def _drops_limits(rule: Field) -> bool:
    return (
        rule.at("action").text() == "drop"
        and rule.at("sourceLabels").texts() == ("__name__",)
        and rule.at("regex").text().startswith(_LIMITS)
    )
