"""The controller's own bench, where there is one: another program, started as such and seen as it prints.

Controller and harness do not know each other, so nothing of it is imported and none of its figures are read.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from harness.core.errors import CouldNotTellError

_PACKAGE = "controller"
_TIMEOUT_S = 90.0


def has_controller_bench(package: str = _PACKAGE) -> bool:
    """Whether this installation has one, of the controller in this package."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    return any((Path(place) / "bench.py").exists() for place in places or ())


def run_controller_bench(package: str = _PACKAGE) -> None:
    """Runs it to its end, its output on ours.

    It measures against the cluster that KUBECONFIG names, so it is not told of one: a bench writes to nobody's cluster
    that was not made for it. In a session of its own, Ctrl-C reaches it through us.

    Raises:
        CouldNotTellError: it failed, or took more than 90 s.
    """
    env = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
    command = (sys.executable, "-m", f"{package}.bench")
    sys.stdout.flush()
    try:
        subprocess.run(command, env=env, timeout=_TIMEOUT_S, check=True, start_new_session=True)
    except (subprocess.SubprocessError, OSError) as error:
        raise CouldNotTellError(
            "the controller's own bench gave no figures",
            why=str(error),
            fix=f"run `python -m {package}.bench` to see it by itself",
        ) from error
