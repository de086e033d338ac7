"""Whether a rendered annotation says what the documentation promises: a number, readable, on the right side."""

import re
from collections.abc import Iterable, Mapping, Sequence

from harness.core.contract import AlertPromise, AnnotationPromise, Carries, Threshold, Unit

#: what a template leaves behind when it failed: a missing value, an unrendered action, a Go formatting error
_DEBRIS = re.compile(r"<no value>|\{\{|\}\}|\bNaN\b|[+-]?\bInf\b|%!|<error expanding template")
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
_PERCENTAGE = re.compile(rf"(?<![\w.])({_NUMBER}) ?%")
#: as `humanizeDuration` writes: `6.1s`, `1m 3s`, `250ms`; one match per whole duration
_DURATION = re.compile(rf"(?<![\w.])((?:{_NUMBER} ?(?:ms|us|[dhms])\b ?)+)")
_DURATION_PART = re.compile(rf"({_NUMBER}) ?(ms|us|d|h|m|s)\b")
_PLAIN = re.compile(rf"(?<![\w.:-])({_NUMBER})(?!\w|\.[0-9]| ?%)")
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6}


def numbers(text: str, kind: Carries) -> tuple[float, ...]:
    """The numbers of this kind in the text, in the unit of the threshold: `12.5%` is 0.125, `1m 3s` is 63."""
    if kind is Carries.PERCENTAGE:
        return tuple(float(found) / 100 for found in _PERCENTAGE.findall(text))
    if kind is Carries.DURATION:
        return tuple(
            sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(whole))
            for whole in _DURATION.findall(text)
        )
    return tuple(float(found) for found in _PLAIN.findall(text))


def faults_of(promise: AnnotationPromise, threshold: Threshold, text: str | None, labels: Mapping[str, str]) -> str:
    """What is wrong with one rendered annotation, in words; empty if nothing.

    Args:
        promise: what it must carry.
        threshold: the number must be on its documented side; see `_on_side` for texts with several numbers.
        text: as delivered; None if there is no such annotation.
        labels: the alert's labels, whose values the text must name.
    """
    if text is None or not text.strip():
        return f"{promise.name} is {'missing' if text is None else 'empty'}"
    found = []
    debris = _DEBRIS.search(text)
    if debris is not None:
        found.append(f"contains {debris.group()!r}")
    missing = [name for name in promise.labels if not _named(labels.get(name), text)]
    found += [f"does not name {name} {labels.get(name, '(no such label)')!r}" for name in missing]
    if promise.carries is not None:
        carried = numbers(_without(text, labels.values()), promise.carries)
        if not carried:
            found.append(f"carries no {promise.carries}")
        elif _comparable(promise.carries, threshold.unit) and not _on_side(threshold, carried):
            listed = ", ".join(f"{number:g}" for number in carried)
            found.append(f"carries {listed}, not {threshold.side} {threshold.value:g}")
    return "" if not found else f"{promise.name} {' and '.join(found)}: {text!r}"


def annotation_faults(promise: AlertPromise, annotations: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """What is wrong with the annotations of one alert, in words; empty if nothing."""
    each = (faults_of(one, promise.threshold, annotations.get(one.name), labels) for one in promise.annotations)
    return "; ".join(fault for fault in each if fault)


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
