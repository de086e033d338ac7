"""The process's configuration: written, read back, refused when incomplete."""

import json
from dataclasses import replace

import pytest

from harness.core.errors import MisuseError
from harness.core.operator.installation import Installation
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.tests.core.operator.sample import chart


def test_what_is_written_is_read_back(config: OperatorConfig) -> None:
    """JSON carries everything."""
    assert OperatorConfig.parse(config.json) == config
    plain = replace(config, chart=chart(installation=Installation.OPERATOR))
    assert OperatorConfig.parse(plain.json) == plain


def test_the_place_follows(config: OperatorConfig) -> None:
    """Files as Prometheus finds them."""
    assert config.place.rules_dir == str(config.rules_dir)


@pytest.mark.parametrize(
    "change",
    [
        {"release": ""},
        {"release": None},
        {"installation": "x"},
        {"values": {"prometheus": 5}},
        {"colour": "red"},
    ],
)
def test_an_incomplete_configuration_is_refused(config: OperatorConfig, change: dict[str, object]) -> None:
    """Missing, unknown and malformed keys are mistakes."""
    with pytest.raises(MisuseError):
        OperatorConfig.parse(json.dumps({**json.loads(config.json), **change}))
