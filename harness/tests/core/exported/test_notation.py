"""promtool's notation: short, and exact to the last bit."""

import itertools
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import MisuseError
from harness.core.exported.notation import notation, number
from harness.core.samples import STALE, Point

_ITEM = re.compile(r"(_|stale|-?[\d.]+(?:e[+-]?\d+)?|-?Inf|NaN)(?:([+-][\d.]+(?:e[+-]?\d+)?)?x(\d+))?")


def points(*values: float | None) -> list[Point]:
    """A value every 30 seconds; None where there is none."""
    return [Point(at_s=30.0 * index, value=float(value)) for index, value in enumerate(values) if value is not None]


def noted(*values: float | None) -> str:
    """In promtool's notation."""
    return notation(points(*values), interval_s=30.0)


def read(text: str) -> list[float | None]:
    """What promtool makes of it: `series_item` of its grammar."""
    found: list[float | None] = []
    for item in text.split():
        one = _ITEM.fullmatch(item)
        assert one is not None, item
        first, step, times = one.groups()
        if first == "_":
            found += [None] * int(times or 1)
        else:
            value = STALE if first == "stale" else float(first)
            for _ in range(int(times or 0) + 1):
                found.append(value)
                value += float(step or 0)
    return found


def grown(first: float, step: float, count: int) -> list[float]:
    """What only grows, as it is added up."""
    return list(itertools.accumulate([step] * count, initial=first))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((), ""),
        ((5,), "5"),
        ((1, 1, 1), "1x2"),
        ((0, 30, 60, 90), "0+30x3"),
        ((3, 2, 1), "3-1x2"),
        ((-2, -1, 0), "-2+1x2"),
        ((1, 2), "1 2"),
        ((0.5, 7, 7), "0.5 7x1"),
        ((0, 0, 0, 30, 60), "0x2 30 60"),
        ((None, None, 1), "_x2 1"),
        ((1, None, 2), "1 _ 2"),
        ((4, 4, STALE, None, None, 4), "4x1 stale _x2 4"),
        ((0, 30, 60, 0, 30, 60), "0+30x2 0+30x2"),
        ((math.inf, -math.inf, 1), "Inf -Inf 1"),
        ((256 * 1024 * 1024,), "268435456"),
        ((1e300, 1e-7), "1e+300 1e-07"),
    ],
)
def test_it_is_short(values: tuple[float | None, ...], text: str) -> None:
    """What grows evenly is one item, and so is what stays as it is."""
    assert noted(*values) == text


def test_what_is_added_up_in_floats_is_one_item() -> None:
    """Though no two differences of its values are the same."""
    values = grown(0.0, 0.1 * 30 * 0.099, 60)
    assert len({after - before for before, after in itertools.pairwise(values)}) > 1
    assert len(noted(*values).split()) == 1
    assert read(noted(*values)) == values


def test_what_goes_on_from_a_large_number_is_exact() -> None:
    """Where what is added can no more be told by a difference."""
    values = grown(1e9 / 3, 0.1 * 30 / 7, 40)
    assert read(noted(*values)) == values
    assert len(noted(*values).split()) <= 2


def test_a_sample_between_two_instants_is_refused() -> None:
    """It would be told at another instant."""
    with pytest.raises(MisuseError):
        notation([Point(at_s=31.0, value=1.0)], interval_s=30.0)
    with pytest.raises(MisuseError):
        notation([*points(1.0), *points(2.0)], interval_s=30.0)


_VALUES = st.one_of(st.none(), st.floats(allow_nan=False), st.integers(-5, 5).map(float))
_RUNS = st.lists(
    st.one_of(
        st.lists(_VALUES, max_size=4),
        st.builds(grown, st.floats(-1e6, 1e6), st.floats(-1e3, 1e3), st.integers(0, 20)),
    ),
    max_size=4,
).map(lambda runs: [value for run in runs for value in run])


@given(values=_RUNS)
def test_it_is_exact(values: list[float | None]) -> None:
    """Read back, it is what was written, whatever it was; but for what is not there at the end."""
    while values and values[-1] is None:
        values.pop()
    assert read(noted(*values)) == values


@given(value=st.floats(allow_nan=False))
def test_a_number_is_read_back(value: float) -> None:
    """Whole or not."""
    assert float(number(value)) == value
