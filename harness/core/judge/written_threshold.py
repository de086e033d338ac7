"""The threshold as a rule's expression says it, beside the documented one.

What an expression says is brought to one form: this quantity, on this side of this number, in its own unit. Then it is
the documented condition, or it is certainly another one, or that cannot be read from it. Certain is only what holds
whatever the series are: where another condition stands beside (`and`), only a narrower one is certainly wrong, where
one stands instead (`or`), only a wider one.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import compress

from harness.core.contract.model import Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.figure import apart, figure
from harness.core.rules.condition_tree import MIRRORED, Absent, Always, Compared, Condition, Either, Every, Opaque
from harness.core.rules.linear import Atom, Linear, composed, share_of
from harness.core.rules.measure import Measure

#: a number on the other side: `1 - x` beside 1
_SHARES = (1.0, 100.0)
#: factors between units that people write one and the same quantity in
_CONVERSIONS = {
    Unit.RATIO: (1.0, 100.0, 1_000.0),
    Unit.SECONDS: (1.0, 1e3, 1e6, 1e9, 1e-3, 1e-6, 1e-9, 1 / 60, 1 / 3_600, 1 / 86_400, 60.0, 3_600.0, 86_400.0),
    Unit.ITEMS: (1.0,),
    Unit.REPLICAS: (1.0,),
}
_WORDS = {Unit.RATIO: "a share", Unit.SECONDS: "seconds", Unit.ITEMS: "items", Unit.REPLICAS: "replicas"}
_CLOSE = 1e-9
#: a number without a unit that is this far from the documented one may be in another unit
_FAR = 10.0


class Outcome(Enum):
    """How the rule's condition stands to the documented one."""

    SAME = "same"
    DIFFERENT = "different"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was found, in words that name both where they differ."""

    outcome: Outcome
    text: str
    #: it holds less often, more often; None where that is neither or not known
    narrower: bool | None = None
    #: the value has another unit than promised: no number can be compared
    foreign: bool = False
    #: it is the documented condition, if the value is what is left of the documented share
    rest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Between which values the condition holds, each end with or without itself; whole numbers have closed ends."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    def same(self, other: "_Span") -> bool:
        return (
            _near(self.low, other.low)
            and _near(self.high, other.high)
            and (self.low_open, self.high_open) == (other.low_open, other.high_open)
        )

    def inside(self, other: "_Span") -> bool:
        """Whether it holds nowhere where the other does not."""
        low = _near(self.low, other.low) and (self.low_open or not other.low_open)
        high = _near(self.high, other.high) and (self.high_open or not other.high_open)
        return (low or self.low > other.low) and (high or self.high < other.high)


def read_threshold(found: Condition, threshold: Threshold) -> Read:
    """Puts a rule's condition beside the documented one."""
    match found:
        case Compared():
            return _compared(found, threshold)
        case Always():
            return Read(outcome=Outcome.DIFFERENT, text=f"{found.why}: active whatever the value")
        case Absent() | Opaque():
            return Read(outcome=Outcome.UNREAD, text=f"`{found.text}` compares no number")
        case Every():
            return _every(found, threshold)
        case Either():
            return _either(found, threshold)


def _arm(part: Condition, threshold: Threshold) -> Read:
    """One of several conditions. That a series is there at all may be one."""
    if isinstance(part, Always):
        return Read(outcome=Outcome.UNREAD, text=part.why)
    return read_threshold(part, threshold)


def _every(found: Every, threshold: Threshold) -> Read:
    """Several conditions at once: only what is too narrow already is certainly wrong."""
    each = [_arm(one, threshold) for one in found.parts]
    others = [*compress(found.words, (one.outcome is not Outcome.SAME for one in each))]
    if len(others) < len(each):
        text = f"the threshold is as promised, and {(others or found.words[1:])[0]}"
        return Read(outcome=Outcome.UNREAD, text=text)
    other = [one for one in each if one.outcome is Outcome.DIFFERENT and not one.foreign]
    # where both are of the quantity, one that is not too narrow may be the bound that is meant
    if other and all(one.narrower for one in other) and len(other) in (1, len(each)):
        return other[0]
    return Read(outcome=Outcome.UNREAD, text="several conditions must hold at once")


def _either(found: Either, threshold: Threshold) -> Read:
    """One of several conditions: only what is too wide already is certainly wrong."""
    each = [(part, _arm(part, threshold)) for part in found.parts]
    # nothing to count is none of it
    counted = [one for part, one in each if not (isinstance(part, Absent) and threshold.side == "<")]
    if counted and all(one.outcome is Outcome.SAME for one in counted):
        return counted[0]
    if len(counted) == 1:
        return counted[0]
    wide = [one for one in counted if one.outcome is Outcome.DIFFERENT and one.narrower is False and not one.foreign]
    if len(wide) == 1 and not any(one.outcome is Outcome.SAME for one in counted):
        return wide[0]
    return Read(outcome=Outcome.UNREAD, text="one of several conditions is enough")


def _compared(found: Compared, threshold: Threshold) -> Read:
    readings = [*_readings(found, threshold.unit)]
    if not readings:
        return Read(outcome=Outcome.UNREAD, text=f"`{found.text}` compares several quantities with each other")
    told = [_beside(one, threshold) for one in readings]
    best = next((one for one in told if one.outcome is Outcome.SAME), None)
    best = best or next((one for one in told if one.rest), None)
    if best is not None:
        return best
    on_side = compress(told, (reading.sign[0] == threshold.side for reading in readings))
    return next(on_side, told[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One way to read a comparison: `atom sign limit`, in the atom's own unit."""

    atom: Atom
    sign: str
    limit: float
    #: the number that stood in front of it
    factor: float
    #: a number was added to it, so that it may not be the quantity that is meant
    shifted: bool = False


def _readings(found: Compared, unit: Unit) -> Iterator[_Reading]:
    both = found.left.plus(found.right.scaled(-1))
    if not both.terms:
        return
    if len(both.terms) == 1:
        yield from _of_one(found, both)
    elif unit is Unit.RATIO and len(both.terms) == 2 and not both.constant:  # noqa: PLR2004 - one over the other
        yield from _of_two(found, both)
    elif not found.right.terms and not found.left.constant:
        yield _of_several(found.left, found.sign, found.right.constant)
    elif not found.left.terms and not found.right.constant:
        yield _of_several(found.right, MIRRORED[found.sign], found.left.constant)
    elif (found.left.constant == 0) != (found.right.constant == 0):
        # `expiry < time() + 3600`; where it is another number, one of them may be the limit that is meant
        terms = Linear(terms=both.terms)
        for side, sign in ((terms, found.sign), (terms.scaled(-1), MIRRORED[found.sign])):
            limit = -both.constant if side is terms else both.constant
            yield replace(_of_several(side, sign, limit), shifted=True)


def _of_several(side: Linear, sign: str, limit: float) -> _Reading:
    """A sum of several things on this side of a number; a factor of all of them is the writer's."""
    factor = min(abs(number) for number, _ in side.terms.values())
    return _Reading(atom=composed(side.scaled(1 / factor)), sign=sign, limit=limit / factor, factor=factor)


def _of_one(found: Compared, both: Linear) -> Iterator[_Reading]:
    (factor, atom), constant = next(iter(both.terms.values())), both.constant
    own = found.left if found.left.terms else found.right
    sign = found.sign if factor > 0 else MIRRORED[found.sign]
    # where it stands on both sides, no number in front of it is the writer's
    its = own.terms.get(atom.text, (factor, atom))[0]
    other = found.right if own is found.left else found.left
    # `depth - 100 > 0` is `depth > 100`; what is added beside another limit makes another quantity
    shifted = own.constant != 0 and (other.constant != 0 or bool(other.terms))
    complement = own.constant != 0 and any(own.constant == share and _near(its, -share) for share in _SHARES)
    yield _Reading(atom=atom, sign=sign, limit=-constant / factor, factor=abs(its), shifted=shifted and not complement)
    if complement:
        # `1 - good / all`: what is read of it is the share that is left
        rest = replace(atom, text=f"1 - ({atom.text})")
        yield _Reading(atom=rest, sign=MIRRORED[sign], limit=1 + constant / factor, factor=abs(its))


def _of_two(found: Compared, both: Linear) -> Iterator[_Reading]:
    """`a > 0.9 * b` is `a / b > 0.9`, for a `b` above 0, and the other way round; a share is read first."""
    sign = found.sign
    (more, over), (less, under) = sorted(both.terms.values(), key=lambda one: -one[0])
    if not less < 0 < more:
        return
    of_it = [
        _Reading(atom=share_of(over, under), sign=sign, limit=-less / more, factor=1.0),
        _Reading(atom=share_of(under, over), sign=MIRRORED[sign], limit=-more / less, factor=1.0),
    ]
    of_it.sort(key=lambda one: one.limit)
    first = of_it[0]
    if found.left.terms.keys() & found.right.terms.keys():  # `all - free > 0.9 * all`
        rest = replace(first.atom, text=f"1 - ({first.atom.text})")
        yield _Reading(atom=rest, sign=MIRRORED[first.sign], limit=1 - first.limit, factor=1.0)
    yield from of_it


def _beside(one: _Reading, threshold: Threshold) -> Read:  # noqa: PLR0911 - one for each way to stand to it
    unit, measure = threshold.unit, one.atom.measure
    if not _fits(measure, unit):
        text = f"the rule's value is {measure}, the contract promises {_WORDS[unit]}"
        if one.limit == threshold.value == 0 and one.sign == threshold.side:
            return Read(outcome=Outcome.UNREAD, text=f"{text}; nothing is the same in every unit")
        if one.atom.filtered or (threshold.quantity is Quantity.OTHER and unit is Unit.ITEMS):
            # how many are beyond a limit says nothing of the limit; and the contract has no unit for bytes and for how
            # often, so that whoever needs one counts items
            return Read(outcome=Outcome.UNREAD, text=text)
        return Read(outcome=Outcome.DIFFERENT, text=text, foreign=True)
    limit = one.limit * (measure.scale if measure is not None else 1.0) + 0.0  # no minus before a zero
    counted = unit in (Unit.ITEMS, Unit.REPLICAS)
    # a fraction says that it is none of whole numbers, where nothing else says what it is
    broken = threshold.quantity is Quantity.OTHER and unit is Unit.ITEMS and (limit % 1 or threshold.value % 1)
    whole = counted and one.atom.whole and (one.atom.measure is not None or not broken)
    said, asked = _span(one.sign, limit, whole=whole), _span(threshold.side, threshold.value, whole=whole)
    if said is None or asked is None:
        return Read(outcome=Outcome.UNREAD, text=f"`{one.atom.text} {one.sign} {one.limit:g}` is no one side")
    if said.same(asked):
        doubt = _doubt(one.atom, threshold)
        if doubt:
            return Read(outcome=Outcome.UNREAD, text=doubt)
        return Read(outcome=Outcome.SAME, text=f"{one.sign} {figure(limit, unit)}")
    open_ = _open(one, limit, threshold, whole=whole)
    if open_:
        return Read(outcome=Outcome.UNREAD, text=open_)
    shown, documented = apart(limit, threshold.value, unit)
    text = f"the rule says {one.sign} {shown}, the contract {threshold.side} {documented}"
    rest = _is_of_rest(one, limit, threshold)
    if rest or not _certain(one, limit, threshold):
        text = f"{text}, and whether both speak of one quantity cannot be read"
        return Read(outcome=Outcome.UNREAD, text=text, rest=rest)
    narrower = True if said.inside(asked) else False if asked.inside(said) else None
    return Read(outcome=Outcome.DIFFERENT, text=text, narrower=narrower)


def _doubt(atom: Atom, threshold: Threshold) -> str:
    """Why the documented number is perhaps not the documented condition; empty where it is."""
    if not atom.exact:
        return f"`{atom.text}` is rounded, clamped or bent"
    if atom.past and threshold.quantity is not Quantity.OTHER and not threshold.quantity.definition.windowed:
        return f"`{atom.text}` is not what there is at one instant"
    if atom.limited:
        return f"in `{atom.text}` another limit decides, too"
    return ""


def _open(one: _Reading, limit: float, threshold: Threshold, *, whole: bool) -> str:
    """Why nobody can tell whether another number is another condition; empty where it can be told."""
    counted = threshold.unit in (Unit.ITEMS, Unit.REPLICAS)
    if counted and not whole and _same_whole(one.sign, limit, threshold):
        return f"whether `{one.atom.text}` is a whole number cannot be read"
    if whole and one.atom.measure is None and (one.sign, limit, threshold.side, threshold.value) == ("==", 1, ">", 0):
        return f"whether `{one.atom.text}` is ever above 1 cannot be read"  # of what is 1 or 0, both are the same
    if not any(_near(one.factor, each) for each in _CONVERSIONS[threshold.unit]):
        return f"what the number in front of `{one.atom.text}` makes of it cannot be read"
    return ""


def _same_whole(sign: str, limit: float, threshold: Threshold) -> bool:
    """Whether both are one condition of whole numbers: `>= 101` is `> 100`."""
    return _span(sign, limit, whole=True) == _span(threshold.side, threshold.value, whole=True)


def _is_of_rest(one: _Reading, limit: float, threshold: Threshold) -> bool:
    """Of a share, what is left is on the other side."""
    return threshold.unit is Unit.RATIO and one.sign[0] != threshold.side and _near(limit, 1 - threshold.value)


def _certain(one: _Reading, limit: float, threshold: Threshold) -> bool:
    """Whether another number is a wrong number, and not one in another unit, of something else or of its rest."""
    if not one.atom.exact or one.shifted:
        return False
    if one.atom.filtered or (one.atom.turned and one.sign[0] != threshold.side):
        return False
    if one.atom.measure is not None or threshold.unit in (Unit.ITEMS, Unit.REPLICAS):
        return True
    low, high = sorted((threshold.value / _FAR, threshold.value * _FAR))
    return low < limit < high and (threshold.unit is not Unit.RATIO or limit <= 1)


def _fits(measure: Measure | None, unit: Unit) -> bool:
    """Whether a value in this unit may be the promised one; where its unit is not known it may."""
    if measure is None:
        return True
    powers = dict(measure.powers)
    things = powers.pop("n", 0)
    if unit is Unit.SECONDS:
        # seconds, or seconds per thing: an average
        return powers == {"s": 1} and things in (0, -1)
    # a share and a number of things differ in nothing that a text tells for certain
    return not powers and things in (0, 1)


def _span(sign: str, limit: float, *, whole: bool) -> _Span | None:
    """Where the condition holds; None for `!=`, which holds on both sides. Numbers of things begin at 0."""
    inf = math.inf
    if whole:
        nearest = float(round(limit)) if _near(limit, round(limit)) else limit
        low, high = {
            ">": (math.floor(nearest) + 1.0, inf),
            ">=": (float(math.ceil(nearest)), inf),
            "<": (0.0, math.ceil(nearest) - 1.0),
            "<=": (0.0, float(math.floor(nearest))),
            "==": (nearest, nearest),
            "!=": (1.0, inf) if nearest == 0 else (math.nan, math.nan),
        }[sign]
        return None if math.isnan(low) else _Span(low=max(low, 0.0), high=high)
    spans = {
        ">": _Span(low=limit, high=inf, low_open=True),
        ">=": _Span(low=limit, high=inf),
        "<": _Span(low=-inf, high=limit, high_open=True),
        "<=": _Span(low=-inf, high=limit),
        "==": _Span(low=limit, high=limit),
    }
    return spans.get(sign)


def _near(first: float, second: float) -> bool:
    return first == second or math.isclose(first, second, rel_tol=_CLOSE, abs_tol=_CLOSE * 1e-3)
