"""Room for a run: asked for before anything is started, so that a full disk is named and not guessed from a crash."""

import errno
import os
import shutil
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.core.system_words import file_and_reason

_MIB = 1024 * 1024
#: etcd sets 128 MiB aside at its start, logs and samples of a long suite come to less than as much again
NEEDED_BYTES = 256 * _MIB


class NoRoomError(CouldNotTellError):
    """A run's directory cannot be made, or has no room for a stack."""


def check_room(directory: Path, *, needed_bytes: int = NEEDED_BYTES) -> None:
    """Makes the directory where runs live and sees whether one more fits in.

    Raises:
        NoRoomError: it cannot be made or written, or is too full.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        free_bytes = shutil.disk_usage(directory).free
    except OSError as error:
        raise NoRoomError(f"{directory} cannot be written", why=file_and_reason(error), fix=_FIX) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise NoRoomError(f"no run can be made in {directory}", why="it may not be written", fix=_FIX)
    if free_bytes < needed_bytes:
        raise NoRoomError(
            f"no room for a stack in {directory}",
            why=f"{free_bytes // _MIB} MiB are free, {needed_bytes // _MIB} MiB are needed",
            fix=_FIX,
        )


def refused(directory: Path, error: OSError) -> CouldNotTellError:
    """What the operating system said when something of a run was to be written or claimed."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        return NoRoomError(f"{directory} cannot be written", why=file_and_reason(error), fix=_FIX)
    return CouldNotTellError(
        f"a run in {directory} could not be set up",
        why=file_and_reason(error),
        fix="see `harness doctor` for what is missing",
    )


_FIX = "make room there, or name another directory with KUBEMIRROR_HARNESS_STATE"
