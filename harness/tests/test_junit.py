"""What a whole session leaves in JUnit's file: evidence as properties, well-formed whatever others wrote."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from harness.home import DEFAULT_SUBJECT
from harness.tests.test_plugin import _CONFTEST, _HEAD, _INI, DOWN, MATRIX, MEMORY

_TESTS = r"""
from harness.core.errors import CouldNotTellError


@pages
def test_verified(scenario):
    pass


@silent
def test_hostile(scenario, request):
    request.node.user_properties.append(("mine", "kept"))
    raise CouldNotTellError("a\x1b[2J ]]> \x00 & <b>", why="\ud800 \ufffe \u202e", fix="none")


@pages
def test_skipped(scenario):
    pytest.skip("needs cgroups")


@pages
@pytest.mark.skip(reason="not on this machine")
def test_skipped_beforehand(scenario):
    pass


@pages
@pytest.mark.speed_at_most(15, because="x")
def test_leaves_something(inject, fault):
    bad = fault("a")
    bad.refuses_undo = CouldNotTellError("a stays", why="planted", fix="-")
    inject(bad)
"""

Properties = dict[str, dict[str, str]]


@pytest.fixture
def properties(pytester: pytest.Pytester) -> Properties:
    """Of each test, by its function's name."""
    pytester.makeini(_INI)
    pytester.makeconftest(_CONFTEST)
    pytester.makefile(".yaml", matrix=MATRIX)
    pytester.makepyfile(test_it=_HEAD + _TESTS)
    pytester.runpytest_inprocess("--junitxml=junit.xml")
    root = ET.fromstring(Path("junit.xml").read_bytes())  # noqa: S314 - our own
    return {
        case.attrib["name"].partition("[")[0]: {
            one.attrib["name"]: one.attrib["value"] for one in case.iter("property")
        }
        for case in root.iter("testcase")
    }


def test_each_scenario_s_evidence_is_in_the_file(properties: Properties) -> None:
    """Verdict, promise, row, speed, seconds, command; of the whole cast what was expected and what happened."""
    found = properties["test_verified"]
    assert (found["verdict"], found["about"], found["speed"]) == ("VERIFIED", DOWN, "60")
    assert (found["matrix.row"], found[f"matrix.{DOWN}"]) == ("down", "must fire: fired")
    assert found[f"matrix.{MEMORY}"] == "must not fire: silent"
    assert found["matrix.KubeMirrorCPUThrottling"] == "must not fire: not known"
    assert float(found["seconds"]) >= 0
    assert f"test_verified[{DOWN}]' --speed 60" in found["reproduce"]
    assert found["reproduce"].endswith(f"--subject {DEFAULT_SUBJECT}")
    assert found[f"{DOWN}.verdict"] == "VERIFIED"
    assert found[f"{DOWN}.promise"]


def test_hostile_text_leaves_the_file_well_formed(properties: Properties) -> None:
    """Control characters and what is no character become visible; a scenario's own properties stay."""
    found = properties["test_hostile"]
    assert found[f"{MEMORY}.cause"].splitlines() == [
        r"a\x1b[2J ]]> \x00 & <b>",
        r"  why: \ud800 \ufffe \u202e",
        "  fix: none",
    ]
    # the program's place depends on whether its environment is active
    assert f"pytest 'test_it.py::test_hostile[{MEMORY}]' --speed 60" in found["reproduce"]
    assert (found["verdict"], found["mine"]) == ("UNKNOWN", "kept")


@pytest.mark.parametrize(
    ("name", "why"),
    [("test_skipped", "needs cgroups"), ("test_skipped_beforehand", "not on this machine")],
    ids=["in-the-body", "by-a-marker"],
)
def test_what_is_skipped_has_its_reason(properties: Properties, name: str, why: str) -> None:
    """Wherever it was decided."""
    found = properties[name]
    assert (found["verdict"], found[f"{DOWN}.cause"]) == ("SKIPPED", why)


def test_what_comes_after_the_body_is_in_the_file_as_well(properties: Properties) -> None:
    """A fault that stays makes UNKNOWN of a scenario that was verified; its speed is its own."""
    found = properties["test_leaves_something"]
    assert (found["verdict"], found["speed"]) == ("UNKNOWN", "15")
    assert (found[f"{DOWN}.verdict"], found[f"{DOWN}.verdict.2"]) == ("VERIFIED", "UNKNOWN")
