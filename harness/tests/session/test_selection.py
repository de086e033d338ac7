"""What a command line asks for decides whether a gap is the run's or the selection's."""

from pathlib import Path

import pytest

from harness.session.selection import asks_for_all


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [
        pytest.param(("scenarios",), True, id="all"),
        pytest.param((), True, id="all-there-is"),
        pytest.param(("scenarios", "-k", "flood"), False, id="by-name"),
        pytest.param(("scenarios", "-m", "smoke"), False, id="by-marker"),
        pytest.param(("scenarios", "-msmoke"), False, id="by-marker-in-one-word"),
        pytest.param(("scenarios", "--alert", "Down"), False, id="by-alert"),
        pytest.param(("scenarios", "--deselect", "scenarios/test_a.py"), False, id="but-one"),
        pytest.param(("scenarios/test_a.py",), False, id="a-file"),
        pytest.param(("scenarios/test_a.py::test_a",), False, id="a-test"),
    ],
)
def test_a_selection_is_not_the_whole(pytester: pytest.Pytester, arguments: tuple[str, ...], whole: bool) -> None:
    """However it is made."""
    directory = Path(pytester.mkdir("scenarios"))
    (directory / "test_a.py").write_text("def test_a():\n    pass\n")
    pytester.makeini("[pytest]\naddopts = -m 'not accident'")
    config = pytester.parseconfig("-p", "harness.plugin", "-p", "no:asyncio", *arguments)
    assert asks_for_all(config) is whole
