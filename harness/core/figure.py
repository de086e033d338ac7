"""Values as people read them, with their unit: a ratio is a percentage in every text that the harness writes."""

#: as `harness.core.contract.quantity.Unit` names them
_ONE = {"items": "item", "replicas": "replica"}
#: units whose numbers are shown as they are, with the unit's name
_COUNTED = ("items", "replicas")

#: from here on nobody counts digits
_HUGE = 1e15
#: seconds from here on are shown whole, `43200 s`
_LONG_S = 1_000


def figure(value: float, unit: str) -> str:
    """A number with its unit (`contract.quantity.Unit`): `12.5 %` for a ratio of 0.125, `5 s`, `100 items`."""
    if unit == "ratio":
        percent = 100 * value
        return f"{percent:.2g} %" if abs(percent) < 1 else f"{percent:.1f}".removesuffix(".0") + " %"
    if unit == "seconds":
        return f"{_long(value)} s" if abs(value) >= _LONG_S else f"{value:.4g} s"
    return f"{_long(value)} {_ONE[unit] if value == 1 and unit in _COUNTED else unit}"


def _long(value: float) -> str:
    """Six digits, and no exponent where the number is a large one: 1814400, not 1.8144e+06."""
    short = f"{value:.6g}"
    return f"{value:.0f}" if "e+" in short and abs(value) < _HUGE else short


def apart(first: float, second: float, unit: str) -> tuple[str, str]:
    """Two numbers that are not the same, so written that they do not look the same: `5.02 %` beside `5 %`."""
    shown = figure(first, unit), figure(second, unit)
    if shown[0] != shown[1] or first == second:
        return shown
    scale, sign = (100, " %") if unit == "ratio" else (1, " s" if unit == "seconds" else f" {unit}")
    return f"{scale * first:.10g}{sign}", f"{scale * second:.10g}{sign}"
