"""What is tested of one alert: both sides of its threshold, its `for`, its end, and what must page nobody."""

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from harness.core.contract.model import AlertPromise, Contract
from harness.core.exported.expectation import Documented, Fires, expected, true_at
from harness.core.exported.rule_test import AlertCheck, Firing, RuleTest, ValueCheck
from harness.core.exported.series import braced, moving_in, series_of
from harness.core.figure import apart, figure
from harness.core.measured.axes import Axis
from harness.core.measured.catalog import Catalog
from harness.core.measured.scene import Labels, Phase, Scene
from harness.core.measured.situations import Kind, Trial
from harness.core.measured.state import State
from harness.core.promql import equal_to, label_name

#: so many times the time by which a rule may be late, and it is certain what fires
_SETTLED: Final = 5


@dataclass(frozen=True, kw_only=True)
class AlertCase:
    """One alert, by its name."""

    alertname: str
    contract: Contract
    catalog: Catalog
    #: every promise about it, each with its labels
    promises: tuple[Documented, ...]
    #: what its rules read, by way of recorded series as well, and what its quantities are told by; None for all
    metrics: frozenset[str] | None
    #: the promise -> how far into the past its rule looks with each evaluation, in seconds
    offset_s: Mapping[str, float]

    @property
    def scrape_s(self) -> float:
        """Documented."""
        return self.contract.scrape_interval.seconds

    @property
    def evaluation_s(self) -> float:
        """Documented."""
        return self.contract.evaluation_interval.seconds

    @property
    def slack_s(self) -> float:
        """A rule sees a change with the next scrape and says so at the next evaluation, each as late as it looks."""
        return self.scrape_s + self.evaluation_s + max(self.offset_s.values(), default=0.0)


def alert_tests(case: AlertCase, trials: Iterable[Trial]) -> tuple[RuleTest, ...]:
    """The tests of one alert. Of situations in which its series do the same and nothing fires there is one.

    Args:
        case: the alert.
        trials: `core.measured.situations.trials`.
    """
    trials = tuple(trials)
    names = {one.promise.name for one in case.promises}
    # a situation that several trials bring about has the name that says most about this alert
    lives = sorted((one for one in trials if one.kind is not Kind.LEVEL), key=lambda one: _rank(one, names))
    scenes = [*_levels(case, trials), *((_certain(case, one, names), ()) for one in lives)]
    found: list[RuleTest] = []
    known: set[object] = set()
    for scene, first in scenes:
        checks = _checks(case, scene)
        if checks is None:
            continue
        told = dict((*first, *checks))
        # how long nothing happens is of no consequence
        key = (_course(case, scene), tuple(one.lasts_s for one in scene.phases) if any(told.values()) else ())
        if told and key not in known:
            known.add(key)
            # of two promises the same may be tried for as long as each asks for: every test has a name of its own
            alike = sum(one.name == scene.name or one.name.startswith(f"{scene.name} (") for one in found)
            name = f"{scene.name} ({alike + 1})" if alike else scene.name
            found.append(_tested(case, replace(scene, name=name), told))
    return tuple(found)


def _certain(case: AlertCase, trial: Trial, names: AbstractSet[str]) -> Scene:
    """A situation; of the alert's own life each phase as long as it takes until what fires is certain."""
    more_s = _whole(_SETTLED * case.slack_s, case.scrape_s) if trial.about in names else 0.0
    phases = tuple(replace(one, lasts_s=one.lasts_s + more_s) for one in trial.scene.phases)
    return replace(trial.scene, metrics=case.metrics, start_s=0.0, phases=phases)


def _rank(trial: Trial, names: AbstractSet[str]) -> int:
    if trial.kind is Kind.SITUATION:
        return 1
    return 0 if trial.about in names else 2


def _levels(case: AlertCase, trials: Sequence[Trial]) -> Iterator[tuple[Scene, tuple[tuple[float, Fires], ...]]]:
    """The two levels next to each threshold, and the instants around the end of `for`.

    What else is set beside it matters to each way to drive a quantity alike: it is tried with the first.
    """
    for one in case.promises:
        mine = [each for each in trials if each.kind is Kind.LEVEL and each.about == one.promise.name]
        first = next((each.axis for each in mine), None)
        ways: dict[tuple[int, str], dict[float, Trial]] = {}
        for each in mine:
            if each.axis is not None and each.level is not None and (not each.beside or each.axis is first):
                ways.setdefault((id(each.axis), each.beside), {})[each.level] = each
        for levels in ways.values():
            axis = next(iter(levels.values())).axis
            if axis is not None:
                silent, active = axis.nearest
                scene = _level(case, one, axis, levels[silent], levels[active])
                yield scene, tuple(_waiting(case, one, scene))


def _level(case: AlertCase, own: Documented, axis: Axis, silent: Trial, active: Trial) -> Scene:
    """What alerts, for longer than window and `for`; then well; then what does not alert, as long."""
    promise = own.promise
    window_s = 0.0 if promise.threshold.window is None else promise.threshold.window.seconds
    # as much later as it may be seen, as much longer as its `for` may seem, and around either nobody can say
    settled_s = _SETTLED * case.slack_s
    held_s = _whole(promise.hold.seconds + window_s + settled_s, case.scrape_s)
    after_s = _whole(window_s + promise.keep_firing_for.seconds + settled_s, case.scrape_s)
    phases = (
        Phase(lasts_s=held_s, state=active.scene.phases[0].state),
        Phase(lasts_s=after_s, state=active.state or State()),
        Phase(lasts_s=held_s, state=silent.scene.phases[0].state),
    )
    beside = f", {active.beside}" if active.beside else ""
    whose = f" ({promise.name})" if len(case.promises) > 1 else ""
    fires, does_not = (_shown(one.level or 0.0, axis) for one in (active, silent))
    name = f"{axis.what}{beside}{whose}: fires at {fires}, is over once it is well, silent at {does_not}"
    return Scene(name=name, phases=phases, metrics=case.metrics)


def _shown(level: float, axis: Axis) -> str:
    return figure(level, axis.unit) if level == axis.documented else apart(level, axis.documented, axis.unit)[0]


def _course(case: AlertCase, scene: Scene) -> tuple[object, ...]:
    """What its series do, one phase after the other, however long; a phase that changes nothing is none."""
    found: list[object] = []
    for phase in scene.phases:
        moving = moving_in(scene, phase.state, case.catalog)
        here = frozenset((labels, one.per_s, one.value) for labels, one in moving.items())
        grows = any(one.per_s is not None for one in moving.values())
        if not found or found[-1] != here or (phase.restarted and grows):
            found.append(here)
    return tuple(found)


def _waiting(case: AlertCase, own: Documented, scene: Scene) -> Iterator[tuple[float, Fires]]:
    """One evaluation before `for` has passed, and the one at which it has.

    Of a count over a window the second scrape is the first that tells anything.
    """
    promise = own.promise
    true = true_at(own, scene, case.catalog, at_s=0.0)
    if len(case.promises) > 1 or not true:
        return
    seen_s = (case.scrape_s if promise.threshold.window else 0.0) + case.offset_s.get(promise.name, 0.0)
    begun_s = _whole(seen_s, case.evaluation_s)
    fires_s = begun_s + _whole(promise.hold.seconds, case.evaluation_s)
    if promise.hold.ms:
        yield fires_s - case.evaluation_s, frozenset()
    yield fires_s, true


def _checks(case: AlertCase, scene: Scene) -> tuple[tuple[float, Fires], ...] | None:
    """Instants at which it is known what fires: the ends of each stretch of firing, and of the silence behind it.

    None where the labels of the alerts in it are not known.
    """
    if any(one.constant for one in case.promises) and any(len(one.state.replicas) > 1 for one in scene.phases):
        return None
    count = math.ceil(scene.lasts_s / case.evaluation_s)
    instants = tuple(case.evaluation_s * index for index in range(count))
    each = [expected(one, scene, case.catalog, instants=instants, slack_s=case.slack_s) for one in case.promises]
    known = [
        (at_s, frozenset[Labels]().union(*(one for one in fires if one is not None)))
        for at_s, *fires in zip(instants, *each, strict=True)
        if None not in fires
    ]
    found: dict[float, Fires] = {}
    after = False
    for fires, group in itertools.groupby(known, key=lambda one: one[1]):
        stretch = [at_s for at_s, _ in group]
        if fires or after:
            found[stretch[0]] = fires
        found[stretch[-1]] = fires
        after = bool(fires)
    return tuple(found.items())


def _tested(case: AlertCase, scene: Scene, checks: Mapping[float, Fires]) -> RuleTest:
    alerts, values = [], []
    for at_s, fires in sorted(checks.items()):
        if fires and not _steady(case, scene, at_s):
            values.append(_active(case.alertname, at_s, fires))
        else:
            firing = tuple(Firing(labels=dict(one), annotations={}) for one in sorted(fires))
            alerts.append(AlertCheck(at_s=at_s, alertname=case.alertname, firing=firing))
    return RuleTest(
        name=scene.name,
        series=series_of(scene, case.catalog, scrape_s=case.scrape_s),
        alerts=tuple(alerts),
        values=tuple(values),
    )


def _steady(case: AlertCase, scene: Scene, at_s: float) -> bool:
    """Whether all that an alert says at an instant comes from one state: a text about a change depends on rounding."""
    windows = [one.promise.threshold.window for one in case.promises]
    longest_s = max((one.seconds for one in windows if one is not None), default=0.0)
    state = scene.state_at(at_s)
    return state is not None and all(part == state for _, part in scene.parts(at_s, longest_s))


def _active(alertname: str, at_s: float, fires: Fires) -> ValueCheck:
    """That these fire, whatever they say."""
    names = sorted({name for one in fires for name, _ in one})
    firing = f"ALERTS{{{equal_to('alertname', alertname)}, {equal_to('alertstate', 'firing')}}}"
    return ValueCheck(
        at_s=at_s,
        expr=f"count by ({', '.join(map(label_name, names))}) ({firing})",
        samples={braced(one): 1.0 for one in sorted(fires)},
    )


def _whole(seconds: float, step_s: float) -> float:
    return math.ceil(seconds / step_s) * step_s


def promises_of(contract: Contract) -> Mapping[str, Sequence[AlertPromise]]:
    """By the alert's name."""
    found: dict[str, list[AlertPromise]] = {}
    for one in contract.alerts:
        found.setdefault(one.alert, []).append(one)
    return found
