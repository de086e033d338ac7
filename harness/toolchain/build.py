"""Builds programs from the pinned Go modules under `go/`.

What is compiled is pinned by go.sum to the byte; Go's own build cache makes an interrupted build go on where it was.
One run of `go build` makes all the wanted programs of a module, because they share nearly all of their packages.
"""

import os
import selectors
import signal
import subprocess
from collections import deque
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from harness.core.errors import CouldNotTellError
from harness.toolchain.gosdk import GoSdk
from harness.toolchain.pins import GoModule, Pin
from harness.toolchain.progress import Progress, Step, Unit
from harness.toolchain.settings import Settings

#: the wrapper modules, part of the package
MODULES = Path(__file__).parent / "go"

_HEARTBEAT_S = 1.0
_TAIL_LINES = 15
_STOP_TIMEOUT_S = 10.0


class BuildError(CouldNotTellError):
    """Go could not fetch or compile a module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoCommand:
    """One call of go: what is run, where, with which additions to the environment."""

    arguments: tuple[str, ...]
    directory: Path
    environment: tuple[tuple[str, str], ...]


def go_environment(go: GoSdk, *, arch: str) -> tuple[tuple[str, str], ...]:
    """What a build needs in its environment: nothing of the machine may change its result."""
    return tuple(
        {
            "GOFLAGS": "-mod=readonly",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "CGO_ENABLED": "0",
            "GOOS": "linux",
            "GOARCH": arch,
            **go.caches,
        }.items()
    )


def list_command(module: GoModule, pins: Sequence[Pin], go: GoSdk, *, arch: str) -> GoCommand:
    """Names every package that the programs are made of; fetches the modules that are missing on the way."""
    return GoCommand(
        arguments=(str(go.path), "list", "-deps", *_tags(module), *(pin.package for pin in pins)),
        directory=MODULES / module.name,
        environment=go_environment(go, arch=arch),
    )


def build_command(module: GoModule, pins: Sequence[Pin], go: GoSdk, *, arch: str, output: Path) -> GoCommand:
    """Compiles the programs into the directory `output` and names each package when it is compiled."""
    # Go names a program after its package: one alone gets its name here, several are called as they should be.
    target = str(output / pins[0].name) if len(pins) == 1 else f"{output}/"
    flags = ("-v", "-trimpath", "-buildvcs=false", *_tags(module), "-ldflags", f"-s -w {module.stamp}".strip())
    return GoCommand(
        arguments=(str(go.path), "build", *flags, "-o", target, *(pin.package for pin in pins)),
        directory=MODULES / module.name,
        environment=go_environment(go, arch=arch),
    )


def _tags(module: GoModule) -> tuple[str, ...]:
    return ("-tags", module.tags) if module.tags else ()


class Builder:
    """Runs builds and shows how far they are."""

    def __init__(self, settings: Settings, go: GoSdk, progress: Progress) -> None:
        self._settings = settings
        self._go = go
        self._progress = progress

    def build(self, module: GoModule, pins: Collection[Pin], *, output: Path) -> None:
        """Builds programs of one module into a directory, each under its own name.

        Raises:
            BuildError: with the last lines that Go wrote; the whole output is in the cache, under `logs/`.
        """
        wanted = sorted(pins, key=lambda pin: pin.name)
        names = _title(module, wanted)
        log = self._settings.cache / "logs" / f"build-{module.name}.log"
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("w", encoding="utf-8") as record:
            listing = list_command(module, wanted, self._go, arch=self._settings.arch)
            with self._progress.step(f"fetching the modules of {names}", Unit.MODULES) as step:
                packages = self._list(listing, record, step)
            command = build_command(module, wanted, self._go, arch=self._settings.arch, output=output)
            with self._progress.step(f"building {names} with go{self._go.version}", Unit.PACKAGES) as step:
                self._compile(command, record, packages, step)

    def _list(self, command: GoCommand, record: TextIO, step: Step) -> frozenset[str]:
        packages: set[str] = set()
        fetched = 0
        with closing(self._run(command, record)) as lines:
            for line in lines:
                if line is not None and line.startswith("go: "):
                    fetched += line.startswith("go: downloading ")
                elif line is not None:
                    packages.add(line)
                step.at(fetched)
        return frozenset(packages)

    def _compile(self, command: GoCommand, record: TextIO, packages: frozenset[str], step: Step) -> None:
        compiled = 0
        with closing(self._run(command, record)) as lines:
            for line in lines:
                compiled += line in packages
                step.at(compiled, len(packages))

    def _run(self, command: GoCommand, record: TextIO) -> Generator[str | None, None, None]:
        """The lines that Go writes, as they come, and None after every second without one.

        However the generator is left, no process of Go's is left behind: compilers and linkers are in its group.
        """
        tail: deque[str] = deque(maxlen=_TAIL_LINES)
        try:
            go = subprocess.Popen(
                command.arguments,
                cwd=command.directory,
                env={**self._settings.environment, **dict(command.environment)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise self._failed(command, record, why=f"{command.arguments[0]} cannot be run: {error}") from error
        with go:
            try:
                for line in _lines(go):
                    if line is not None:
                        record.write(f"{line}\n")
                        tail.append(line)
                    yield line
                status = go.wait()
            except BaseException:
                _stop(go)
                raise
        if status != 0:
            raise self._failed(command, record, why="\n       ".join((f"exited with status {status}:", *tail)))

    def _failed(self, command: GoCommand, record: TextIO, *, why: str) -> BuildError:
        return BuildError(
            f"go {command.arguments[1]} failed in {command.directory}",
            why=why,
            fix=f"look at {record.name}; where modules could not be fetched, check GOPROXY and the network",
        )


def _title(module: GoModule, pins: Sequence[Pin]) -> str:
    """What is built, short enough for one line of a terminal that also shows a bar."""
    if len(pins) == 1:
        return f"{pins[0].name} {pins[0].version}"
    return f"{module.name} {pins[0].version} ({len(pins)} programs)"


def _lines(go: subprocess.Popen[bytes]) -> Iterator[str | None]:
    output = go.stdout
    if output is None:
        raise AssertionError("the process was started with a pipe")
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(output, selectors.EVENT_READ)
        while True:
            if not selector.select(_HEARTBEAT_S):
                yield None
                continue
            read = os.read(output.fileno(), 1 << 16)
            *whole, rest = (rest + read).split(b"\n")
            yield from (line.decode("utf-8", errors="replace") for line in whole)
            if not read:
                break
    if rest:
        yield rest.decode("utf-8", errors="replace")


def _stop(go: subprocess.Popen[bytes]) -> None:
    for request in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(go.pid, request)
        with suppress(subprocess.TimeoutExpired):
            go.wait(_STOP_TIMEOUT_S)
            break
