"""Where a run writes what it came to: whether it can is known before anything starts, and not hours later."""

import errno
import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from harness.core.errors import MisuseError
from harness.core.system_words import reason_of
from harness.report.job_summary import SETTINGS

#: what it means when a directory is to be made
_MADE = {
    errno.EEXIST: "a part of the path is a file or a broken link, not a directory",
    errno.ENOTDIR: "a part of the path is a file or a broken link, not a directory",
    errno.ENOENT: "its directory cannot be made",
}


class UnwritableError(MisuseError):
    """A place that was named for results cannot be written."""


def check_outputs(
    results: Path, junit: Path | None, environment: Mapping[str, str], *, record: Path | None = None
) -> None:
    """Tries every place that the run will write to, and leaves each as it was.

    Args:
        results: of `--results`.
        junit: of `--junitxml`; None where none is asked for.
        environment: what names the files of job summaries.
        record: of `--record`, a directory; None where none is asked for: then they go beside the results.

    Raises:
        UnwritableError: one of them cannot be written, with the reason; all of them are told at once.
    """
    places = [("--results", results), *([("--junitxml", junit)] if junit else [])]
    places += [(name, Path(environment[name])) for name in SETTINGS if environment.get(name)]
    wrong = [f"{name}: {path}: {why}" for name, path in places if (why := _why_not(path, appends=name in SETTINGS))]
    if record and (why := _why_no_directory(record)):
        wrong.append(f"--record: {record}: {why}")
    if wrong:
        raise UnwritableError(
            "the results of this run could not be written",
            why="\n       ".join(wrong),
            fix="name files that can be written, or leave the option out",
        )


def _why_not(path: Path, *, appends: bool) -> str:
    """Why a file cannot be written; empty if it can."""
    try:
        if path.is_dir():
            return "it is a directory"
        if path.exists() and not path.is_file():
            # a summary is appended, also to a terminal; a file that is replaced as a whole is none any more
            return "" if appends else "it is no file but a pipe or a device"
        _try(path)
    except ValueError:
        return "it has a character that no path has"
    except OSError as error:
        return _MADE.get(error.errno or 0) or reason_of(error)
    return ""


def _why_no_directory(path: Path) -> str:
    """Why nothing can be put into a directory, which may not be there yet; empty if it can."""
    if os.path.lexists(path) and not os.path.isdir(path):  # noqa: PTH112 - which, unlike pathlib, takes any text
        return "it is a file, not a directory"
    return _why_not(path / "tried", appends=False)


def _try(path: Path) -> None:
    """Writes nothing into the file, and takes away what was not there before."""
    missing = [one for one in (path.parent, *path.parent.parents) if not one.exists()]
    with ExitStack() as undo:
        for directory in reversed(missing):
            directory.mkdir()
            undo.callback(directory.rmdir)
        # results are written beside and moved: the directory has to take new files, too
        with tempfile.TemporaryFile(dir=path.parent):
            pass
        if path.exists():
            with path.open("ab"):
                pass
