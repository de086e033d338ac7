"""Wheels for an image: what its lock file names, for the image's Python and not for the one that runs here."""

import hashlib
import re
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from harness.core.errors import CouldNotTellError
from harness.stacks.command import CommandFailedError, output_of
from harness.stacks.kind.docker import Docker
from harness.toolchain import Progress, Settings

#: a few MB from a package index that may be slow
_DOWNLOAD_TIMEOUT_S = 600.0
#: the oldest glibc that wheels are made for: 2.5 (PEP 571's and PEP 513's manylinux1 is that)
_OLDEST_GLIBC_MINOR = 5

#: a glibc that every image of today has; wheels for it do for all newer ones
_COMMON_GLIBC_MINOR = 28
#: `python:3.11-slim`, `registry/library/python:3.12.4-bookworm`; not those with musl
_PYTHON_IMAGE = re.compile(r"(?:.*/)?python:(\d+)\.(\d+)(?:\.\d+)?(?!.*alpine)(?:[-@].*)?")

_ASK = (
    "import platform, sys; "
    "print(sys.version_info[0], sys.version_info[1], platform.machine(), *platform.libc_ver()[:2])"
)


class ForeignPythonError(CouldNotTellError):
    """A base image in which no Python answers as expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePython:
    """The Python of an image, as far as wheels depend on it."""

    major: int
    minor: int
    #: `x86_64`, `aarch64`
    machine: str
    #: minor version of its glibc 2; None where the C library is musl
    glibc_minor: int | None

    @classmethod
    def of(cls, base: str, docker: Docker) -> Self:
        """Asks the Python of a base image, which is pulled if it is not here.

        Raises:
            CommandFailedError: the image cannot be had, or has no `python`.
            ForeignPythonError: it says something else than expected.
        """
        return cls.read(docker.run(base, entrypoint="python", arguments=("-c", _ASK)), base)

    @classmethod
    def read(cls, told: str, base: str) -> Self:
        """What the Python of an image printed when it was asked: `3 11 x86_64 glibc 2.41`."""
        match told.split():
            case [major, minor, machine, "glibc", glibc] if glibc.startswith("2."):
                return cls(major=int(major), minor=int(minor), machine=machine, glibc_minor=int(glibc.split(".")[1]))
            case [major, minor, machine, *_]:
                return cls(major=int(major), minor=int(minor), machine=machine, glibc_minor=None)
        raise ForeignPythonError(
            f"the Python of {base} is not understood",
            why=f"it says {told.strip()!r}",
            fix="take an image like python:3.11-slim",
        )

    @classmethod
    def named(cls, base: str, machine: str) -> Self | None:
        """What the name of a base image says of its Python, without asking it; None where it says nothing.

        Args:
            base: the image's name.
            machine: of the engine that will build on it, which is taken to be this one.
        """
        found = _PYTHON_IMAGE.fullmatch(base)
        if found is None:
            return None
        return cls(major=int(found[1]), minor=int(found[2]), machine=machine, glibc_minor=_COMMON_GLIBC_MINOR)

    @property
    def common(self) -> Self:
        """The Python whose wheels this one takes too, and which does not depend on the image's age."""
        glibc = self.glibc_minor
        return self if glibc is None else replace(self, glibc_minor=min(glibc, _COMMON_GLIBC_MINOR))

    @property
    def platforms(self) -> tuple[str, ...]:
        """Tags of wheels that work there, the newest first.

        pip expands none of them (https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/).
        """
        if self.glibc_minor is None:
            return tuple(f"musllinux_1_{minor}_{self.machine}" for minor in (2, 1))
        perennial = (f"manylinux_2_{minor}" for minor in range(self.glibc_minor, _OLDEST_GLIBC_MINOR - 1, -1))
        return tuple(f"{tag}_{self.machine}" for tag in (*perennial, "manylinux2014", "manylinux2010", "manylinux1"))


def download_command(requirements: Path, python: ImagePython, target: Path) -> tuple[str, ...]:
    """The command: wheels only, those of the lock file only, each with its hash."""
    return (
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-cache-dir"),
        *("--require-hashes", "--no-deps", "--only-binary=:all:"),
        *("--implementation", "cp", "--python-version", f"{python.major}.{python.minor}"),
        *(word for platform in python.platforms for word in ("--platform", platform)),
        *("--dest", str(target), "--requirement", str(requirements)),
    )


def wheels_for(
    requirements: Path, python: ImagePython, settings: Settings, progress: Progress, *, run_id: str | None
) -> Path:
    """A directory of the cache with the wheels; filled once for each content of the lock file and each Python.

    Whoever calls it holds a lock, so that nobody else fills the same one.

    Raises:
        CommandFailedError: with pip's last words.
    """
    try:
        return _kept(requirements, python.common, settings, progress, run_id=run_id)
    except CommandFailedError:
        if python == python.common:
            raise
    return _kept(requirements, python, settings, progress, run_id=run_id)  # wheels for a newer glibc alone


def _kept(
    requirements: Path, python: ImagePython, settings: Settings, progress: Progress, *, run_id: str | None
) -> Path:
    content = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    libc = "musl" if python.glibc_minor is None else f"glibc2.{python.glibc_minor}"
    kept = settings.cache / "wheels" / f"{content}-cp{python.major}{python.minor}-{libc}-{python.machine}"
    if kept.is_dir():
        return kept
    part = kept.with_name(f".{kept.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    with progress.step(f"downloading the wheels of {requirements}"):
        output_of(
            download_command(requirements, python, part),
            what=f"the wheels of {requirements} cannot be had for Python {python.major}.{python.minor}",
            fix="check the network and pip's index (PIP_INDEX_URL), or build the image yourself under its name",
            timeout_s=_DOWNLOAD_TIMEOUT_S,
            run_id=run_id,
        )
    return part.rename(kept)
