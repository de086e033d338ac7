"""Samples as OpenMetrics text with timestamps: what `promtool tsdb create-blocks-from openmetrics` makes a TSDB of.

Format: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md; names that are not of the
old kind are quoted, as https://prometheus.io/docs/guides/utf8/ says. Types are left out: they say nothing about an
alert, and a counter would have to be called `..._total`.
"""

import math
import re
from collections.abc import Iterable, Iterator

from harness.core.samples import Series

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def openmetrics(found: Iterable[Series]) -> str:
    """All samples, those of one metric together, those of one series by time; ends with the mark of the end."""
    by_name = sorted(found, key=lambda one: (one.labels.get("__name__", ""), sorted(one.labels.items())))
    return "\n".join([*(line for series in by_name for line in _lines(series)), "# EOF", ""])


def _lines(series: Series) -> Iterator[str]:
    metric = series.labels.get("__name__", "")
    plain = _METRIC.fullmatch(metric) is not None
    inside = [f"{_name(name)}={_quoted(value)}" for name, value in sorted(series.labels.items()) if name != "__name__"]
    if not plain:
        inside = [_quoted(metric), *inside]
    shown = f"{metric if plain else ''}{{{','.join(inside)}}}"
    for point in series.points:
        yield f"{shown} {_number(point.value)} {point.at_s:.3f}"


def _name(label: str) -> str:
    return label if _LABEL.fullmatch(label) else _quoted(label)


def _quoted(text: str) -> str:
    return f'"{text.translate(_ESCAPES)}"'


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)
