"""Evidence is sorted at exact edges: which trouble touches what, and which time is free of any."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.judge import Component, Disruption, LifeCase
from harness.core.judge.condition import Stretch
from harness.core.judge.evidence import Evidence, same_instance, sort_evidence
from harness.core.reading import Reading
from harness.core.timeline import AlertState, Episode, Gap, Moment, Timeline
from harness.tests.core.judge.world import INJECT, PACE, World


def evidence(*, disruptions: Sequence[Disruption] = (), gaps: Sequence[Gap] = (), **changes: object) -> Evidence:
    """A timeline of nothing."""
    line = Timeline(labels={}, start_s=0, end_s=100, moments=(), gaps=tuple(gaps))
    case = replace(World().case(), inject_s=0.0)
    given = replace(case, **changes)  # type: ignore[arg-type]  # a test's shorthand
    return Evidence(case=given, line=line, stretch=None, episode=None, disruptions=tuple(disruptions))


def disruption(start_s: float, end_s: float, place: Component = Component.WITNESS) -> Disruption:
    """Something that failed meanwhile."""
    return Disruption(component=place, start_s=start_s, end_s=end_s, cause="was away")


@pytest.mark.parametrize(
    ("span", "touches"),
    [((0, 10), True), ((0, 9.9), False), ((20, 30), True), ((20.1, 30), False), ((12, 13), True), ((0, 30), True)],
)
def test_a_trouble_excuses_what_it_touches(span: tuple[float, float], *, touches: bool) -> None:
    """By its very first and last instant as well; only of the places that matter, and of a machine always."""
    one = evidence(disruptions=[disruption(*span)])
    assert bool(one.disruption(10, 20, Component.WITNESS)) is touches
    assert one.disruption(10, 20, Component.RECEIVER) == ""
    assert (
        bool(evidence(disruptions=[disruption(*span, Component.MACHINE)]).disruption(10, 20, Component.RECEIVER))
        is touches
    )


def test_missed_evaluations_excuse_where_prometheus_matters() -> None:
    """A gap that ends where the question begins says nothing about it."""
    one = evidence(gaps=[Gap(start_s=5, end_s=10)])
    assert one.disruption(9, 20, Component.PROMETHEUS) == "no evaluation between +5.00 s and +10.00 s"
    assert one.disruption(10, 20, Component.PROMETHEUS) == ""
    assert one.disruption(9, 20, Component.WITNESS) == ""


def test_causes_are_told_in_order_with_their_instants() -> None:
    """The places' troubles first, then missed evaluations."""
    one = evidence(disruptions=[disruption(3, 4, Component.PROMETHEUS)], gaps=[Gap(start_s=5, end_s=6)])
    assert one.disruption(0, 9, Component.PROMETHEUS) == (
        "Prometheus was away at +3.00 s; no evaluation between +5.00 s and +6.00 s"
    )


@pytest.mark.parametrize(
    ("start_s", "end_s", "disruptions", "free"),
    [
        pytest.param(0, 5.1, [], True, id="nothing happened"),
        pytest.param(0, 5, [], False, id="exactly as long is not longer"),
        pytest.param(0, 20, [disruption(0, 20)], False, id="trouble throughout"),
        pytest.param(0, 20, [disruption(4, 8)], True, id="after it"),
        pytest.param(0, 13, [disruption(4, 8)], False, id="after it there is just so much"),
        pytest.param(0, 20, [disruption(6, 8)], True, id="before it"),
        pytest.param(8, 14, [disruption(4, 8)], True, id="what ended at the beginning is over"),
        pytest.param(0, 20, [disruption(4, 8), disruption(12, 20)], False, id="too short between two"),
        pytest.param(10, 14, [disruption(4, 8)], False, id="what was free before does not count"),
    ],
)
def test_time_free_of_trouble_is_in_a_row(
    start_s: float, end_s: float, disruptions: list[Disruption], *, free: bool
) -> None:
    """Five seconds of it, from the beginning or from the end of a trouble on."""
    assert evidence(disruptions=disruptions).untroubled_s(start_s, end_s, 5) is free
    gaps = [Gap(start_s=one.start_s, end_s=one.end_s) for one in disruptions]
    assert evidence(gaps=gaps).untroubled_s(start_s, end_s, 5) is free


def test_only_a_label_that_contradicts_makes_another_instance() -> None:
    """One that is missing is the clause of the labels."""
    assert same_instance({"name": "a", "x": "y"}, {"name": "a"})
    assert same_instance({"x": "y"}, {"name": "a"})
    assert not same_instance({"name": "b"}, {"name": "a"})


def life(pending_at_s: float, *, last_s: float, resolved_s: float | None, firing_s: float | None = None) -> Episode:
    """A life of the alert."""
    return Episode(
        pending_at_s=pending_at_s,
        start_seen=True,
        active_at_s=None,
        firing_at_s=firing_s,
        last_active_s=last_s,
        resolved_at_s=resolved_s,
    )


def test_the_length_that_decides_a_stretch_is_all_that_firing_takes() -> None:
    """Its hold, a granted lag, one scrape and two evaluations."""
    needed_s = 15 + 2 + PACE.scrape_s + 2 * PACE.evaluation_s
    for length_s, first in ((needed_s + 0.3, True), (needed_s - 0.5, False)):

        def twice(at_s: float, length_s: float = length_s) -> float:
            return 240 if 0 <= at_s - INJECT < length_s or 21 <= at_s - INJECT < 40 else 0

        stretch = sort_evidence(replace(World(value=twice).case(), lag_s=2.0)).stretch
        assert stretch is not None
        assert (stretch.start_s < INJECT + 1) is first


def states(*spans: tuple[float, AlertState]) -> LifeCase:
    """The case with one timeline that has these states at these instants."""
    line = Timeline(
        labels={"alertname": "QueueDeep", "name": "secret"},
        start_s=INJECT - 5,
        end_s=INJECT + 40,
        moments=tuple(Moment(at_s=INJECT + at_s, state=state) for at_s, state in spans),
        gaps=(),
    )
    return replace(World().case(), timelines=(line,))


_OFF, _PENDING, _FIRING = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING


def test_the_life_that_is_judged_is_the_first_that_fired_else_the_longest() -> None:
    """Of those that were still alive when the condition was last denied."""
    two = states((1, _PENDING), (2, _OFF), (3, _PENDING), (9, _PENDING), (10, _OFF), (11, _PENDING), (12, _FIRING))
    episode = sort_evidence(two).episode
    assert episode is not None
    assert episode.pending_at_s == INJECT + 11
    none_fired = states((1, _PENDING), (2, _OFF), (3, _PENDING), (9, _PENDING), (10, _OFF), (11, _PENDING), (12, _OFF))
    episode = sort_evidence(none_fired).episode
    assert episode is not None
    assert episode.pending_at_s == INJECT + 3
    over = states((-4, _PENDING), (-3, _OFF))
    assert sort_evidence(over).episode is None


@pytest.mark.parametrize(
    ("at_s", "value", "near"),
    [(10, 105, True), (20, 105, True), (9.9, 105, False), (20.1, 105, False), (15, 120, False)],
)
def test_a_value_may_be_too_near_to_the_threshold_to_tell(at_s: float, value: float | None, *, near: bool) -> None:
    """Between the two instants, both included; a look that failed is another matter."""
    looks = (Reading(at_s=at_s, value=value, holds=True, note=""),)
    assert evidence(readings=looks, witness_error_ratio=0.1).too_near(10, 20) is near
    failed = (Reading(at_s=15, value=None, holds=None, note=""),)
    assert evidence(readings=failed, witness_error_ratio=0.1).too_near(10, 20) is False


def wavering(
    *spans: tuple[float, AlertState, float | None], began_s: float | None = 5, deadline_s: float = 20
) -> float:
    """When the life began that is judged in the place of the first; the fault's undoing began at 5."""
    line = Timeline(
        labels={},
        start_s=0,
        end_s=100,
        moments=tuple(Moment(at_s=at_s, state=state, active_at_s=active_s) for at_s, state, active_s in spans),
        gaps=(),
    )
    one = replace(evidence(undo_began_s=began_s), line=line)
    return one.wavered(line.episodes[0], deadline_s).pending_at_s


#: three evaluations in a row are a proof here
_LIFE, _AGAIN = ((1, _FIRING, 1), (4, _FIRING, 1)), ((9, _PENDING, 9), (10, _OFF, None))


@pytest.mark.parametrize(
    ("between", "began"),
    [
        pytest.param(((6, _OFF, None),), 9, id="away for one evaluation"),
        pytest.param(((6, _OFF, None), (7, _OFF, None)), 9, id="away for two"),
        pytest.param(((6, _OFF, None), (7, _OFF, None), (8, _OFF, None)), 1, id="away for as many as prove it"),
        pytest.param(((5, _OFF, None),), 9, id="away from the very beginning of the undoing"),
        pytest.param(((4.9, _OFF, None),), 1, id="away before it"),
        pytest.param((), 9, id="begun anew at once"),
    ],
)
def test_an_alert_that_wavers_while_the_fault_is_undone_is_judged_by_its_last_life(
    between: tuple[tuple[float, AlertState, float | None], ...], began: float
) -> None:
    """If it was away for fewer evaluations than prove it was, and that began with the undoing."""
    assert wavering(*_LIFE, *between, *_AGAIN) == began


def test_only_what_comes_back_in_time_is_the_same_alert() -> None:
    """By the very deadline; where it is not known when undoing began, nothing wavers."""
    spans = (*_LIFE, (6, _OFF, None), *_AGAIN)
    assert wavering(*spans, deadline_s=9) == 9
    assert wavering(*spans, deadline_s=8.9) == 1
    assert wavering(*spans, began_s=None) == 1


def broken(
    first: tuple[float, float],
    *,
    again_s: float = 30,
    deadline_s: float = 20,
    held: bool = True,
    off_s: float | None = 25,
) -> float | None:
    """When the life began that broke off: active between the two, then away, then pending anew; held from 10 on."""
    moments: list[tuple[float, AlertState, float | None]] = [(one, _PENDING, 1.0) for one in first]
    moments += [] if off_s is None else [(off_s, _OFF, None)]
    line = Timeline(
        labels={},
        start_s=0,
        end_s=100,
        moments=tuple(
            Moment(at_s=at_s, state=state, active_at_s=active_s)
            for at_s, state, active_s in [*moments, (again_s, _PENDING, 2.0)]
        ),
        gaps=(),
    )
    stretch = Stretch(denied_s=None, start_s=10, end_s=90) if held else None
    one = replace(evidence(), line=line, stretch=stretch, episode=line.episodes[-1])
    found = one.interrupted(deadline_s)
    return None if found is None else found.pending_at_s


def test_a_life_that_broke_off_while_the_condition_went_on_is_found() -> None:
    """It began in time and was active since the condition held: by the very instants as well."""
    assert broken((12, 15)) == 12
    assert broken((20, 21)) == 20
    assert broken((20.1, 21)) is None
    assert broken((5, 10)) == 5
    assert broken((5, 9.9)) is None
    assert broken((12, 15), off_s=None) == 12
    assert broken((12, 15), held=False) is None
    assert broken((12, 15), again_s=30, deadline_s=30) is None
    assert replace(evidence(), episode=None).interrupted(20) is None


def test_a_life_before_the_condition_was_denied_is_not_the_judged_one() -> None:
    """Alive is what was active after the last look that denied it; without a condition, after the injection."""
    lives = states((-4, _PENDING), (-3, _FIRING), (-1, _OFF), (1, _PENDING), (2, _OFF))
    episode = sort_evidence(lives).episode
    assert episode is not None
    assert episode.pending_at_s == INJECT + 1
    later = replace(lives, readings=tuple(replace(one, holds=False) for one in lives.readings))
    episode = sort_evidence(later).episode
    assert episode is not None
    assert episode.pending_at_s == INJECT + 1
    delayed = replace(World(value=lambda at_s: 240 if at_s - INJECT >= 8 else 0).case(), timelines=lives.timelines)
    assert sort_evidence(delayed).episode is None


def test_instants_are_told_from_the_injection_on() -> None:
    """As people compare them."""
    assert evidence(inject_s=10.0).after_inject(12) == "+2.00 s"


def test_of_several_label_sets_the_one_that_fired_first_is_judged() -> None:
    """Before one that was only pending, however early; where none was active, the first."""

    def one(pod: str, *spans: tuple[float, AlertState]) -> Timeline:
        (line,) = states(*spans).timelines
        return replace(line, labels={**line.labels, "pod": pod})

    silent, pending = one("a", (1, _OFF)), one("b", (1, _PENDING), (30, _PENDING))
    late, early = one("c", (2, _PENDING), (20, _FIRING)), one("d", (3, _PENDING), (19, _FIRING))
    for lines, pod in (
        ((silent, pending, late, early), "d"),
        ((silent, pending, late), "c"),
        ((late, early), "d"),
        ((silent, pending), "b"),
        ((silent,), "a"),
    ):
        assert sort_evidence(replace(World().case(), timelines=lines)).line.labels["pod"] == pod


def test_an_instance_that_was_never_active_has_no_life() -> None:
    """Another instance's is not taken for it, though its timeline is shown."""
    (line,) = states((1, _PENDING), (16, _FIRING)).timelines
    other = replace(line, labels={**line.labels, "name": "other"})
    found = sort_evidence(replace(World().case(), timelines=(other,)))
    assert (found.episode, found.line) == (None, other)


def test_a_life_that_ended_with_the_last_look_that_denied_it_is_alive() -> None:
    """What that look saw may be from before; where none denied it, from the first look that saw it on."""
    whole = World().case()
    denied_s = max(one.at_s for one in whole.readings if not one.holds and one.at_s < INJECT + 1)
    for last_s, alive in ((denied_s, True), (denied_s - 0.01, False)):
        given = states((-3, _PENDING), (last_s - INJECT, _PENDING), (0.5, _OFF))
        assert (sort_evidence(given).episode is not None) is alive
    seen = tuple(one for one in whole.readings if one.at_s > denied_s)
    for last_s, alive in ((seen[0].at_s, True), (seen[0].at_s - 0.01, False)):
        given = states((-3, _PENDING), (last_s - INJECT, _PENDING), (0.5, _OFF))
        assert (sort_evidence(replace(given, readings=seen)).episode is not None) is alive


def test_of_other_instances_the_first_is_shown() -> None:
    """Whatever the next one did."""
    (silent,) = states((1, _OFF)).timelines
    (fired,) = states((1, _PENDING), (16, _FIRING)).timelines
    others = tuple(
        replace(one, labels={**one.labels, "name": name}) for one, name in ((silent, "first"), (fired, "second"))
    )
    assert sort_evidence(replace(World().case(), timelines=others)).line.labels["name"] == "first"


def test_label_sets_that_followed_one_another_are_judged_together_if_one_of_them_is() -> None:
    """One that fired by itself is judged by itself, whatever others did meanwhile."""

    def one(labels: dict[str, str], *spans: tuple[float, AlertState]) -> Timeline:
        (line,) = states(*spans).timelines
        return replace(line, labels={**line.labels, **labels})

    first = one({"pod": "a"}, (1, _PENDING), (9, _PENDING), (10, _OFF), (20, _OFF))
    second = one({"pod": "b"}, (1, _OFF), (9, _OFF), (10, _PENDING), (20, _PENDING))
    found = sort_evidence(replace(World().case(), timelines=(first, second)))
    assert found.succession is not None
    assert (found.line, found.succession.lines) == (first, (first, second))
    alone = one({"pod": "a", "zone": "z"}, (1, _PENDING), (9, _PENDING), (16, _FIRING), (20, _FIRING))
    found = sort_evidence(replace(World().case(), timelines=(first, second, alone)))
    assert (found.line, found.succession) == (alone, None)
