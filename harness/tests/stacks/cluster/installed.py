"""The default subject's installation, and what tests read from it."""

import io
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML

from harness.core.duration import PromDuration
from harness.core.operator.chart import Chart
from harness.core.operator.chart_at_speed import values_at
from harness.core.operator.installation import Installation
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field, Yaml
from harness.core.rules.speed import Speed
from harness.core.timing_flags import TimingFlags
from harness.stacks.cluster.monitoring import MonitoringPlan, monitoring_objects

_VALUES = Path(__file__).parents[4] / "monitoring" / "kube-prometheus-stack.values.yaml"
RECEIVER_URL = "http://receiver:9094/notify/"
SPEED, FLOOR, CADVISOR_FLOOR = Speed(15), PromDuration(500), PromDuration(1_000)


def subject_values() -> object:
    """The default subject's own values."""
    return YAML(typ="safe", pure=True).load(_VALUES.read_text())


def at_speed(chart: Chart, speed: Speed = SPEED) -> Manifest:
    """What is laid over the chart's values, with the token of an invented receiver."""
    return values_at(
        chart,
        speed,
        floor=FLOOR,
        cadvisor_floor=CADVISOR_FLOOR,
        receiver_url=RECEIVER_URL,
        receiver_token="secret",  # noqa: S106 - see above
    )


def plan(
    values: object = None,
    *,
    speed: Speed = SPEED,
    release: str = "prometheus",
    installation: Installation = Installation.CHART,
) -> MonitoringPlan:
    """An installation with these values."""
    documented = Chart.read(values, release=release, namespace="monitoring", installation=installation)
    return MonitoringPlan(
        chart=documented.laid_over(at_speed(documented, speed)),
        flags=TimingFlags.at(speed, FLOOR),
        labels={"kubemirror-harness/run": "r1"},
    )


def found(kind: str, of: MonitoringPlan, *, name: str = "") -> Field:
    """The one object of a kind, by its name where there are several."""
    roots = (Field("", one) for one in monitoring_objects(of))
    (one,) = (
        root for root in roots if root.at("kind").text() == kind and name in ("", root.at("metadata", "name").text())
    )
    return one


def text_of(documents: Iterable[Yaml]) -> str:
    """Objects as a person would write them."""
    yaml, out = YAML(typ="safe", pure=True), io.StringIO()
    yaml.default_flow_style, yaml.width = False, 4_096
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel declares it as None
    yaml.representer.ignore_aliases = lambda _data: True
    yaml.dump_all(documents, out)
    return out.getvalue()
