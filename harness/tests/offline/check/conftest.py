"""amtool is asked each question once: most bundles of these tests differ in something that it is not asked about."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.offline.check import destinations, routed
from harness.toolchain.amtool_routes import receivers_for
from harness.toolchain.amtool_templates import text_faults

_ANSWERS: dict[object, Any] = {}


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers are kept by everything that they depend on."""

    def receivers(amtool: Path, config: str, labels: Mapping[str, str]) -> tuple[str, ...]:
        key = (config, tuple(labels.items()))
        if key not in _ANSWERS:
            _ANSWERS[key] = receivers_for(amtool, config, labels)
        found: tuple[str, ...] = _ANSWERS[key]
        return found

    def faults(amtool: Path, found: Any, alerts: Any, **options: Any) -> Any:
        key = (found, tuple(tuple(one.items()) for one in alerts), str(options))
        if key not in _ANSWERS:
            _ANSWERS[key] = text_faults(amtool, found, alerts, **options)
        return _ANSWERS[key]

    monkeypatch.setattr(routed, "receivers_for", receivers)
    monkeypatch.setattr(destinations, "text_faults", faults)
