"""Whether a rendered annotation says what the documentation promises: a number, readable, on the right side.

What counts is what a reader takes from the text: the number with its unit, once, in the unit that it claims to be in.
What templates write numbers with: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise, AnnotationPromise, Carries, Threshold
from harness.core.contract.quantity import Unit
from harness.core.figure import figure

#: what a template leaves behind when it failed: a missing value, an unrendered action, a Go formatting error (a verb
#: without value, a value without verb), Go's own words for nothing and for a whole map
_DEBRIS = re.compile(
    r"<no value>|<nil>|&lt;no value&gt;|\{\{|\}\}|\bNaN\b|[+-]?\bInf\b|%!|<error expanding template|\bmap\["
)
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
#: behind a number: its sign, also as a word
_PERCENT = r"%|percent\b|per cent\b|pct\b"
_PERCENTAGE = re.compile(rf"(?<![\w.])({_NUMBER})((?:\s?(?:{_PERCENT}))+)")
_PERCENT_SIGN = re.compile(_PERCENT)
#: as `humanizeDuration` writes: `6.1s`, `1m 3s`, `250ms`; the greater units first, and none twice
_UNITS = (
    ("d", 86_400.0, r"d|days?"),
    ("h", 3_600.0, r"h|hours?"),
    ("m", 60.0, r"m|min|minutes?"),
    ("s", 1.0, r"s|sec|seconds?"),
    ("ms", 1e-3, r"ms|milliseconds?"),
    ("us", 1e-6, r"us|µs|microseconds?"),
)
_DURATION = re.compile(
    r"(?<![\w.])(?=-?[0-9])"
    + "".join(rf"(?:(?P<{name}>{_NUMBER}) ?(?:{words})\b ?)?" for name, _, words in _UNITS)
    + r"(?P<again>(?:"
    + "|".join(words for _, _, words in _UNITS)
    + r")\b)?"
)
#: a number of `humanize`, with the letter of its thousands
_PLAIN = re.compile(rf"(?<![\w.:-])({_NUMBER})([kMG]?)(?!\w|\.[0-9]| ?%)")
_THOUSANDS = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
#: what is written in a wrong unit is wrong by 60 or more; the value moves between a look and the text, by less
_ANOTHER_UNIT = 8.0
#: how far what is shown with few digits may be from what it is
_ROUNDED = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Between what the witness saw the quantity while the alert was active, in the unit of the threshold."""

    low: float
    high: float


def numbers(text: str, kind: Carries) -> tuple[float, ...]:
    """The numbers of this kind in the text, in the unit of the threshold: `12.5%` is 0.125, `1m 3s` is 63."""
    if kind is Carries.PERCENTAGE:
        return tuple(float(number) / 100 for number, _ in _PERCENTAGE.findall(text))
    if kind is Carries.DURATION:
        return tuple(
            sum(float(found[name]) * seconds for name, seconds, _ in _UNITS if found[name] is not None)
            for found in _durations(text)
        )
    return tuple(float(number) * _THOUSANDS[letter] for number, letter in _PLAIN.findall(text))


def faults_of(
    promise: AnnotationPromise,
    threshold: Threshold,
    text: str | None,
    labels: Mapping[str, str],
    seen: Seen | None = None,
) -> str:
    """What is wrong with one rendered annotation, in words; empty if nothing.

    Args:
        promise: what it must carry.
        threshold: the number must be on its documented side; see `_on_side` for texts with several numbers.
        text: as delivered; None if there is no such annotation.
        labels: the alert's labels, whose values the text must name.
        seen: what the witness saw meanwhile, where it saw numbers: the text's must not be those of another unit.
    """
    if text is None or not text.strip():
        return f"{promise.name} is {'missing' if text is None else 'empty'}"
    own = _without(text, labels.values())
    found = []
    debris = _DEBRIS.search(own)
    if debris is not None:
        found.append(f"contains {debris.group()!r}")
    missing = [name for name in promise.labels if not _named(labels.get(name), text)]
    found += [f"does not name {name} {labels.get(name, '(no such label)')!r}" for name in missing]
    if promise.carries is not None:
        found += _number_faults(promise.carries, threshold, own, seen)
    return "" if not found else f"{promise.name} {' and '.join(found)}: {text!r}"


def annotation_faults(
    promise: AlertPromise, annotations: Mapping[str, str], labels: Mapping[str, str], seen: Seen | None = None
) -> str:
    """What is wrong with the annotations of one alert, in words; empty if nothing."""
    each = (faults_of(one, promise.threshold, annotations.get(one.name), labels, seen) for one in promise.annotations)
    return "; ".join(fault for fault in each if fault)


def _number_faults(carries: Carries, threshold: Threshold, text: str, seen: Seen | None) -> Iterable[str]:
    twice = _signed_twice(text, carries)
    if twice:
        yield f"has a number with two units, {twice!r}"
        return
    carried = numbers(text, carries)
    if not carried:
        yield f"carries no {carries}"
        return
    if not _comparable(carries, threshold.unit):
        return
    unit = threshold.unit
    listed = ", ".join(figure(number, unit) for number in carried)
    values = [number for number in carried if number != threshold.value] or list(carried)
    if seen is not None and set(carried) == {threshold.value} and _beyond(threshold, seen):
        yield f"carries {listed} alone, the threshold, while the witness saw {_range(seen, unit)}"
    elif unit is Unit.RATIO and all(number > 1 for number in values):
        yield f"carries {listed}: a share is never above 100 %"
    elif not _on_side(threshold, carried):
        yield f"carries {listed}, not {threshold.side} {figure(threshold.value, unit)}"
    elif seen is not None and not any(_of_this_unit(number, seen) for number in values):
        yield f"carries {listed}, while the witness saw {_range(seen, unit)}"


def _range(seen: Seen, unit: Unit) -> str:
    return f"{figure(seen.low, unit).rpartition(' ')[0]} to {figure(seen.high, unit)}"


def _beyond(threshold: Threshold, seen: Seen) -> bool:
    """Whether all that was seen is so far from the threshold that nobody would round it to the threshold."""
    if threshold.side == ">":
        return seen.low > threshold.value * (1 + _ROUNDED)
    return seen.high < threshold.value * (1 - _ROUNDED)


def _of_this_unit(number: float, seen: Seen) -> bool:
    """Whether a number is near what was seen, or what was seen was near nothing, beside which everything is far."""
    if seen.low <= 0:
        return True
    return seen.low / _ANOTHER_UNIT <= number <= seen.high * _ANOTHER_UNIT


def _signed_twice(text: str, carries: Carries) -> str:
    """A number with its unit twice, `12.5%%`; empty if there is none."""
    if carries is Carries.PERCENTAGE:
        found = (one for one in _PERCENTAGE.finditer(text) if len(_PERCENT_SIGN.findall(one[2])) > 1)
        return next((one[0] for one in found), "")
    if carries is Carries.DURATION:
        return next((one[0] for one in _durations(text) if one["again"]), "")
    return ""


def _durations(text: str) -> Iterable[re.Match[str]]:
    return (found for found in _DURATION.finditer(text) if any(found[name] is not None for name, _, _ in _UNITS))


def _named(value: str | None, text: str) -> bool:
    return value is not None and value != "" and value in text


def _without(text: str, values: Iterable[str]) -> str:
    """The text without label values: the digits of a pod's name are not the alert's value."""
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(value, " ") if value else text
    return text


def _comparable(carries: Carries, unit: Unit) -> bool:
    """Whether the number and the threshold count in the same unit."""
    if carries is Carries.NUMBER:
        return unit in (Unit.ITEMS, Unit.REPLICAS)
    return unit is (Unit.RATIO if carries is Carries.PERCENTAGE else Unit.SECONDS)


def _on_side(threshold: Threshold, carried: Sequence[float]) -> bool:
    """Whether the value is on the side that alerts.

    A text may quote the threshold beside the value (`12.5% (more than 10%)`), so numbers equal to it do not speak for
    the value if there are others. Alone it is let pass, because 100.4 may be shown as 100; but not as a percentage,
    which is shown with four digits.
    """
    values = [number for number in carried if number != threshold.value]
    if not values:
        return threshold.unit is not Unit.RATIO
    return any(number > threshold.value if threshold.side == ">" else number < threshold.value for number in values)
