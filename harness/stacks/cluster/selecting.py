"""Which of the subject's objects the monitoring on a cluster takes up: as the operator's own objects say there.

An absent selector of objects selects nothing, an absent one of namespaces its own; an empty one selects everything:
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/Documentation/api-reference/api.md
"""

from typing import Final

from harness.clients.kubernetes import Json, KubeApi
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.judge.preflight import Selection
from harness.core.operator.reading import Field
from harness.core.operator.selector import LabelSelector
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.stacks.cluster.monitored import Monitored

_PATH: Final = "/apis/monitoring.coreos.com/v1/namespaces/{}/{}"
#: the selectors that the operator's objects have for each kind
_SELECTORS: Final = {
    ("Prometheus", "prometheuses"): {
        RULE: ("ruleSelector", "ruleNamespaceSelector"),
        MONITOR: ("serviceMonitorSelector", "serviceMonitorNamespaceSelector"),
    },
    ("Alertmanager", "alertmanagers"): {
        ALERTMANAGER_CONFIG: ("alertmanagerConfigSelector", "alertmanagerConfigNamespaceSelector")
    },
}


def monitoring_selections(api: KubeApi, monitored: Monitored) -> dict[str, Selection]:
    """Who takes up which kind of objects; nothing of those of which it cannot be told.

    That is so where several Prometheuses share a namespace, where one is known by its URL alone, and where the user may
    not read their objects.
    """
    found: dict[str, Selection] = {}
    for (kind_of, plural), kinds in _SELECTORS.items():
        namespace = monitored.routing_namespace if kind_of == "Alertmanager" else monitored.namespace
        try:
            (one,) = api.items(_PATH.format(namespace, plural))
            title = f"{kind_of} {namespace}/{one['metadata']['name']}"
            found |= {kind: _selection(one, title, namespace, *keys) for kind, keys in kinds.items()}
        except (CouldNotTellError, MisuseError, ValueError):
            continue
    return found


def _selection(one: Json, title: str, namespace: str, objects: str, namespaces: str) -> Selection:
    spec = Field("spec", one.get("spec"))
    own = LabelSelector(labels={"kubernetes.io/metadata.name": namespace})
    if not spec.at(objects).present:
        raise ValueError(objects)
    return Selection(
        by=title,
        selector=LabelSelector.read(spec.at(objects)),
        namespaces=LabelSelector.read(spec.at(namespaces)) if spec.at(namespaces).present else own,
    )
