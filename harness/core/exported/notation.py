"""Samples in the notation of `promtool test rules`: `0+30x20 _x4 5 stale`, as short as they allow and exact.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
`a+bxn` is a, and n times what was before and b, added one after the other in floats:
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/parser/generated_parser.y (`series_item`)
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from harness.core.errors import MisuseError
from harness.core.samples import Point, is_stale

#: so many digits tell every float
_DIGITS: Final = 17
#: whole numbers from here on are not exact
_WHOLE: Final = 2.0**53
#: so many times the distance of two floats is no change
_ROUNDING: Final = 4
#: of fewer values no pattern is made
_WORTH: Final = 2


def notation(points: Sequence[Point], *, interval_s: float) -> str:
    """The values of one series, the first at 0.

    Args:
        points: in the order of time, at multiples of the interval from 0 on; at most one at each.
        interval_s: between two values, in seconds.

    Raises:
        MisuseError: a sample lies at no multiple of the interval.
    """
    return " ".join(_items(_slotted(points, interval_s)))


def number(value: float) -> str:
    """A number as promtool reads it back exactly; whole ones without a point."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < _WHOLE else repr(value)


def _slotted(points: Sequence[Point], interval_s: float) -> list[float | None]:
    """The value at each multiple; None where there is none."""
    found: list[float | None] = []
    for one in points:
        index = round(one.at_s / interval_s)
        if abs(one.at_s - index * interval_s) > 1e-6 or index < len(found):  # noqa: PLR2004 - less than a microsecond
            raise MisuseError(
                f"a sample at {one.at_s:g} s cannot be written for promtool",
                why=f"its samples lie {interval_s:g} s apart, one at each instant",
                fix="take samples that were scraped at that interval",
            )
        found += [None] * (index - len(found))
        found.append(one.value)
    return found


def _items(values: Sequence[float | None]) -> Iterator[str]:
    at = 0
    while at < len(values):
        value = values[at]
        if value is None:
            count = next((n for n, one in enumerate(values[at:]) if one is not None), len(values) - at)
            yield "_" if count == 1 else f"_x{count}"
            at += count
        elif is_stale(value) or not math.isfinite(value):
            yield "stale" if is_stale(value) else number(value)
            at += 1
        else:
            steps, step = _run(value, values[at + 1 :])
            if step == 0 and steps:
                yield f"{number(value)}x{steps}"
            elif steps >= _WORTH:
                yield f"{number(value)}{'-' if step < 0 else '+'}{number(abs(step))}x{steps}"
            else:
                yield number(value)
                steps = 0
            at += steps + 1


def _run(first: float, rest: Sequence[float | None]) -> tuple[int, float]:
    """How many of the next values come by adding one number over and over, and that number."""
    if not rest or rest[0] is None or not math.isfinite(rest[0]):
        return 0, 0.0
    found = _longest(first, rest, _shortened(rest[0] - first))
    count, step = found
    before = rest[count - 1] if count else first
    value = rest[count] if count < len(rest) else None
    if before is None or value is None or not math.isfinite(value):
        return found
    if abs(value - before - step) > _ROUNDING * math.ulp(max(abs(value), abs(before))):
        return found
    # it goes on as it was, but for rounding: another number may be exact for all of it
    low, high = _between(first, rest)
    return max(found, _longest(first, rest, _inside(low, high)), key=lambda one: one[0])


def _longest(first: float, rest: Sequence[float | None], steps: Iterable[float]) -> tuple[int, float]:
    """The number that is exact for the most values; of such the one that comes first."""
    return max(((_reach(first, rest, step), step) for step in steps), key=lambda one: one[0], default=(0, 0.0))


def _shortened(step: float) -> Iterator[float]:
    for digits in range(1, _DIGITS + 1):
        shorter = float(f"{step:.{digits}g}")
        yield shorter
        if shorter == step:
            return


def _between(first: float, rest: Sequence[float | None]) -> tuple[Fraction, Fraction]:
    """What is added, at least and at most: each value allows for what is no more than its rounding."""
    found: tuple[Fraction, Fraction] | None = None
    before = first
    for value in rest:
        if value is None or not math.isfinite(value):
            break
        apart, half = Fraction(value) - Fraction(before), Fraction(math.ulp(value)) / 2
        low, high = apart - half, apart + half
        if found is not None:
            low, high = max(low, found[0]), min(high, found[1])
        if low > high:
            break
        found, before = (low, high), value
    return found or (Fraction(0), Fraction(0))


def _inside(low: Fraction, high: Fraction) -> Iterator[float]:
    middle = float((low + high) / 2)
    return (step for step in _shortened(middle) if low <= Fraction(step) <= high)


def _reach(value: float, rest: Sequence[float | None], step: float) -> int:
    """For how many of the values it is exact."""
    for count, one in enumerate(rest):
        value += step
        if value != one:
            return count
    return len(rest)
