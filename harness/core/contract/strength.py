"""Strength: how strong the fault is that makes an alert page, as the value of the alert's own quantity.

Scenarios bring a quantity just beyond its documented threshold. Somebody who looks at an incident wants it where the
incident had it: `150` items, `30%` of reconciles, `8s`.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harness.core.contract.model import AlertPromise, Threshold
from harness.core.contract.quantity import Unit
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.figure import apart, figure

#: how a value is written in each unit that faults come in
_EXAMPLES: Final[Mapping[Unit, str]] = {
    Unit.ITEMS: "a whole number of items, like 150",
    Unit.RATIO: "a percentage or a ratio, like 30% or 0.3",
    Unit.SECONDS: "seconds with their unit, like 8s or 5500ms",
}
_ITEMS = re.compile(r"([0-9]+)(?: ?items?)?", re.ASCII)
_NUMBER = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)( ?%)?", re.ASCII)
_SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?s", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenStrength:
    """What somebody has asked for."""

    #: the promise's name whose quantity it is
    alert: str
    #: in the unit of the promise's threshold, beyond it
    value: float
    #: as it was written
    text: str

    def of(self, promise: AlertPromise) -> float | None:
        """What is asked for about a promise; None for any other than the one that is meant."""
        return self.value if promise.name == self.alert else None


def strength_of(promise: AlertPromise, text: str, *, longest_s: float) -> ChosenStrength:
    """Reads the strength that somebody wants the fault of an alert at.

    Args:
        promise: about the alert.
        text: as it was written.
        longest_s: so many seconds can a write be held back at the most.

    Raises:
        MisuseError: its quantity has no strength, the text is no value of it, no such value can be, or the alert has
            no reason to fire at it.
    """
    threshold, text = promise.threshold, text.strip()
    if why := threshold.quantity.definition.no_strength:
        raise MisuseError(f"--strength does not go with {promise.name}", why=why, fix="leave --strength out")
    if threshold.unit not in _EXAMPLES:
        unfit = f"its contract counts {threshold.quantity} in {threshold.unit}, and no fault does"
        raise MisuseError(f"--strength does not go with {promise.name}", why=unfit, fix="leave --strength out")
    value, what = _read(text, threshold.unit), f"--strength {text} cannot be used for {promise.name}"
    if value is None or not math.isfinite(value):
        raise MisuseError(
            what,
            why=f"{threshold.quantity} counts in {threshold.unit}, and {text!r} is no value in it",
            fix=f"write {_EXAMPLES[threshold.unit]}",
        )
    if why := _impossible(threshold, value, longest_s):
        raise MisuseError(what, why=why, fix=f"write {_EXAMPLES[threshold.unit]}")
    if not (value > threshold.value if threshold.side == ">" else value < threshold.value):
        asked, limit = apart(value, threshold.value, threshold.unit)
        raise MisuseError(
            what,
            why=f"the alert is promised to fire {threshold.side} {limit}, and has no reason to at {asked}",
            fix=f"ask for {'more' if threshold.side == '>' else 'less'} than {limit}",
        )
    return ChosenStrength(alert=promise.name, value=value, text=text)


def _read(text: str, unit: Unit) -> float | None:
    """The value in the unit; None if the text is none."""
    if unit is Unit.ITEMS:
        found = _ITEMS.fullmatch(text)
        return None if found is None else float(found[1])
    if unit is Unit.RATIO:
        found = _NUMBER.fullmatch(text)
        return None if found is None else float(found[1]) / (100 if found[2] else 1)
    found = _SECONDS.fullmatch(text)
    return _duration_s(text) if found is None else float(found[1])


def _duration_s(text: str) -> float | None:
    """As Prometheus writes it; `0` without its unit is none."""
    try:
        return PromDuration.parse(text).seconds if text != "0" else None
    except MisuseError:
        return None


def _impossible(threshold: Threshold, value: float, longest_s: float) -> str:
    """Why there is no fault of this strength; empty if there is."""
    known = threshold.quantity.definition
    if known.ceiling is not None and (value > known.ceiling or (known.ceiling_or_more and value == known.ceiling)):
        return known.above_ceiling.format(figure(value, Unit.RATIO))
    if threshold.unit is Unit.SECONDS and value > longest_s:
        return f"the API server waits no longer than {figure(longest_s, Unit.SECONDS)} for what makes a write slow"
    return ""
