"""The plain installation: what is applied to a cluster without Helm so that it monitors as the chart's values say.

It stands for the chart where the chart cannot be had or is too much: the same names, selectors, labels and routing, at
a speed, and nothing else. The operator's custom resource definitions come first, all of them: it watches PodMonitors
and Probes whether or not anybody has any.
"""

from harness.core.operator.manifest import Manifest
from harness.stacks.cluster.alertmanager_objects import alertmanager_objects
from harness.stacks.cluster.kubelet_monitor import kubelet_monitor
from harness.stacks.cluster.monitoring_plan import MonitoringImages, MonitoringPlan
from harness.stacks.cluster.operator_objects import operator_objects
from harness.stacks.cluster.prometheus_objects import prometheus_objects

__all__ = ["MonitoringImages", "MonitoringPlan", "monitoring_objects"]


def monitoring_objects(plan: MonitoringPlan) -> tuple[Manifest, ...]:
    """All objects, in the order in which they are to be applied.

    What the operator makes of them carries the plan's labels too. It goes with Prometheus and Alertmanager, except for
    the kubelet's Service (`chart.cadvisor` names it), which stays until somebody removes it.

    Raises:
        MisuseError: values or images that cannot work.
    """
    cadvisor = plan.chart.cadvisor
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": plan.namespace, "labels": dict(plan.labels)}},
        *operator_objects(plan),
        *(alertmanager_objects(plan) if plan.chart.alertmanager.enabled else ()),
        *prometheus_objects(plan),
        *((kubelet_monitor(plan, cadvisor),) if cadvisor is not None else ()),
    )
