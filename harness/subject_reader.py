"""Reads a subject and its contract from disk: the one place where their paths are followed, and files are opened."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from harness.core.contract.file import load_contract
from harness.core.contract.model import Contract
from harness.core.contract.subject import Places, Subject
from harness.core.contract.subject_file import load_subject
from harness.core.errors import MisuseError
from harness.core.system_words import reason_of
from harness.home import CHECKOUT

#: what kustomize takes for the description of a directory
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
#: the keys that may lead to a directory: of manifests, and of a recording or a page
_MANIFESTS, _HEALTHY = "manifests", "healthy"
#: far more than an API server takes of an object, and read in no time
_MOST_BYTES = 16 * 2**20


class FileUnreadableError(MisuseError):
    """A file that was named is not there, or is no text."""


def read_subject(path: Path) -> tuple[Subject, Contract]:
    """The subject at `path` with absolute paths, and its contract.

    Raises:
        FileUnreadableError: the file, or a file it names, is not there, is a directory, or is no text.
        FileMistakesError: the subject or the contract cannot be used.
    """
    places = Places(subject=path.resolve().parent, checkout=CHECKOUT)
    subject = load_subject(read_text(path, "the subject"), str(path)).resolve(places)
    wrong = [f"{key}: {file}: {why}" for key, file, why in _unusable(subject)]
    if wrong:
        raise FileUnreadableError(
            f"{path} names files that cannot be used",
            why="\n       ".join(wrong),
            fix="correct the paths; they are relative to the directory of the subject file",
        )
    contract = Path(subject.files.contract)
    return subject, load_contract(read_text(contract, "the contract"), str(contract))


def read_text(path: Path, what: str, *, fix: str = "give the path of a text file in UTF-8") -> str:
    """The text of a file that somebody has named.

    Args:
        path: of the file.
        what: what it is, for messages: `the contract`.
        fix: what to do about it.

    Raises:
        FileUnreadableError: it is not there, is a directory, or is no text.
    """
    why = _why_no_text(path)
    if why:
        raise FileUnreadableError(f"cannot read {what} {path}", why=why, fix=fix)
    return path.read_text(encoding="utf-8")


def _why_no_text(path: Path) -> str:
    """Why a file is no text; empty if it is."""
    try:
        if why := _why_not_read(path.stat()):
            return why
        content = path.read_bytes()
    except OSError as error:
        return reason_of(error)
    if b"\0" in content:
        return "it is a binary file, not text"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"it is not text in UTF-8: byte {error.start + 1} is none of it"
    return ""


def _why_not_read(about: os.stat_result) -> str:
    if stat.S_ISDIR(about.st_mode):
        return "it is a directory"
    if not stat.S_ISREG(about.st_mode):
        return "it is no file but a pipe or a device"
    return f"it has more than {_MOST_BYTES // 2**20} MiB" if about.st_size > _MOST_BYTES else ""


def _unusable(subject: Subject) -> Iterator[tuple[str, Path, str]]:
    """Key, path and reason of what a subject names and cannot be read."""
    for key, file in subject.files.items():
        path = Path(file)
        if path.is_dir() and key == _MANIFESTS:
            if not any((path / name).is_file() for name in _KUSTOMIZATIONS):
                yield key, path, f"the directory has no {_KUSTOMIZATIONS[0]}"
        elif key == _HEALTHY:
            continue  # a live run needs none; who reads it says what is wrong with it
        elif why := _why_no_text(path):
            yield key, path, why
