"""What the operator process is told: one JSON file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.core.operator.chart import Chart
from harness.core.operator.installation import Installation
from harness.core.operator.place import Place
from harness.core.operator.reading import Field, ShapeError

_PATHS = ("kubeconfig", "prometheus_config", "rules_dir", "alertmanager_config", "status_file")
_TEXTS = ("prometheus_address", "alertmanager_address", "node_name", "node_metrics_address")
_CHART = ("release", "namespace", "installation", "values")


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorConfig:
    """Everything the process needs. Directories of the files exist."""

    #: of an administrator; Prometheus discovers with it too
    kubeconfig: Path
    #: the installation whose Prometheus, Alertmanager and operator these are; its times are those of the clock
    chart: Chart
    #: the files that are written, by owner only, and replaced at once
    prometheus_config: Path
    rules_dir: Path
    alertmanager_config: Path
    status_file: Path
    #: host:port, where the two listen or will listen
    prometheus_address: str
    alertmanager_address: str
    node_name: str
    #: host:port of the node's metrics
    node_metrics_address: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what `json` wrote.

        Raises:
            ShapeError: a key is missing, unknown or of the wrong type; values that are malformed or not translated.
        """
        root = Field("config", json.loads(text))
        root.only((*_PATHS, *_TEXTS, *_CHART))
        return cls(
            **{key: Path(_required(root, key)) for key in ("kubeconfig", "rules_dir", "status_file")},
            **{key: Path(_required(root, key)) for key in ("prometheus_config", "alertmanager_config")},
            prometheus_address=_required(root, "prometheus_address"),
            alertmanager_address=_required(root, "alertmanager_address"),
            node_name=_required(root, "node_name"),
            node_metrics_address=_required(root, "node_metrics_address"),
            chart=Chart.read(
                root.at("values").content,
                release=_required(root, "release"),
                namespace=_required(root, "namespace"),
                installation=_installation(root.at("installation")),
            ),
        )

    @property
    def json(self) -> str:
        """The text that `parse` reads back as the same configuration."""
        chart = {
            "release": self.chart.release,
            "namespace": self.chart.namespace,
            "installation": self.chart.installation.value,
            "values": self.chart.values.yaml(),
        }
        return json.dumps({**chart, **{key: str(getattr(self, key)) for key in (*_PATHS, *_TEXTS)}}, indent=2)

    @property
    def place(self) -> Place:
        """Where the translated configuration runs."""
        return Place(
            kubeconfig_file=str(self.kubeconfig),
            rules_dir=str(self.rules_dir),
            alertmanager_address=self.alertmanager_address,
            node_name=self.node_name,
            node_metrics_address=self.node_metrics_address,
        )


def _installation(field: Field) -> Installation:
    if field.text() not in tuple(Installation):
        raise ShapeError(field.path, f"must be one of {', '.join(Installation)}, but is {field.text()!r}")
    return Installation(field.text())


def _required(root: Field, key: str) -> str:
    text = root.at(key).text()
    if not text:
        raise ShapeError(root.at(key).path, "is missing")
    return text
