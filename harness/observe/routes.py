"""Where Alertmanager's loaded routes lead an alert: asked of amtool, which walks the tree as Alertmanager does."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import CouldNotTellError

_TIMEOUT_S = 20.0


def receivers_for(amtool: Path, config: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The receivers of an alert with these labels, in the order of the routes.

    Args:
        amtool: of Alertmanager's version.
        config: the configuration as loaded, YAML text; masked secrets do not matter for routing.
        labels: of the alert.

    Raises:
        CouldNotTellError: amtool refuses the configuration, or does not answer within 20 s.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(config)
        file.flush()
        command: list[str | Path] = [amtool, "config", "routes", "test", f"--config.file={file.name}"]
        command += [f"{name}={value}" for name, value in labels.items()]
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
    return tuple(name for name in done.stdout.strip().split(",") if name)
