"""Time intervals of AlertmanagerConfig objects, during which routes are muted or active. The speed leaves them alone.

https://prometheus.io/docs/alerting/latest/configuration/#time_interval
"""

from harness.core.operator.reading import Custom, Field, ShapeError, Yaml
from harness.core.operator.route import qualified


def time_interval(source: Field, owner: Custom) -> Yaml:
    """One entry of `muteTimeIntervals`.

    Raises:
        ShapeError: an unknown key or a malformed range.
    """
    source.only(("name", "timeIntervals"))
    if not source.at("name").text():
        raise ShapeError(source.at("name").path, "is missing")
    return {
        "name": qualified(owner, source.at("name").text()),
        "time_intervals": [_interval(one) for one in source.at("timeIntervals").items()],
    }


def _interval(source: Field) -> Yaml:
    source.only(("times", "weekdays", "daysOfMonth", "months", "years"))
    fields: dict[str, Yaml] = {
        "times": [
            {"start_time": one.at("startTime").text(), "end_time": one.at("endTime").text()}
            for one in source.at("times").items()
        ],
        "days_of_month": [_days(one) for one in source.at("daysOfMonth").items()],
        **{key: list(source.at(key).texts()) for key in ("weekdays", "months", "years")},
    }
    return {key: value for key, value in fields.items() if value}


def _days(source: Field) -> str:
    ends = []
    for key in ("start", "end"):
        end = source.at(key).content
        if not isinstance(end, int):
            raise ShapeError(source.at(key).path, "must be a day of the month, or its negative from the end")
        ends.append(str(end))
    return ":".join(ends)
