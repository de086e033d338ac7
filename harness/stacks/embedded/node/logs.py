"""Containers' logs on disk: `pods/<namespace>_<pod>_<uid>/<container>/<restart>.log`."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

_CHUNK_BYTES = 1 << 16
_FOLLOW_S = 0.25
#: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def log_file(pods: Path, namespace: str, pod: str, container: str, *, previous: bool) -> Path | None:
    """The log of the container's present (or previous) instance; of several pods of that name the youngest's.

    None as well for what is no name: it comes from a URL, and a pattern or a way up would lead to other files.
    """
    if not all(map(_NAME.fullmatch, (namespace, pod, container))):
        return None
    directories = sorted(pods.glob(f"{namespace}_{pod}_*/{container}"), key=lambda one: one.stat().st_mtime)
    if not directories:
        return None
    logs = sorted(directories[-1].glob("*.log"), key=lambda one: int(one.stem))
    wanted = logs[:-1] if previous else logs
    return wanted[-1] if wanted else None


def tail(stream: BinaryIO, lines: int | None) -> int:
    """The position at which the last `lines` lines begin; 0 for None."""
    if lines is None:
        return 0
    end = stream.seek(0, 2)
    position, seen, found = end, b"", 0
    while position > 0 and found <= lines:
        step = min(_CHUNK_BYTES, position)
        position -= step
        stream.seek(position)
        seen = stream.read(step) + seen
        found = seen.rstrip(b"\n").count(b"\n") + 1
    kept = seen.splitlines(keepends=True)[-lines:] if lines else []
    return end - sum(len(line) for line in kept)


async def log_chunks(file: Path, position: int, *, limit: int | None, follow: bool) -> AsyncIterator[bytes]:
    """The log from a position on; following, it goes on until the reader leaves or a next instance has begun."""
    left = limit
    with file.open("rb") as stream:
        stream.seek(position)
        while left is None or left > 0:
            chunk = stream.read(_CHUNK_BYTES if left is None else min(left, _CHUNK_BYTES))
            if chunk:
                left = None if left is None else left - len(chunk)
                yield chunk
            elif not follow or file.with_name(f"{int(file.stem) + 1}.log").exists():
                return
            else:
                await asyncio.sleep(_FOLLOW_S)
