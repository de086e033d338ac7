"""Where Alertmanager's loaded routes lead an alert: asked of amtool, which walks the tree as Alertmanager does."""

import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.core.operator.route import equality

_TIMEOUT_S = 20.0
#: names that need no quotes: https://prometheus.io/docs/alerting/latest/configuration/#utf-8-strict-mode
_PLAIN_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def receivers_for(amtool: Path, config: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The receivers of one alert, as `receivers_of_all`."""
    (found,) = receivers_of_all(amtool, config, [labels])
    return found


def receivers_of_all(amtool: Path, config: str, alerts: Iterable[Mapping[str, str]]) -> tuple[tuple[str, ...], ...]:
    """The receivers of each of these alerts, in their order; of one alert, in the order of the routes; 12 ms each.

    Args:
        amtool: of Alertmanager's version.
        config: the configuration as loaded, YAML text; masked secrets do not matter for routing.
        alerts: the labels of each.

    Raises:
        CouldNotTellError: amtool refuses the configuration, or does not answer within 20 s.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(config)
        file.flush()
        return tuple(_walk(amtool, file.name, labels) for labels in alerts)


def _walk(amtool: Path, config_file: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    command: list[str | Path] = [amtool, "config", "routes", "test", f"--config.file={config_file}", "--"]
    command += [_pair(name, value) for name, value in labels.items()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CouldNotTellError(
            f"{amtool} did not answer", why=str(error), fix="see `harness doctor` for which amtool is in use"
        ) from error
    if done.returncode:
        raise CouldNotTellError(
            "amtool cannot walk the routes that Alertmanager has loaded",
            why=done.stderr.strip() or done.stdout.strip(),
            fix="run `amtool config routes test` on the configuration of Alertmanager's status page",
        )
    # its warnings about the configuration come first, on the same stream, several lines long
    *_, answer = done.stdout.removesuffix("\n").split("\n")
    return tuple(name for name in answer.strip().split(",") if name)


def _pair(name: str, value: str) -> str:
    """A label as amtool reads it: what is quoted is data, whatever stands in it."""
    return equality(name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False), value)
