"""Reads a subject and its contract from disk: the one place where their paths are followed."""

from pathlib import Path

from harness.core.contract import Contract
from harness.core.contract_file import load_contract
from harness.core.errors import MisuseError
from harness.core.subject import Subject
from harness.core.subject_file import load_subject


class FileUnreadableError(MisuseError):
    """A file that was named is not there, or is no text."""


def read_subject(path: Path) -> tuple[Subject, Contract]:
    """The subject at `path` with absolute paths, and its contract.

    Raises:
        FileUnreadableError: the file, or a file it names, is not there.
        FileMistakesError: the subject or the contract cannot be used.
    """
    subject = load_subject(_text(path, "the subject"), str(path)).resolve(path.resolve().parent)
    missing = [f"{key}: {Path(file)}" for key, file in subject.files.items() if not Path(file).exists()]
    if missing:
        raise FileUnreadableError(
            f"{path} names files that are not there",
            why="\n       ".join(missing),
            fix="correct the paths; they are relative to the directory of the subject file",
        )
    contract = Path(subject.files.contract)
    return subject, load_contract(_text(contract, "the contract"), str(contract))


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise FileUnreadableError(
            f"cannot read {what} {path}", why=str(error.strerror), fix="give the path of a file that can be read"
        ) from error
    except UnicodeDecodeError as error:
        raise FileUnreadableError(
            f"cannot read {what} {path}", why="it is not UTF-8 text", fix="save it as UTF-8"
        ) from error
