"""Numbers as Go's `%g` writes them, which Prometheus's own words about samples are made with."""

import math
from decimal import Decimal
from typing import Final

#: an exponent is written below the one and from the other on: https://pkg.go.dev/fmt
_LEAST: Final = -4
_LARGE: Final = 6


def shortest(value: float) -> str:
    """The fewest digits that are read back as the same number; with an exponent from 1e+06 on, and below 1e-04."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if value == 0:
        return f"{sign}0"
    found = Decimal(repr(abs(value))).normalize()
    digits, exponent = "".join(map(str, found.as_tuple().digits)), found.adjusted()
    if exponent < _LEAST or exponent >= _LARGE:
        fraction = f".{digits[1:]}" if digits[1:] else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return f"{sign}{found:f}"
