"""How a command of this project ends: errors are three lines and an exit code, and Ctrl-C is no traceback either."""

import sys
from collections.abc import Callable

from harness.core.errors import HarnessError
from harness.report.plain_text import many_lines

#: 128 + SIGINT, as a shell reports it
INTERRUPTED = 130


def run_command(command: Callable[[], object]) -> None:
    """Runs it. Only what is raised on purpose is told in this way: a mistake of ours keeps its traceback.

    Raises:
        SystemExit: with the error's exit code, or that of Ctrl-C.
    """
    try:
        command()
    except HarnessError as error:
        print(many_lines(str(error)), file=sys.stderr)  # noqa: T201 - the command's own output
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
