"""Locating: set by hand before PATH before cache, each only with the pinned version."""

import os
import re
from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.tests.toolchain.conftest import Machine
from harness.toolchain.locate import Absent, Locator, ResolvedTool, ToolOrigin
from harness.toolchain.pins import PINS, ToolName

_PIN = PINS[ToolName.ETCD]
_FITS = "etcd Version: 3.6.5"


def _find(machine: Machine, **environment: str) -> ResolvedTool | Absent:
    return Locator(machine.settings(**environment)).find(_PIN)


def _source(machine: Machine, **environment: str) -> ToolOrigin | None:
    found = _find(machine, **environment)
    return None if isinstance(found, Absent) else found.source


def test_setting_then_path_then_cache_then_nothing(machine: Machine) -> None:
    """Each place is used only when those before it have nothing."""
    explicit = machine.program(machine.root / "mine", _FITS)
    on_path = machine.program(machine.bin / "etcd", _FITS)
    cached = machine.program(machine.settings().cached(_PIN), _FITS)
    assert _source(machine, KUBEMIRROR_HARNESS_ETCD=str(explicit)) is ToolOrigin.SETTING
    assert _source(machine) is ToolOrigin.PATH
    on_path.unlink()
    assert _source(machine) is ToolOrigin.CACHE
    cached.unlink()
    assert _source(machine) is None


def test_another_version_on_path_is_passed_over_and_named(machine: Machine) -> None:
    """Whoever wonders why their own program is not used reads it in the table."""
    path = machine.program(machine.bin / "etcd", "etcd Version: 3.5.0")
    assert _find(machine) == Absent(instead=f"{path} is 3.5.0")


def test_a_program_on_path_that_cannot_tell_its_version_is_passed_over(machine: Machine) -> None:
    """It may be anything."""
    path = machine.program(machine.bin / "etcd", "flag provided but not defined", status=2)
    found = _find(machine)
    assert found == Absent(instead=f"{path} exited with status 2 and said: flag provided but not defined")


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ("etcd Version: 3.5.0", r"etcd 3\.6\.5 is needed, and this program is etcd 3\.5\.0"),
        ("hello", r"etcd 3\.6\.5 is needed, and this program exited with status 0 and said: hello"),
    ],
)
def test_a_setting_with_another_version_is_misuse(machine: Machine, says: str, why: str) -> None:
    """What a person asked for is never silently replaced."""
    path = machine.program(machine.root / "mine", says)
    with pytest.raises(MisuseError, match=r"KUBEMIRROR_HARNESS_ETCD=.*/mine cannot be used") as raised:
        _find(machine, KUBEMIRROR_HARNESS_ETCD=str(path))
    assert re.search(why, raised.value.why)


def test_a_setting_that_names_nothing_is_misuse(machine: Machine) -> None:
    """A typing error is told as one."""
    with pytest.raises(MisuseError) as raised:
        _find(machine, KUBEMIRROR_HARNESS_ETCD="/nowhere/etcd")
    assert "cannot be run: there is no such file" in raised.value.why


def test_a_program_is_asked_for_its_version_once(machine: Machine) -> None:
    """A warm start runs no program; a program that was replaced is asked again."""
    path = machine.program(machine.bin / "etcd", _FITS)
    for _ in range(3):
        assert _source(machine) is ToolOrigin.PATH
    assert machine.runs(path) == 1
    machine.program(path, "etcd Version: 3.7.0")
    os.utime(path, ns=(1, 1))
    assert isinstance(_find(machine), Absent)
    assert machine.runs(path) == 2


def test_what_is_cached_is_not_run(machine: Machine) -> None:
    """It was asked before it was put there."""
    path = machine.program(machine.settings().cached(_PIN), _FITS)
    assert _source(machine) is ToolOrigin.CACHE
    assert machine.runs(path) == 0


@pytest.mark.parametrize("damage", ["", "[]", "{broken", '{"a": 1}', "\x00"])
def test_a_damaged_memory_only_costs_time(machine: Machine, damage: str) -> None:
    """It is asked again, and remembered again."""
    machine.program(machine.bin / "etcd", _FITS)
    memory = machine.settings().cache / "versions.json"
    memory.parent.mkdir(parents=True)
    memory.write_text(damage)
    assert _source(machine) is ToolOrigin.PATH


def test_a_memory_that_cannot_be_kept_is_no_obstacle(machine: Machine) -> None:
    """A cache on a read-only file system still leaves PATH."""
    machine.program(machine.bin / "etcd", _FITS)
    blocked = machine.root / "blocked"
    blocked.write_text("a file where the cache's directory would be")
    assert _source(machine, KUBEMIRROR_HARNESS_CACHE=str(Path(blocked))) is ToolOrigin.PATH
