"""The whole way: cache, release, build; one after the other, and shared by two processes."""

import os
import threading
from collections.abc import Mapping

import pytest

from harness.core.errors import MisuseError
from harness.tests.toolchain.conftest import Heard, Machine, Mirror
from harness.toolchain.install import UnfitProgramError
from harness.toolchain.locate import ResolvedTool, ToolOrigin
from harness.toolchain.pins import PINS, ToolName
from harness.toolchain.resolve import Toolchain, ToolUnavailableError

_ETCD, _KWOKCTL = ToolName.ETCD, ToolName.KWOKCTL
_DEAD = "http://127.0.0.1:9"


def _sources(tools: Mapping[ToolName, ResolvedTool]) -> dict[ToolName, ToolOrigin]:
    return {name: tool.source for name, tool in tools.items()}


def test_a_release_is_unpacked_into_the_cache(machine: Machine, mirror: Mirror, heard: Heard) -> None:
    """From an archive and as a bare program; the next run finds both without asking anybody."""
    mirror.release(_ETCD)
    mirror.release(ToolName.KUBECTL)
    names = [_ETCD, ToolName.KUBECTL]
    settings = machine.settings(KUBEMIRROR_HARNESS_MIRROR=mirror.url)
    tools = Toolchain(settings).ensure(names, heard)
    assert _sources(tools) == dict.fromkeys(names, ToolOrigin.RELEASE)
    for tool in tools.values():
        assert tool.path == settings.cached(PINS[tool.name])
        assert os.access(tool.path, os.X_OK)
    asked = len(mirror.requests)
    assert _sources(Toolchain(settings).ensure(names, heard)) == dict.fromkeys(names, ToolOrigin.CACHE)
    assert len(mirror.requests) == asked


def test_nothing_but_programs_logs_and_locks_stays(machine: Machine, mirror: Mirror, heard: Heard) -> None:
    """Archives and scratch files are gone when the programs are there."""
    mirror.release(_ETCD)
    settings = machine.settings(KUBEMIRROR_HARNESS_MIRROR=mirror.url)
    tools = Toolchain(settings).ensure([_ETCD], heard)
    files = {path for path in settings.cache.rglob("*") if path.is_file()}
    assert files == {tools[_ETCD].path, settings.cache / "locks" / "etcd.lock"}


def test_two_programs_of_one_archive_cost_one_download(machine: Machine, mirror: Mirror, heard: Heard) -> None:
    """Where the archive lacks one of them, that one is built."""
    mirror.release(ToolName.PROMETHEUS)
    machine.go()
    names = [ToolName.PROMETHEUS, ToolName.PROMTOOL]
    tools = Toolchain(machine.settings(KUBEMIRROR_HARNESS_MIRROR=mirror.url)).ensure(names, heard)
    assert _sources(tools) == {ToolName.PROMETHEUS: ToolOrigin.RELEASE, ToolName.PROMTOOL: ToolOrigin.BUILD}
    assert sum(path.endswith(".tar.gz") for path, _ in mirror.requests) == 1
    assert any("holds no prometheus-3.13.5.linux-amd64/promtool" in line for line in heard.lines)


def test_a_wrong_checksum_is_refused_and_said(machine: Machine, mirror: Mirror, heard: Heard) -> None:
    """The program is built instead: a build is pinned by go.sum."""
    mirror.release(_ETCD, checksum="0" * 64)
    machine.go()
    settings = machine.settings(KUBEMIRROR_HARNESS_MIRROR=mirror.url)
    assert _sources(Toolchain(settings).ensure([_ETCD], heard)) == {_ETCD: ToolOrigin.BUILD}
    assert any("is not what its publisher says it is" in line for line in heard.lines)
    assert list((settings.cache / "downloads").iterdir()) == []


def test_a_release_of_another_version_is_refused(machine: Machine, mirror: Mirror, heard: Heard) -> None:
    """What was put into the cache is believed for ever, so it is asked before."""
    mirror.release(_ETCD, says="etcd Version: 3.6.4")
    settings = machine.settings(KUBEMIRROR_HARNESS_MIRROR=mirror.url)
    with pytest.raises(ToolUnavailableError) as raised:
        Toolchain(settings).ensure([_ETCD], heard)
    assert "it says 3.6.4" in raised.value.why
    assert not settings.cached(PINS[_ETCD]).exists()


def test_a_dead_network_is_said_once_and_everything_is_built(machine: Machine, heard: Heard) -> None:
    """One build for each module, however many programs it makes."""
    machine.go()
    names = [ToolName.KUBECTL, ToolName.KUBE_APISERVER, ToolName.AMTOOL]
    tools = Toolchain(machine.settings(KUBEMIRROR_HARNESS_MIRROR=_DEAD)).ensure(names, heard)
    assert _sources(tools) == dict.fromkeys(tools, ToolOrigin.BUILD)
    assert set(tools) == set(names)
    assert machine.go_calls() == ["list", "build"] * 2
    assert "building kubernetes 1.34.4 (2 programs) with go1.26.4" in heard.steps
    assert [line.split(".")[0:4] for line in heard.lines] == [
        ["127", "0", "0", "1:9: no connection (nothing listens there (connection refused))"]
    ]


def test_without_network_and_go_it_is_said_what_can_be_done(machine: Machine, heard: Heard) -> None:
    """Both ways are named with their reason, and a way out."""
    with pytest.raises(ToolUnavailableError, match=r"etcd 3\.6\.5 cannot be had") as raised:
        Toolchain(machine.settings(KUBEMIRROR_HARNESS_MIRROR=_DEAD)).ensure([_ETCD], heard)
    assert "127.0.0.1:9 cannot be reached" in raised.value.why
    assert "there is no Go 1.26 or newer" in raised.value.why
    assert "KUBEMIRROR_HARNESS_ETCD" in raised.value.fix
    assert raised.value.exit_code == 3


def test_a_bad_setting_stops_everything_before_it_starts(machine: Machine, heard: Heard) -> None:
    """Nobody waits twelve minutes to hear of a typing error."""
    machine.go()
    settings = machine.settings(KUBEMIRROR_HARNESS_KWOKCTL="/nowhere", KUBEMIRROR_HARNESS_MIRROR=_DEAD)
    with pytest.raises(MisuseError):
        Toolchain(settings).ensure([_ETCD, _KWOKCTL], heard)
    assert machine.go_calls() == []


def test_an_unfit_build_is_not_kept(machine: Machine, heard: Heard) -> None:
    """A stamp that does not work is found out here, not in a run."""
    machine.go()
    go = machine.bin / "go"
    go.write_text(go.read_text().replace("3.6.5", "0.0.1"))
    settings = machine.settings(KUBEMIRROR_HARNESS_MIRROR=_DEAD)
    with pytest.raises(UnfitProgramError, match=r"etcd is not etcd 3\.6\.5"):
        Toolchain(settings).ensure([_ETCD], heard)
    assert not settings.cached(PINS[_ETCD]).exists()


def test_two_at_once_share_one_build(machine: Machine, heard: Heard) -> None:
    """The second waits for the first, says so, and then finds the program."""
    machine.go()
    os.mkfifo(machine.root / "gate")
    settings = machine.settings(KUBEMIRROR_HARNESS_MIRROR=_DEAD)
    results: list[dict[ToolName, ToolOrigin]] = []
    building = threading.Event()

    class Building(Heard):
        def at(self, done: int, total: int | None = None) -> None:
            super().at(done, total)
            if done and total:
                building.set()

    def first() -> None:
        results.append(_sources(Toolchain(settings).ensure([_ETCD], Building())))

    def second() -> None:
        results.append(_sources(Toolchain(settings).ensure([_ETCD], heard)))

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert building.wait(30)
    threads[1].start()
    assert heard.waiting.wait(30)
    (machine.root / "gate").write_text("go on")
    for thread in threads:
        thread.join()
    assert results == [{_ETCD: ToolOrigin.BUILD}, {_ETCD: ToolOrigin.CACHE}]
    assert heard.steps == [f"waiting for process {os.getpid()}, which brings etcd"]
    assert machine.go_calls() == ["list", "build"]


def test_when_everything_is_cached_nothing_is_started(machine: Machine, heard: Heard) -> None:
    """A warm start runs no program, asks no host, takes no lock."""
    settings = machine.settings()
    paths = [machine.program(settings.cached(pin), "unused") for pin in PINS.values()]
    tools = Toolchain(settings).ensure(list(ToolName), heard)
    assert _sources(tools) == dict.fromkeys(ToolName, ToolOrigin.CACHE)
    assert [machine.runs(path) for path in paths] == [0] * len(paths)
    assert heard == Heard(waiting=heard.waiting)
    assert not (settings.cache / "locks").exists()


def test_the_answer_has_the_programs_that_were_asked_for(machine: Machine, heard: Heard) -> None:
    """No more, no less, each once."""
    settings = machine.settings()
    machine.program(settings.cached(PINS[_ETCD]), "unused")
    assert list(Toolchain(settings).ensure([_ETCD, _ETCD], heard)) == [_ETCD]
    assert Toolchain(settings).ensure([], heard) == {}
