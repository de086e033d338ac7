"""The dashboard's ConfigMap is the one that the documented commands make."""

import json
from pathlib import Path

import pytest

from harness.core.operator.reading import Field
from harness.stacks.cluster.dashboard_map import dashboard_map
from harness.tests.stacks.cluster.installed import subject_values

_DASHBOARD = Path(__file__).parents[4] / "monitoring" / "grafana-dashboard.json"


def test_the_map_is_as_documented() -> None:
    """Name, namespace, key and label; the file's content untouched."""
    text = _DASHBOARD.read_text(encoding="utf-8")
    assert dashboard_map(text, subject="kubemirror", namespace="monitoring") == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "kubemirror-dashboard",
            "namespace": "monitoring",
            "labels": {"grafana_dashboard": "1"},
        },
        "data": {"dashboard.json": text},
    }


def test_the_subjects_dashboard_fits_into_a_map() -> None:
    """An object of the API has at most 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/)."""
    made = dashboard_map(_DASHBOARD.read_text(encoding="utf-8"), subject="kubemirror", namespace="monitoring")
    assert len(json.dumps(made)) < 1 << 20


@pytest.mark.parametrize(
    ("sidecar", "label"),
    [
        ({"label": "shown"}, {"shown": "1"}),
        ({"label": "shown", "labelValue": "yes"}, {"shown": "yes"}),
        ({"labelValue": 2}, {"grafana_dashboard": "2"}),
        ({"labelValue": ""}, {"grafana_dashboard": "1"}),
    ],
)
def test_the_label_is_the_one_that_the_values_have_the_sidecar_look_for(
    sidecar: dict[str, object], label: dict[str, str]
) -> None:
    """An empty value stands for any."""
    values = {"grafana": {"sidecar": {"dashboards": sidecar}}}
    made = dashboard_map("{}", subject="s", namespace="n", values=values)
    assert Field("", made).at("metadata", "labels").text_map() == label


def test_the_default_subjects_values_have_it_look_for_the_documented_label() -> None:
    """What a user types."""
    made = dashboard_map("{}", subject="s", namespace="n", values=subject_values())
    assert Field("", made).at("metadata", "labels").text_map() == {"grafana_dashboard": "1"}
