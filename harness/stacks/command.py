"""Short commands of other programs: bounded in time, marked as the run's, their last words in the error."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_MARK
from harness.core.system_words import reason_of

_LAST_LINES = 3
#: a line's length that still helps; programs quote whole commands
_LINE_CHARS = 300


class CommandFailedError(CouldNotTellError):
    """A program did not do what it was asked for."""


def output_of(
    argv: Sequence[str],
    *,
    what: str,
    fix: str,
    timeout_s: float,
    run_id: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Runs a command to its end and returns its standard output.

    The user's environment is passed on whole: a program's own settings (`DOCKER_HOST`, `PIP_INDEX_URL`) stay in force.

    Args:
        argv: the program, by path or as PATH has it, and its arguments.
        what: what has gone wrong if it fails, e.g. `the image x was not built`.
        fix: what a person can do then.
        timeout_s: after this long it is ended, with everything it has started.
        run_id: the run it belongs to, so that a sweep ends it; None for what belongs to no run.
        environment: added to the user's.

    Raises:
        CommandFailedError: with its last lines.
    """
    marked = {} if run_id is None else {RUN_MARK: run_id}
    try:
        process = subprocess.Popen(
            argv,
            env={**os.environ, **(environment or {}), **marked},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise CommandFailedError(what, why=f"{argv[0]}: {reason_of(error)}", fix=fix) from error
    with process:
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise CommandFailedError(what, why=f"{argv[0]} did not end within {timeout_s:g} s", fix=fix) from error
        except BaseException:
            _end(process)
            raise
    if process.returncode != 0:
        said = last_words(err) or last_words(out) or "it said nothing"
        raise CommandFailedError(what, why=f"{argv[0]} exited with status {process.returncode}: {said}", fix=fix)
    return out


def last_words(text: str) -> str:
    """The last lines with text in what a program wrote, each below the other; empty where there are none.

    A line that begins with `ERROR:` comes first: kind names the step that failed there, and the output of the step's
    command follows it.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines[:-_LAST_LINES] if line.startswith("ERROR:")][-1:]
    return "\n       ".join(line[:_LINE_CHARS] for line in (*named, *lines[-_LAST_LINES:]))


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the program with its children, which would keep the pipes open otherwise."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
