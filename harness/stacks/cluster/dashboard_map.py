"""The dashboard as the documentation has a user bring it to Grafana: a ConfigMap that Grafana's sidecar picks up."""

from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field

#: name of the file that the sidecar makes of it
KEY = "dashboard.json"
#: what the sidecar looks for where the values say nothing
LABEL, VALUE = "grafana_dashboard", "1"


def dashboard_map(dashboard: str, *, subject: str, namespace: str, values: object = None) -> Manifest:
    """What `kubectl create configmap SUBJECT-dashboard --from-file=dashboard.json=FILE` and `kubectl label` make.

    Args:
        dashboard: the file's content, which comes there as it is.
        subject: name of the subject.
        namespace: where the monitoring is; it exists.
        values: the subject's own of the chart, as parsed: they may have the sidecar look for another label.

    Raises:
        ShapeError: the values are none of the chart's.
    """
    sidecar = Field("", values).at("grafana", "sidecar", "dashboards")
    # an empty value stands for any
    label, value = (
        str(sidecar.at(key).yaml() or default) for key, default in (("label", LABEL), ("labelValue", VALUE))
    )
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{subject}-dashboard", "namespace": namespace, "labels": {label: value}},
        "data": {KEY: dashboard},
    }
