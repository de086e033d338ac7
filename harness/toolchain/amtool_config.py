"""Alertmanager's own word on a configuration: `amtool check-config`, asked before anything is started.

It reads a configuration as Alertmanager does when it starts; files that the configuration names are not looked for.
https://github.com/prometheus/alertmanager/blob/v0.31.1/cli/check_config.go
"""

import subprocess
import tempfile
from pathlib import Path

from harness.core.errors import CouldNotTellError

_TIMEOUT_S = 20.0
_FAILED = "FAILED: "


def config_refusal(amtool: Path, config: str) -> str:
    """Why Alertmanager would not start with a configuration, in its own words; empty if it would.

    Args:
        amtool: of Alertmanager's version.
        config: YAML or JSON.

    Raises:
        CouldNotTellError: amtool does not answer.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(config)
        file.flush()
        command: list[str | Path] = [amtool, "check-config", file.name]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CouldNotTellError(
                f"{amtool} did not answer", why=str(error), fix="see `harness doctor` for which amtool is in use"
            ) from error
    if done.returncode == 0:
        return ""
    said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if _FAILED in line]
    words = said[0].partition(_FAILED)[2] if said else f"amtool ended with status {done.returncode}"
    return words.replace(file.name, "it")
