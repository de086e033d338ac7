"""Two runs compared: what monitoring looked like, each promise's verdict, and the parts and times of each alert's life.

For two kinds of stack, on which an alert has to mean the same; and for one stack before and after a change. Lags on the
clock are shown and not compared: each run has judged its own, by what its stack allows.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.core.configuration_snapshot import PARTS, ConfigSnapshot, setting_differences
from harness.core.verdict import Verdict
from harness.report.changed_words import changed, paired
from harness.report.schema import AlertResult, Results, SettingResult

#: what says something: two runs agree or differ about it
_TOLD = (Verdict.VERIFIED, Verdict.VIOLATED)
#: figures of an alert's life, in seconds of the clock
LAGS = ("pending_lag_s", "firing_lag_s", "delivery_lag_s", "resolve_lag_s", "resolved_delivery_lag_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that is not the same."""

    #: `rules at speed 30`, `KubeMirrorMemoryHigh`
    what: str
    #: in words; what the one does not have is `-`
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When one alert did what, in both runs."""

    alert: str
    #: name of the figure -> seconds in the first and the second; None for what was not seen
    seconds: Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that was found."""

    differences: tuple[Difference, ...]
    #: what cannot be compared, each with the reason
    not_compared: tuple[str, ...]
    #: how many things were found to be the same, by what they are
    same: Mapping[str, int]
    timings: tuple[Timing, ...]

    @property
    def exit_code(self) -> int:
        """0 for the same, 1 for a difference, 3 where something cannot be told."""
        return 1 if self.differences else 3 if self.not_compared else 0


def compare(first: Results, second: Results) -> Comparison:
    """Compares two runs of one contract."""
    finds = [*_settings(first, second), *_promises(first, second)]
    same: dict[str, int] = {}
    for one in finds:
        if one.found is None:
            same[one.kind] = same.get(one.kind, 0) + one.count
    return Comparison(
        differences=tuple(one.found for one in finds if isinstance(one.found, Difference)),
        not_compared=tuple(one.found for one in finds if isinstance(one.found, str)),
        same=same,
        timings=tuple(_timings(first, second)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Find:
    """One thing compared: the same (None), different, or not told (why)."""

    kind: str
    found: Difference | str | None = None
    count: int = 1


def _settings(first: Results, second: Results) -> Iterator[_Find]:
    ours, theirs = _by_speed(first.settings), _by_speed(second.settings)
    common = sorted(set(ours) & set(theirs), reverse=True)
    if not common:
        speeds = " and ".join(", ".join(f"{speed:g}" for speed in sorted(each)) or "none" for each in (ours, theirs))
        yield _Find(kind="settings", found=f"settings: no speed in common ({speeds})")
        return
    for speed in sorted(set(ours) ^ set(theirs), reverse=True):
        which = "first" if speed in ours else "second"
        yield _Find(kind="settings", found=f"settings at speed {speed:g}: only the {which} run has them")
    for speed in common:
        for mine in ours[speed]:
            for other in theirs[speed]:
                yield from _setting(mine, other, speed)


def _setting(mine: SettingResult, other: SettingResult, speed: float) -> Iterator[_Find]:
    unread = mine.unread or other.unread
    if unread:
        yield _Find(kind="settings", found=f"settings at speed {speed:g}: {unread}")
        return
    one, another = (ConfigSnapshot(**each.model_dump()) for each in (mine, other))
    found = setting_differences(one, another)
    for part in PARTS:
        what = f"{part} at speed {speed:g}"
        first = [each.line for each in found if each.part == part and each.first]
        second = [each.line for each in found if each.part == part and not each.first]
        became, gone, new = paired(first, second)
        for before, after in became:
            old, now = changed(before, after)
            about = f"{what}: {before.partition(' = ')[0]}" if " = " in before else what
            yield _Find(kind="settings", found=Difference(what=about, first=old, second=now))
        for line in gone:
            yield _Find(kind="settings", found=Difference(what=what, first=line, second="-"))
        for line in new:
            yield _Find(kind="settings", found=Difference(what=what, first="-", second=line))
    for part in PARTS:
        lines = set(getattr(one, part)) & set(getattr(another, part))
        if lines:
            yield _Find(kind=f"{part} at speed {speed:g}", count=len(lines))


def _by_speed(settings: Iterable[SettingResult]) -> dict[float, list[SettingResult]]:
    found: dict[float, list[SettingResult]] = {}
    for one in settings:
        found.setdefault(one.speed, []).append(one)
    return found


def _promises(first: Results, second: Results) -> Iterator[_Find]:
    yield from _verdicts("alerts", _verdicts_of(first.alerts), _verdicts_of(second.alerts))
    yield from _verdicts("recording rules", _verdicts_of(first.recording_rules), _verdicts_of(second.recording_rules))
    yield from _verdicts("metrics", _verdicts_of(first.metrics), _verdicts_of(second.metrics))
    yield from _verdicts("silences", _verdicts_of(first.invariants), _verdicts_of(second.invariants))
    yield from _objects(_verdicts_of(first.objects), _verdicts_of(second.objects))
    for name in first.alerts.keys() & second.alerts.keys():
        mine, other = first.alerts[name], second.alerts[name]
        yield from _verdicts("parts of alerts", _parts(name, mine), _parts(name, other))
        yield from _pending(name, (mine, first), (other, second))


def _verdicts_of(judged: Mapping[str, object]) -> dict[str, Verdict]:
    return {name: Verdict(getattr(one, "verdict")) for name, one in judged.items()}  # noqa: B009 - of several models


def _parts(name: str, alert: AlertResult) -> dict[str, Verdict]:
    return {f"{name}, {part.part}": part.verdict for part in alert.parts}


def _verdicts(kind: str, ours: Mapping[str, Verdict], theirs: Mapping[str, Verdict]) -> Iterator[_Find]:
    for name in sorted({*ours, *theirs}):
        mine, other = ours.get(name), theirs.get(name)
        if mine is None or other is None:
            here, there = (each.value if each else "-" for each in (mine, other))
            yield _Find(kind=kind, found=Difference(what=name, first=here, second=there))
        elif mine is other and mine in _TOLD:
            yield _Find(kind=kind)
        elif mine in _TOLD and other in _TOLD:
            yield _Find(kind=kind, found=Difference(what=name, first=mine.value, second=other.value))
        elif not mine is other is Verdict.SKIPPED:
            yield _Find(kind=kind, found=f"{name}: {mine.value} and {other.value}")


def _objects(ours: Mapping[str, Verdict], theirs: Mapping[str, Verdict]) -> Iterator[_Find]:
    """Rules, target, routes, dashboard and panels. One that a run lacks was not looked at: it has no Grafana, say."""
    both = ours.keys() & theirs.keys()
    yield from _verdicts("objects", *({name: each[name] for name in both} for each in (ours, theirs)))
    for which, each in (("first", ours), ("second", theirs)):
        for name in sorted(each.keys() - both):
            if each[name] in _TOLD:
                yield _Find(kind="objects", found=f"{name}: only the {which} run looked at it ({each[name].value})")


def _pending(name: str, ours: tuple[AlertResult, Results], theirs: tuple[AlertResult, Results]) -> Iterator[_Find]:
    """Documented seconds from pending to firing: each run sees them to one of its evaluations."""
    mine, other = ours[0].observed.pending_s, theirs[0].observed.pending_s
    if mine is None or other is None:
        return
    what = f"{name}, documented time to firing"
    seen = [_evaluation_s(results) for _, results in (ours, theirs)]
    known = [one for one in seen if one is not None]
    if abs(mine - other) <= sum(known):
        yield _Find(kind="times from pending to firing")
    elif len(known) < len(seen):
        why = "how often rules were evaluated is not told"
        yield _Find(kind="", found=f"{what}: {mine:g} s and {other:g} s, and {why}")
    else:
        yield _Find(kind="", found=Difference(what=what, first=f"{mine:g} s", second=f"{other:g} s"))


def _evaluation_s(results: Results) -> float | None:
    """Documented seconds between two evaluations, at the most; None where no setting is told."""
    return max((one.evaluation_s * one.speed for one in results.settings), default=None)


def _timings(first: Results, second: Results) -> Iterator[Timing]:
    for name in first.alerts:
        if name in second.alerts:
            ours, theirs = first.alerts[name].observed, second.alerts[name].observed
            seconds = {lag: (getattr(ours, lag), getattr(theirs, lag)) for lag in ("pending_s", *LAGS)}
            if any(value is not None for pair in seconds.values() for value in pair):
                yield Timing(alert=name, seconds=seconds)
