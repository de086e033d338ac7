"""A run's name says what differs from the scenario's other runs, and can be read back."""

import pytest

from harness.core.contract.run_name import alerts_in, run_name, speed_in, without_speed


@pytest.mark.parametrize(
    ("alerts", "lower_speed", "name"),
    [
        (("A",), "", "A"),
        (("A", "B", "C"), "", "A+B+C"),
        (("A", "B", "C", "D"), "", "4 alerts"),
        (("A", "B", "C", "D"), "15", "4 alerts, speed 15"),
        ((), "2.5", "speed 2.5"),
        ((), "", ""),
    ],
)
def test_a_run_is_named_by_its_alerts_and_a_lower_speed(alerts: tuple[str, ...], lower_speed: str, name: str) -> None:
    """What is written is what is read."""
    assert run_name(alerts, lower_speed) == name
    assert speed_in(f"a.py::test_a[{name}]") == (f"speed {lower_speed}" if lower_speed else "")


@pytest.mark.parametrize(
    ("nodeid", "speed", "rest"),
    [
        ("t.py::test_x[8 alerts, speed 15]", "speed 15", "t.py::test_x[8 alerts]"),
        ("t.py::test_x[speed 2.5-other]", "speed 2.5", "t.py::test_x[-other]"),
        ("t.py::test_x[other-A, speed 15]", "speed 15", "t.py::test_x[other-A]"),
        ("t.py::test_x[top speed 15]", "", "t.py::test_x[top speed 15]"),
        ("t.py::test_speed 15", "", "t.py::test_speed 15"),
    ],
)
def test_a_speed_is_found_only_where_a_name_has_it(nodeid: str, speed: str, rest: str) -> None:
    """Not in a parameter's own words, and not in the claim."""
    assert (speed_in(nodeid), without_speed(nodeid)) == (speed, rest)


@pytest.mark.parametrize(
    ("name", "alerts"),
    [
        ("A", ("A",)),
        ("A+B, speed 15", ("A", "B")),
        ("other-B, speed 15", ("B",)),
        ("4 alerts", ()),
        ("AB", ()),
        ("", ()),
    ],
)
def test_the_alerts_of_a_run_are_read_back(name: str, alerts: tuple[str, ...]) -> None:
    """As far as they were not too many to be named."""
    nodeid = f"t.py::test_x[{name}]" if name else "t.py::test_A"
    assert alerts_in(nodeid, ("A", "B", "C")) == alerts
