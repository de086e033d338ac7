"""The dashboard as the documentation has a user bring it to Grafana: a ConfigMap that Grafana's sidecar picks up."""

from harness.core.operator.manifest import Manifest

#: name of the file that the sidecar makes of it
KEY = "dashboard.json"
#: what the sidecar looks for, in every namespace: the chart's `grafana.sidecar.dashboards.label` and `labelValue`
LABEL, VALUE = "grafana_dashboard", "1"


def dashboard_map(dashboard: str, *, subject: str, namespace: str) -> Manifest:
    """What `kubectl create configmap SUBJECT-dashboard --from-file=dashboard.json=FILE` and `kubectl label` make.

    Args:
        dashboard: the file's content, which comes there as it is.
        subject: name of the subject.
        namespace: where the monitoring is; it exists.
    """
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{subject}-dashboard", "namespace": namespace, "labels": {LABEL: VALUE}},
        "data": {KEY: dashboard},
    }
