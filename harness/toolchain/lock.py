"""One process at a time: an advisory lock on a file, which the kernel gives back when its holder dies.

Two runs that start on a cold cache at once would otherwise compile the same twelve minutes twice.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.toolchain.progress import Progress


@contextmanager
def exclusive(path: Path, *, doing: str, progress: Progress) -> Iterator[None]:
    """Holds the lock for the block; while another process holds it, says which one and what it does, and waits.

    The file stays behind, empty: removing it would let two processes lock two files of the same name.

    Args:
        path: the lock's file; made, with its directory, if missing.
        doing: what the holder does, for whoever waits: `builds kubernetes`.
        progress: told about the wait.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "another process"
            with progress.step(f"waiting for {holder}"):
                fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()}, which {doing}")
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()
            file.flush()
