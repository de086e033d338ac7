"""Taking rules out of force, whoever's Prometheus evaluates them."""

from collections.abc import Callable

from harness.core.errors import HarnessError
from harness.toolchain import Progress


def out_of_force(delete: Callable[[], object], wait: Callable[[], object], progress: Progress) -> bool:
    """Deletes PrometheusRules and waits, while everything that they watch still runs.

    Args:
        delete: them, and nothing else.
        wait: returns once nobody evaluates them.
        progress: is told of it, and of what kept it.

    Returns:
        Whether nothing evaluates them any more. If not, what follows takes the rest away all the same.
    """
    try:
        with progress.step("rules out of force"):
            delete()
            wait()
    except HarnessError as error:
        progress.say(f"{error.what}: {error.why}; what fires from now on is not seen")
        return False
    return True
