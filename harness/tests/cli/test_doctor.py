"""`harness doctor`: the tables, and an exit code that a script can use."""

import io
import socket
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.doctor import MISSING, docker_told, doctor, machine_rows, tool_rows
from harness.stacks.kind.docker import Docker
from harness.toolchain import PINS, Settings, Toolchain, ToolName
from harness.toolchain.download import Connect, Downloader
from harness.toolchain.gosdk import GoSdk
from harness.toolchain.machine import Machine

_GO = "#!/bin/sh\necho go version go1.26.4 linux/amd64\n"


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no wheel."""
    monkeypatch.setattr("harness.toolchain.gosdk._wheel", lambda: None)
    for name in ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def _program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def _no_network(_address: object, _timeout_s: float) -> socket.socket:
    raise ConnectionRefusedError(111, "Connection refused")


def _toolchain(tmp_path: Path, *, connect: Connect = _no_network, **environment: str) -> Toolchain:
    base = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), **environment}
    return Toolchain(Settings.of(base, machine="x86_64"), downloader=Downloader(connect=connect))


def _shown(toolchain: Toolchain, *, terminal: bool = False, width: int = 140) -> tuple[int, str]:
    out = io.StringIO()
    code = doctor(toolchain, Console(file=out, force_terminal=terminal, width=width, color_system=None))
    return code, out.getvalue()


def test_everything_in_the_cache_is_fine(tmp_path: Path) -> None:
    """Exit code 0, and each program's version, source and path in its line."""
    toolchain = _toolchain(tmp_path)
    for pin in PINS.values():
        _program(toolchain.settings.cached(pin), "")
    code, text = _shown(toolchain)
    assert code == 0
    lines = text.splitlines()
    assert lines[0].split() == ["etcd", "3.6.5", "cache", str(toolchain.settings.cached(PINS[ToolName.ETCD]))]
    assert [line.split()[0] for line in lines[: len(ToolName)]] == list(ToolName)
    assert [line.split("  ")[0] for line in lines[len(ToolName) :]] == [
        "control groups",
        "cores",
        "memory",
        "disk",
        "Go",
        "Docker",
    ]


@pytest.mark.parametrize("name", list(ToolName))
def test_only_what_every_stack_needs_has_to_be_there(tmp_path: Path, name: ToolName) -> None:
    """Neither kind nor Helm can be had here, and nobody misses them who asks for no containers."""
    toolchain = _toolchain(tmp_path)
    for pin in PINS.values():
        if pin.name != name:
            _program(toolchain.settings.cached(pin), "")
    code, text = _shown(toolchain)
    assert code == (0 if name in {ToolName.KIND, ToolName.HELM} else MISSING)
    assert text.count("missing") == 1


def test_nothing_to_be_had_is_exit_code_3(tmp_path: Path) -> None:
    """No network and no Go: each program says why it cannot be had."""
    code, text = _shown(_toolchain(tmp_path))
    assert code == MISSING == 3
    assert text.count("missing") == len(ToolName)
    assert "github.com: nothing listens there (connection refused); no Go to build it with" in text


def test_what_can_be_built_is_fine(tmp_path: Path) -> None:
    """A long build is no obstacle, and nothing is built by looking."""
    _program(tmp_path / "bin" / "go", _GO)
    toolchain = _toolchain(tmp_path)
    code, text = _shown(toolchain)
    assert code == 0
    assert "would be built with go1.26.4 (dl.k8s.io: nothing listens there (connection refused))" in text
    assert not toolchain.settings.cache.exists()


def test_what_can_be_downloaded_is_fine(tmp_path: Path) -> None:
    """The host that would be asked is named."""
    toolchain = _toolchain(tmp_path, connect=lambda _address, _timeout_s: socket.socket())
    rows = {row.name: row for row in tool_rows(toolchain)}
    assert all(row.fine for row in rows.values())
    assert rows[ToolName.KUBECTL].source == "to download"
    assert rows[ToolName.KUBECTL].where == "would be downloaded from dl.k8s.io"


def test_a_setting_that_cannot_be_used_is_shown_and_not_raised(tmp_path: Path) -> None:
    """The table is where such a mistake is looked for."""
    _program(tmp_path / "bin" / "go", _GO)
    code, text = _shown(_toolchain(tmp_path, KUBEMIRROR_HARNESS_ETCD="/nowhere/etcd"))
    assert code == MISSING
    assert "wrong setting" in text.splitlines()[0]


def test_another_version_on_path_is_named(tmp_path: Path) -> None:
    """So that nobody wonders why it is not used."""
    _program(tmp_path / "bin" / "go", _GO)
    path = _program(tmp_path / "bin" / "kubectl", "#!/bin/sh\necho Client Version: v1.30.2\n")
    _, text = _shown(_toolchain(tmp_path))
    assert f"not used: {path} is 1.30.2" in text


def test_a_terminal_gets_tables(tmp_path: Path) -> None:
    """Two of them, with titles."""
    _, text = _shown(_toolchain(tmp_path), terminal=True)
    assert "Programs" in text
    assert "Machine" in text
    assert "│ kube-controller-manager │ 1.34.4" in text


@pytest.mark.parametrize("terminal", [True, False], ids=["tables", "lines"])
def test_a_hostile_path_is_shown_as_it_is(tmp_path: Path, *, terminal: bool) -> None:
    """No markup and no escape sequence, in tables and in lines."""
    path = _program(tmp_path / "bin" / "[red]\x1b[2J" / "kwokctl", "#!/bin/sh\necho kwokctl version v0.8.0\n")
    toolchain = _toolchain(tmp_path, PATH=str(path.parent))
    _, text = _shown(toolchain, terminal=terminal, width=300)  # wider than any temporary directory's path
    assert "\x1b[2J" not in text
    assert r"[red]\x1b[2J" in text


def test_the_machine_is_told_in_units_people_use() -> None:
    """And a disk that is too small for a build is said to be so."""
    machine = Machine(cores=4, memory_bytes=8 << 30, available_bytes=3 << 29, disk_bytes=2 << 30)
    go = GoSdk(path=Path("/usr/bin/go"), version="1.26.4")
    assert machine_rows(machine, cgroups="none", go=go, cache=Path("/c")) == [
        ("control groups", "none"),
        ("cores", "4"),
        ("memory", "8.0 GiB, 1.5 GiB available"),
        ("disk", "2.0 GiB free for /c (too little to build everything, which takes 8 GiB)"),
        ("Go", "1.26.4 (/usr/bin/go)"),
    ]
    roomy = Machine(cores=4, memory_bytes=8 << 30, available_bytes=3 << 29, disk_bytes=20 << 30)
    rows = dict(machine_rows(roomy, cgroups="none", go=None, cache=Path("/c")))
    assert rows["disk"] == "20.0 GiB free for /c"
    assert rows["Go"] == "none that is new enough"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "there is no Docker: no program `docker` on PATH; --stack kind needs it, --stack embedded does not"),
        ("#!/bin/sh\necho 28.1.0\n", "engine 28.1.0 answers: --stack kind can run"),
        ("#!/bin/sh\necho Cannot connect to the Docker daemon >&2\nexit 1\n", "no Docker engine answers: "),
    ],
    ids=["no client", "an engine", "a client alone"],
)
def test_docker_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, said: str) -> None:
    """Whether there is a client, and an engine behind it."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin" if script else str(tmp_path))
    if script:
        _program(tmp_path / "docker", script)
    assert docker_told(Docker()).startswith(said)
