"""What a person can set about programs, read once from the environment.

- `KUBEMIRROR_HARNESS_<TOOL>`: path of one program, e.g. `KUBEMIRROR_HARNESS_KUBE_APISERVER`;
- `KUBEMIRROR_HARNESS_CACHE`: the cache, else `$XDG_CACHE_HOME/kubemirror-harness`, else `~/.cache/kubemirror-harness`;
- `KUBEMIRROR_HARNESS_MIRROR`: address below which releases lie by host and path, e.g. `https://mirror.example/pub`;
- `GOMODCACHE`, `GOCACHE`, `GOPROXY`, `HTTPS_PROXY` and their like keep their usual meaning.
"""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from harness.core.errors import MisuseError
from harness.toolchain.pins import Pin, ToolName

CACHE_SETTING = "KUBEMIRROR_HARNESS_CACHE"
MIRROR_SETTING = "KUBEMIRROR_HARNESS_MIRROR"

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything outside the code that decides which program is used."""

    #: the cache's directory; it need not exist
    cache: Path
    #: programs set by hand
    explicit: Mapping[ToolName, Path]
    #: directories to look into, as in $PATH
    search_path: str
    #: where releases are fetched instead of their origin
    mirror: str | None = None
    #: this machine, as Go names it: amd64 or arm64
    arch: str
    #: the whole environment, for the programs that are started
    environment: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, environment: Mapping[str, str], *, machine: str | None = None) -> Self:
        """Reads the settings.

        Args:
            environment: usually `os.environ`.
            machine: the processor as `uname -m` names it; None asks the system.

        Raises:
            MisuseError: the mirror is no http or https address, or nobody releases programs for this processor.
        """
        mirror = environment.get(MIRROR_SETTING) or None
        if mirror is not None and not mirror.startswith(("https://", "http://")):
            raise MisuseError(
                f"{MIRROR_SETTING}={mirror} is no address",
                why="releases are fetched by http or https",
                fix="write it like https://mirror.example/pub",
            )
        machine = machine or platform.machine()
        if machine not in _ARCHITECTURES:
            raise MisuseError(
                f"a machine of type {machine} cannot run the programs",
                why="they are pinned for linux on x86_64 and aarch64",
                fix="run on one of these",
            )
        explicit = {name: Path(environment[name.setting]) for name in ToolName if environment.get(name.setting)}
        return cls(
            cache=_cache_directory(environment),
            explicit=explicit,
            search_path=environment.get("PATH", os.defpath),
            mirror=mirror,
            arch=_ARCHITECTURES[machine],
            environment=environment,
        )

    def cached(self, pin: Pin) -> Path:
        """Where a program of ours lies in the cache, whether it is there or not."""
        return self.cache / "tools" / pin.name / pin.version / f"linux-{self.arch}" / pin.name


def _cache_directory(environment: Mapping[str, str]) -> Path:
    if environment.get(CACHE_SETTING):
        return Path(environment[CACHE_SETTING]).expanduser().absolute()
    if environment.get("XDG_CACHE_HOME"):
        return Path(environment["XDG_CACHE_HOME"]).absolute() / "kubemirror-harness"
    home = Path(environment["HOME"]) if environment.get("HOME") else Path.home()
    return home / ".cache" / "kubemirror-harness"
