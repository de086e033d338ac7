"""The process's configuration: written, read back, refused when incomplete."""

import json
from dataclasses import replace

import pytest

from harness.core.errors import MisuseError
from harness.core.operator.installation import Installation
from harness.stacks.embedded.operator.config import OperatorConfig


def test_what_is_written_is_read_back(config: OperatorConfig) -> None:
    """JSON carries everything."""
    assert OperatorConfig.parse(config.json) == config
    assert OperatorConfig.parse(replace(config, receiver_token="", values_json="null").json).receiver_token == ""


def test_values_and_place_follow(config: OperatorConfig) -> None:
    """The chart is read from the values and the kind of installation, the place from the rest."""
    assert config.chart.prometheus.scrape_interval.ms == 15_000
    assert config.chart.kube_state_metrics is not None
    assert replace(config, installation=Installation.OPERATOR).chart.kube_state_metrics is None
    assert config.place.rules_dir == str(config.rules_dir)


@pytest.mark.parametrize(
    "change",
    [
        {"release": ""},
        {"release": None},
        {"floor_ms": None},
        {"installation": "x"},
        {"speed": "60"},
        {"speed": 0},
        {"colour": "red"},
    ],
)
def test_an_incomplete_configuration_is_refused(config: OperatorConfig, change: dict[str, object]) -> None:
    """Missing, unknown and malformed keys are mistakes."""
    with pytest.raises(MisuseError):
        OperatorConfig.parse(json.dumps({**json.loads(config.json), **change}))
