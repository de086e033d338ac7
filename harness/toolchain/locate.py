"""Finds programs that are already on this machine: set by hand, on PATH, in the cache, in this order."""

import os
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harness.core.errors import MisuseError
from harness.toolchain.pins import Pin, ToolName
from harness.toolchain.probe import VersionMemory
from harness.toolchain.settings import Settings


class ToolOrigin(StrEnum):
    """Where a program came from, in the order of preference."""

    SETTING = "setting"
    PATH = "path"
    CACHE = "cache"
    RELEASE = "release"
    BUILD = "build"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedTool:
    """A program that is there and has the pinned version."""

    name: ToolName
    #: without v
    version: str
    #: absolute
    path: Path
    source: ToolOrigin


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A program that is not there yet."""

    #: what was found on PATH instead, in words; empty when nothing was
    instead: str = ""


class Locator:
    """Looks for programs without changing anything but the memory of versions."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._memory = VersionMemory(settings.cache / "versions.json")

    def find(self, pin: Pin) -> ResolvedTool | Absent:
        """The program, if this machine has it.

        What lies in the cache is believed by its place: it was asked once, before it was put there. Of PATH only the
        first program of the name counts, as in a shell.

        Raises:
            MisuseError: the program set by hand cannot be run or has another version.
        """
        explicit = self._settings.explicit.get(pin.name)
        if explicit is not None:
            return self._explicit(pin, explicit.absolute())
        instead = ""
        on_path = shutil.which(pin.name, path=self._settings.search_path)
        if on_path is not None:
            path = Path(on_path).absolute()
            answer = self._memory.version(path, pin, self._settings.environment)
            if pin.fits(answer.version):
                return ResolvedTool(name=pin.name, version=pin.version, path=path, source=ToolOrigin.PATH)
            instead = f"{path} is {answer.version}" if answer.version else f"{path} {answer.problem}"
        cached = self.cached(pin)
        return cached or Absent(instead=instead)

    def cached(self, pin: Pin) -> ResolvedTool | None:
        """The program in the cache."""
        path = self._settings.cached(pin)
        if not (path.is_file() and os.access(path, os.X_OK)):
            return None
        return ResolvedTool(name=pin.name, version=pin.version, path=path, source=ToolOrigin.CACHE)

    def _explicit(self, pin: Pin, path: Path) -> ResolvedTool:
        answer = self._memory.version(path, pin, self._settings.environment)
        if pin.fits(answer.version):
            return ResolvedTool(name=pin.name, version=pin.version, path=path, source=ToolOrigin.SETTING)
        said = f"is {pin.name} {answer.version}" if answer.version else answer.problem
        raise MisuseError(
            f"{pin.name.setting}={path} cannot be used",
            why=f"{pin.name} {pin.version} is needed, and this program {said}",
            fix=f"set {pin.name.setting} to {pin.name} {pin.version}, or leave it unset",
        )
