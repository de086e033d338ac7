"""The dashboard's ConfigMap is the one that the documented commands make."""

import json
from pathlib import Path

from harness.stacks.operated.dashboard_map import dashboard_map

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
