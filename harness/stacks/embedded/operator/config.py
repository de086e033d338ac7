"""What the operator process is told: one JSON file."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.core.duration import PromDuration
from harness.core.operator.chart import Chart
from harness.core.operator.installation import Installation
from harness.core.operator.place import Place
from harness.core.operator.reading import Field, ShapeError
from harness.core.rules.speed import Speed

_KEYS = (
    *("kubeconfig", "release", "namespace", "values", "installation", "speed", "floor_ms", "status_file"),
    *("prometheus_config", "rules_dir", "alertmanager_config", "prometheus_address", "alertmanager_address"),
    *("node_name", "node_metrics_address", "receiver_url", "receiver_token"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorConfig:
    """Everything the process needs. Directories of the files exist."""

    #: of an administrator; Prometheus discovers with it too
    kubeconfig: Path
    #: the chart's release and the namespace of its Prometheus, Alertmanager and operator
    release: str
    namespace: str
    #: the chart's values as JSON text, `null` for none
    values_json: str
    installation: Installation
    speed: Speed
    #: shortest interval at which this stack scrapes and evaluates honestly
    floor: PromDuration
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
    #: ends with a slash
    receiver_url: str
    receiver_token: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what `json` wrote.

        Raises:
            ShapeError: a key is missing, unknown or of the wrong type.
        """
        root = Field("config", json.loads(text))
        root.only(_KEYS)
        floor_ms, speed = root.at("floor_ms").integer(), root.at("speed").content
        if not isinstance(speed, int | float) or not floor_ms:
            raise ShapeError(root.path, "must have the numbers speed and floor_ms")
        return cls(
            **{key: Path(_required(root, key)) for key in ("kubeconfig", "rules_dir", "status_file")},
            **{key: Path(_required(root, key)) for key in ("prometheus_config", "alertmanager_config")},
            release=_required(root, "release"),
            namespace=_required(root, "namespace"),
            values_json=json.dumps(root.at("values").yaml()),
            installation=_installation(root.at("installation")),
            speed=Speed(float(speed)),
            floor=PromDuration(floor_ms),
            prometheus_address=_required(root, "prometheus_address"),
            alertmanager_address=_required(root, "alertmanager_address"),
            node_name=_required(root, "node_name"),
            node_metrics_address=_required(root, "node_metrics_address"),
            receiver_url=_required(root, "receiver_url"),
            receiver_token=root.at("receiver_token").text(),
        )

    @property
    def json(self) -> str:
        """The text that `parse` reads back as the same configuration."""
        return json.dumps(
            {
                "kubeconfig": str(self.kubeconfig),
                "release": self.release,
                "namespace": self.namespace,
                "values": json.loads(self.values_json),
                "installation": self.installation.value,
                "speed": self.speed.factor,
                "floor_ms": self.floor.ms,
                "prometheus_config": str(self.prometheus_config),
                "rules_dir": str(self.rules_dir),
                "alertmanager_config": str(self.alertmanager_config),
                "status_file": str(self.status_file),
                "prometheus_address": self.prometheus_address,
                "alertmanager_address": self.alertmanager_address,
                "node_name": self.node_name,
                "node_metrics_address": self.node_metrics_address,
                "receiver_url": self.receiver_url,
                "receiver_token": self.receiver_token,
            },
            indent=2,
        )

    @property
    def chart(self) -> Chart:
        """The chart's values, read.

        Raises:
            ShapeError: values that are malformed or not translated.
        """
        values = json.loads(self.values_json)
        return Chart.read(values, release=self.release, namespace=self.namespace, installation=self.installation)

    @property
    def place(self) -> Place:
        """Where the translated configuration runs."""
        return Place(
            speed=self.speed,
            floor=self.floor,
            kubeconfig_file=str(self.kubeconfig),
            rules_dir=str(self.rules_dir),
            alertmanager_address=self.alertmanager_address,
            node_name=self.node_name,
            node_metrics_address=self.node_metrics_address,
            receiver_url=self.receiver_url,
            receiver_token=self.receiver_token,
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
