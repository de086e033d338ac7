"""`harness doctor`: which programs a run would use, from where, and what the machine offers. Changes nothing."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from harness.core.errors import HarnessError
from harness.report.plain_text import cell
from harness.stacks.embedded.cgroups import cgroup_support
from harness.stacks.kind.docker import Docker, NoDockerError
from harness.toolchain import ON_DEMAND, PINS, Absent, Toolchain, ToolName
from harness.toolchain.asset import asset_of, host_of
from harness.toolchain.gosdk import GoSdk
from harness.toolchain.machine import Machine, look

#: exit code when a program can neither be found nor fetched nor built
MISSING = 3

#: a cold build of everything needs this much for modules, Go's build cache and the programs
_BUILD_DISK_BYTES = 8 << 30
_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRow:
    """One program as the table shows it."""

    name: ToolName
    #: the pinned version
    version: str
    #: `cache`, or `to download`, `to build`, `missing`, `wrong setting`
    source: str
    #: its path, or what would be done
    where: str
    #: whether a run can use it, after a download or a build if need be
    fine: bool


def doctor(toolchain: Toolchain | None = None, console: Console | None = None) -> int:
    """Prints the tables and returns the exit code: 0, or 3 with something missing that cannot be had.

    In a pipe each row is one line, in columns and never wrapped.
    """
    toolchain = toolchain or Toolchain()
    console = console or Console(highlight=False, no_color="NO_COLOR" in os.environ or None)
    rows = tool_rows(toolchain)
    cache = toolchain.settings.cache
    offers = machine_rows(look(cache), cgroups=cgroup_support().reason, go=toolchain.go(), cache=cache)
    offers = [*offers, ("Docker", docker_told(Docker()))]
    show = _print_tables if console.is_terminal else _print_plain
    show(console, rows, offers)
    return 0 if all(row.fine for row in rows if row.name not in ON_DEMAND) else MISSING


def tool_rows(toolchain: Toolchain) -> Sequence[ToolRow]:
    """What would be used, program by program. Takes up to 4 s without network, and only if something is missing."""
    return [_tool_row(toolchain, name) for name in ToolName]


def _tool_row(toolchain: Toolchain, name: ToolName) -> ToolRow:
    pin = PINS[name]
    try:
        found = toolchain.find(name)
    except HarnessError as error:
        return ToolRow(name=name, version=pin.version, source="wrong setting", where=error.why, fine=False)
    if not isinstance(found, Absent):
        return ToolRow(name=name, version=found.version, source=found.source, where=str(found.path), fine=True)
    note = f"; not used: {found.instead}" if found.instead else ""
    refusal = toolchain.unreachable(name)
    host = host_of(asset_of(pin, arch=toolchain.settings.arch, mirror=toolchain.settings.mirror).url)
    if refusal is None:
        where = f"would be downloaded from {host}{note}"
        return ToolRow(name=name, version=pin.version, source="to download", where=where, fine=True)
    go = toolchain.go()
    if go is not None:
        where = f"would be built with go{go.version} ({host}: {refusal}){note}"
        return ToolRow(name=name, version=pin.version, source="to build", where=where, fine=True)
    where = f"{host}: {refusal}; no Go to build it with{note}"
    return ToolRow(name=name, version=pin.version, source="missing", where=where, fine=False)


def machine_rows(machine: Machine, *, cgroups: str, go: GoSdk | None, cache: Path) -> Sequence[tuple[str, str]]:
    """What the machine offers, as pairs of name and value."""
    disk = f"{machine.disk_bytes / _GIB:.1f} GiB free for {cache}"
    if machine.disk_bytes < _BUILD_DISK_BYTES:
        disk += f" (too little to build everything, which takes {_BUILD_DISK_BYTES / _GIB:.0f} GiB)"
    return [
        ("control groups", cgroups),
        ("cores", str(machine.cores)),
        ("memory", f"{machine.memory_bytes / _GIB:.1f} GiB, {machine.available_bytes / _GIB:.1f} GiB available"),
        ("disk", disk),
        ("Go", "none that is new enough" if go is None else f"{go.version} ({go.path})"),
    ]


def docker_told(docker: Docker) -> str:
    """Whether `--stack kind` has what it needs; no other stack needs it, so that its lack is no failure."""
    try:
        return f"engine {docker.engine()} answers: --stack kind can run"
    except NoDockerError as error:
        return f"{error.what}: {error.why}; --stack kind needs it, --stack embedded does not"


def _print_tables(console: Console, rows: Sequence[ToolRow], machine: Sequence[tuple[str, str]]) -> None:
    tools = Table("program", "version", "source", "path", title="Programs", title_justify="left")
    for row in rows:
        tools.add_row(row.name, row.version, row.source, cell(row.where), style="" if row.fine else "bold red")
    offers = Table("what", "value", title="Machine", title_justify="left")
    for what, value in machine:
        offers.add_row(what, cell(value))
    console.print(tools, offers, sep="\n")


def _print_plain(console: Console, rows: Sequence[ToolRow], machine: Sequence[tuple[str, str]]) -> None:
    lines = [f"{row.name:<24}{row.version:<9}{row.source:<14}{row.where}" for row in rows]
    lines += [f"{what:<24}{value}" for what, value in machine]
    for line in lines:
        console.print(cell(line), soft_wrap=True, highlight=False)
