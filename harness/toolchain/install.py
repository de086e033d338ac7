"""Puts finished programs into the cache: out of an archive or a build, asked for their version, moved in one step.

Whoever looks into the cache sees a whole program or none.
"""

import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.core.system_words import reason_of
from harness.toolchain.pins import Pin
from harness.toolchain.probe import ask


class UnfitProgramError(CouldNotTellError):
    """What was fetched or built is not the program it should be."""


def unpack(archive: Path, member: str | None, target: Path) -> None:
    """Takes one program out of a gzipped tar archive; without a member the file is the program.

    Raises:
        UnfitProgramError: the archive cannot be read or lacks the program.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if member is None:
        shutil.copyfile(archive, target)
        return
    try:
        # Only the content is taken, never the path, owner or mode that an archive asks for.
        with tarfile.open(archive, mode="r:gz") as opened, target.open("wb") as file:
            content = opened.extractfile(member)
            if content is not None:
                shutil.copyfileobj(content, file)
                return
            why = "it is no file there"
    except (KeyError, tarfile.TarError, EOFError, OSError) as error:
        why = reason_of(error)
    raise UnfitProgramError(f"{archive.name} holds no {member}", why=why, fix="report it: the pin is wrong")


def put(program: Path, pin: Pin, target: Path, environment: Mapping[str, str]) -> None:
    """Asks the program for its version and moves it to its place in the cache, which is on the same file system.

    Raises:
        UnfitProgramError: it cannot be run here or says another version than the pinned one.
    """
    program.chmod(0o755)
    answer = ask(program, pin, environment)
    if not pin.fits(answer.version):
        program.unlink()
        raise UnfitProgramError(
            f"{pin.name} is not {pin.name} {pin.version}; it has been removed",
            why=f"it says {answer.version}" if answer.version else f"it {answer.problem}",
            fix=f"set {pin.name.setting} to a program that works here",
        )
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    program.replace(target)
