"""Label sets that follow one another: to Prometheus each is another alert, and begins its `for` anew.

A label whose value changes (`value: "{{ $value }}"`, the time, the name of a pod that is restarted again and again)
makes the alert that was there inactive and another one pending, at one evaluation. The condition goes on, and nothing
ever fires: https://github.com/prometheus/prometheus/blob/v3.13.5/rules/alerting.go (`Eval`: `active` goes by the hash
of all labels).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core.timeline import Moment, Timeline

#: so many values of a label are shown
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """Label sets of one alert of which at each evaluation one was active, and none throughout."""

    #: in the order in which they came
    lines: tuple[Timeline, ...]
    #: the labels in which they differ -> their values in that order, without repeats
    changing: Mapping[str, tuple[str, ...]]
    start_s: float
    end_s: float
    #: for how long the longest of them was active
    longest_s: float

    @property
    def lasted_s(self) -> float:
        """For how long one or another was active, seconds of the clock."""
        return self.end_s - self.start_s

    @property
    def merged(self) -> Timeline:
        """What they did together: active wherever one of them was."""
        moments: dict[float, Moment] = {}
        for line in self.lines:
            for moment in line.moments:
                if moment.at_s not in moments or moment.active:
                    moments[moment.at_s] = moment
        return replace(self.lines[0], moments=tuple(moments[at_s] for at_s in sorted(moments)))

    def text(self) -> str:
        """In words, without its lengths."""
        changes = "; ".join(f"label {name} changes ({_some(values)})" for name, values in self.changing.items())
        return f"{len(self.lines)} label sets followed one another: {changes}"


def succession(lines: Iterable[Timeline], *, start_s: float, end_s: float) -> Succession | None:
    """The longest succession between two Unix times; None if one label set was active all along, or none was.

    Looked for are label sets that differ in one label and, where that tells nothing, in all that differ at all.
    """
    active = [line for line in lines if any(_within(moment, start_s, end_s) for moment in line.moments)]
    names = sorted({name for line in active for name in line.labels})
    differing = [name for name in names if len({line.labels.get(name, "") for line in active}) > 1]
    for changing in (*((name,) for name in differing), differing):
        found = [
            one
            for family in _families(active, changing)
            if (one := _succession(family, changing, start_s, end_s)) is not None
        ]
        if found:
            return max(found, key=lambda one: one.lasted_s)
    return None


def _families(lines: Sequence[Timeline], changing: Sequence[str]) -> Iterable[Sequence[Timeline]]:
    """The label sets that are alike but for these labels."""
    found: dict[frozenset[tuple[str, str]], list[Timeline]] = {}
    for line in lines:
        rest = frozenset((name, value) for name, value in line.labels.items() if name not in changing)
        found.setdefault(rest, []).append(line)
    return found.values()


def _succession(family: Sequence[Timeline], changing: Sequence[str], start_s: float, end_s: float) -> Succession | None:
    instants = sorted({moment.at_s for line in family for moment in line.moments if start_s <= moment.at_s <= end_s})
    active: dict[float, list[int]] = {at_s: [] for at_s in instants}
    for index, line in enumerate(family):
        for moment in line.moments:
            if _within(moment, start_s, end_s):
                active[moment.at_s].append(index)
    run = _longest_run(instants, active)
    members = list(dict.fromkeys(index for at_s in run for index in active[at_s]))
    lengths = [_lengths(index, run, active) for index in members]
    together = sum(len(active[at_s]) > 1 for at_s in run)
    # the old one may still be there at the evaluation that finds the new one
    if len(members) < 2 or together >= len(members) or max(lengths) == run[-1] - run[0]:  # noqa: PLR2004 - two follow
        return None
    ordered = [family[index] for index in members]
    return Succession(
        lines=tuple(ordered),
        changing={name: tuple(dict.fromkeys(line.labels.get(name, "") for line in ordered)) for name in changing},
        start_s=run[0],
        end_s=run[-1],
        longest_s=max(lengths),
    )


def _longest_run(instants: Sequence[float], active: Mapping[float, Sequence[int]]) -> Sequence[float]:
    """The evaluations in a row at each of which one of them was active."""
    runs: list[list[float]] = [[]]
    for at_s in instants:
        if active[at_s]:
            runs[-1].append(at_s)
        else:
            runs.append([])
    return max(runs, key=len)


def _lengths(index: int, run: Sequence[float], active: Mapping[float, Sequence[int]]) -> float:
    """For how long one of them was active in a run without a break."""
    longest_s = 0.0
    since_s: float | None = None
    for at_s in run:
        since_s = (at_s if since_s is None else since_s) if index in active[at_s] else None
        longest_s = longest_s if since_s is None else max(longest_s, at_s - since_s)
    return longest_s


def _within(moment: Moment, start_s: float, end_s: float) -> bool:
    return moment.active and start_s <= moment.at_s <= end_s


def _some(values: Sequence[str]) -> str:
    more = len(values) - _SHOWN
    shown = [f'"{value}"' for value in values[:_SHOWN]]
    return ", ".join([*shown, f"{more} more"] if more > 0 else shown)
