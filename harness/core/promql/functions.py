"""The functions and aggregations of PromQL: what they take, what they give.

https://github.com/prometheus/prometheus/blob/v3.13.5/promql/parser/functions.go
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Type(StrEnum):
    """What an expression comes to."""

    VECTOR = "instant vector"
    MATRIX = "range vector"
    SCALAR = "scalar"
    STRING = "string"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function."""

    args: tuple[Type, ...]
    #: how many of the last argument may come beyond one less than `args`; None for any number, 0 for exactly `args`
    more: int | None = 0
    returns: Type = Type.VECTOR
    #: needs a feature flag
    experimental: bool = False

    @property
    def least(self) -> int:
        """The fewest arguments."""
        return len(self.args) if self.more == 0 else len(self.args) - 1

    @property
    def most(self) -> int | None:
        """The most arguments; None for any number."""
        return None if self.more is None else self.least + self.more


_LETTERS: Final = {"v": Type.VECTOR, "m": Type.MATRIX, "s": Type.SCALAR, "t": Type.STRING}


def _functions(
    args: str, names: str, *, more: int | None = 0, returns: str = "v", flag: bool = False
) -> dict[str, Function]:
    function = Function(
        args=tuple(_LETTERS[one] for one in args), more=more, returns=_LETTERS[returns], experimental=flag
    )
    return dict.fromkeys(names.split(), function)


FUNCTIONS_OF: Final[Mapping[str, Function]] = {
    **_functions("v", "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor ln log10 log2 rad sgn"),
    **_functions("v", "sin sinh sort sort_desc sqrt tan tanh timestamp"),
    **_functions("v", "histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar"),
    **_functions("m", "absent_over_time avg_over_time changes count_over_time delta deriv idelta increase irate"),
    **_functions("m", "last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time"),
    **_functions("m", "stdvar_over_time sum_over_time"),
    **_functions("v", "days_in_month day_of_month day_of_week day_of_year hour minute month year", more=1),
    **_functions("vss", "clamp"),
    **_functions("vs", "clamp_max clamp_min"),
    **_functions("vs", "round", more=1),
    **_functions("ssv", "histogram_fraction"),
    **_functions("sv", "histogram_quantile"),
    **_functions("vtttt", "label_replace"),
    **_functions("vttt", "label_join", more=None),
    **_functions("ms", "predict_linear"),
    **_functions("sm", "quantile_over_time"),
    **_functions("", "pi time", returns="s"),
    **_functions("v", "scalar", returns="s"),
    **_functions("s", "vector"),
    **_functions("m", "first_over_time mad_over_time ts_of_first_over_time ts_of_last_over_time", flag=True),
    **_functions("m", "ts_of_max_over_time ts_of_min_over_time", flag=True),
    **_functions("mss", "double_exponential_smoothing", flag=True),
    **_functions("vtss", "histogram_quantiles", more=9, flag=True),
    **_functions("vv", "info", more=1, flag=True),
    **_functions("vt", "sort_by_label sort_by_label_desc", more=None, flag=True),
    **_functions("", "start end step range", returns="s", flag=True),
    **_functions("ss", "max_of min_of", returns="s", flag=True),
}

EXPERIMENTAL_AGGREGATIONS: Final = frozenset({"limitk", "limit_ratio"})
#: what the parameter of an aggregation is
WITH_PARAM: Final[Mapping[str, Type]] = {
    **dict.fromkeys(("topk", "bottomk", "quantile", "limitk", "limit_ratio"), Type.SCALAR),
    "count_values": Type.STRING,
}
AGGREGATIONS: Final = frozenset({"avg", "count", "group", "max", "min", "stddev", "stdvar", "sum", *WITH_PARAM})
