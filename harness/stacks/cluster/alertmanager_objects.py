"""Alertmanager as the operator is asked for it: the object, the Secret with its base configuration, its Service.

The base is the chart's own. The operator works the selected
AlertmanagerConfigs into it, as `core.operator.alertmanager_config` does for the embedded stack.
"""

import json

from harness.core.operator.alertmanager_config import alertmanager_config
from harness.core.operator.manifest import Manifest
from harness.stacks.cluster.monitoring_plan import MonitoringPlan
from harness.stacks.cluster.operator_objects import account
from harness.stacks.cluster.prometheus_objects import pod_fields, service
from harness.stacks.cluster.timing import alertmanager_arguments

PORT = 9093


def alertmanager_objects(plan: MonitoringPlan) -> list[Manifest]:
    """All of Alertmanager's objects, in the order in which they are to be applied.

    Raises:
        ShapeError: the chart's own configuration is one that Alertmanager would refuse.
    """
    name = plan.alertmanager_name
    selector: Manifest = {"app.kubernetes.io/name": "alertmanager", "alertmanager": name}
    return [
        account(plan, name, mounts_token=False),
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": plan.metadata(_secret(plan)),
            "stringData": {"alertmanager.yaml": _base(plan)},
        },
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "Alertmanager",
            "metadata": plan.metadata(name),
            "spec": _spec(plan),
        },
        service(plan, name, selector, PORT),
    ]


def _secret(plan: MonitoringPlan) -> str:
    return f"alertmanager-{plan.alertmanager_name}"


def _base(plan: MonitoringPlan) -> str:
    """JSON, which is YAML too."""
    return json.dumps(alertmanager_config(plan.chart, ()), indent=2)


def _spec(plan: MonitoringPlan) -> Manifest:
    settings = plan.chart.alertmanager
    spec: Manifest = {
        **pod_fields(plan),
        "image": plan.images.alertmanager,
        "version": plan.images.alertmanager_version,
        "serviceAccountName": plan.alertmanager_name,
        "automountServiceAccountToken": False,
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
        "configSecret": _secret(plan),
        "additionalArgs": alertmanager_arguments(plan.flags),
        "alertmanagerConfigSelector": settings.config_selector.written(),
        "alertmanagerConfigMatcherStrategy": {"type": str(settings.strategy)},
    }
    # absent, it means Alertmanager's own namespace only; empty, every namespace
    if settings.config_namespaces is not None:
        spec["alertmanagerConfigNamespaceSelector"] = settings.config_namespaces.written()
    return spec
