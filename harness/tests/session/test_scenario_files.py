"""Scenarios are known by their markers, before anything is imported, and by nothing else."""

from pathlib import Path

import pytest

from harness.session.scenario_files import found_in

_MARKED = "import pytest\n@pytest.mark.promise('queue_depth')\ndef test_it(): ...\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(_MARKED, True, id="decorated"),
        pytest.param("from pytest import mark\n@mark.silent\ndef test_it(): ...\n", True, id="imported mark"),
        pytest.param("import pytest\npytestmark = pytest.mark.scenario\n", True, id="the whole module"),
        pytest.param("import pytest\n@pytest.mark.smoke\ndef test_it(scenario): ...\n", False, id="everybody's marker"),
        pytest.param(f"TEXT = '''{_MARKED}'''\n", False, id="in a text"),
        pytest.param("def test_it(:  # mark.promise\n", True, id="no Python, but about one"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_a_file_is_known_by_the_markers_in_its_code(tmp_path: Path, text: str, found: bool) -> None:
    """Whatever it is called, and wherever it lies."""
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts" / "test_it.py").write_text(text)
    for word in ("alerts", "alerts/test_it.py", "alerts/test_it.py::test_it", "."):
        assert found_in([word], tmp_path) is found, word


@pytest.mark.parametrize(
    ("word", "found"),
    [
        pytest.param("alerts/test_other.py", True, id="misspelt beside it"),
        pytest.param("tests", False, id="another directory"),
        pytest.param("tests/test_other.py", False, id="misspelt elsewhere"),
        pytest.param("nowhere/test_it.py", False, id="no directory"),
        pytest.param("--alerts", False, id="an option"),
    ],
)
def test_only_what_is_asked_for_is_looked_at(tmp_path: Path, word: str, found: bool) -> None:
    """Unit tests beside scenarios stay unit tests."""
    for folder in ("alerts", "tests", "alerts/.hidden"):
        (tmp_path / folder).mkdir()
    (tmp_path / "alerts" / "test_it.py").write_text(_MARKED)
    (tmp_path / "tests" / "helper.py").write_text(_MARKED)
    assert found_in([word], tmp_path) is found


def test_where_no_file_has_a_scenario_there_is_nothing_of_the_harness(pytester: pytest.Pytester) -> None:
    """Its words are others' as well: no fixture, no reading of a subject, pytest's own exit codes."""
    pytester.makeconftest('pytest_plugins = ["harness.plugin"]')
    pytester.makepyfile(
        test_it="""
        import sys
        import pytest

        @pytest.mark.parametrize("scenario", [1, 2])
        def test_own(scenario):
            assert scenario

        def test_light():
            heavy = {"rich", "pydantic", "aiohttp", "harness.session.session", "harness.scenario_hooks"}
            assert not heavy & set(sys.modules)

        def test_asks(given): ...
        """
    )
    ran = pytester.runpytest_subprocess("--subject", "nowhere.yaml", "-p", "no:cacheprovider", "-p", "no:asyncio")
    ran.assert_outcomes(passed=3, errors=1)
    assert ran.ret == 1
    ran.stdout.fnmatch_lines(["*fixture 'given' not found"])
