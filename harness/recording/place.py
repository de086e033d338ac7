"""Where recordings are, and what theirs are named: beside the results that they belong to, one directory each."""

import json
import re
import shutil
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Final

from harness.recording.layout import FACTS, is_recording

#: begins the name of one that is being written
UNFINISHED: Final = ".unfinished-"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]+")
#: with the longest file name in it far from what file systems refuse
_NAME_CHARS: Final = 120
_DIGEST_CHARS: Final = 8


def recordings_of(results: Path) -> Path:
    """Where the recordings of a run are whose results go to this file."""
    return results.parent / f"{results.stem}.recordings"


def file_name(about: str) -> str:
    """The name of the directory of what is recorded about something, or of a log: short, and no other's."""
    plain = _UNSAFE.sub("-", about.removeprefix("scenarios/")).strip("-.")
    if len(plain) <= _NAME_CHARS and plain == about:
        return plain
    return f"{plain[:_NAME_CHARS]}-{sha256(about.encode('utf-8', 'backslashreplace')).hexdigest()[:_DIGEST_CHARS]}"


def size_of(directory: Path) -> int:
    """Bytes of all files in it; 0 where there is no such directory."""
    return sum(one.stat().st_size for one in directory.rglob("*") if one.is_file()) if directory.is_dir() else 0


def forget_others(directory: Path, keep: Collection[Path]) -> None:
    """Removes the recordings of earlier runs, whose results these no longer are, and what a killed one half wrote.

    Nothing else is touched.
    """
    if not directory.is_dir():
        return
    for path in sorted(directory.iterdir()):
        if path not in keep and (_is_recording(path) or _is_unfinished(path)):
            shutil.rmtree(path, ignore_errors=True)
    if not any(directory.iterdir()):
        directory.rmdir()


def _is_recording(path: Path) -> bool:
    if path.is_symlink() or not path.is_dir():
        return False
    try:
        document = json.loads((path / FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return is_recording(document) and file_name(str(document.get("about"))) == path.name


def _is_unfinished(path: Path) -> bool:
    return path.name.startswith(UNFINISHED) and path.is_dir() and not path.is_symlink()
