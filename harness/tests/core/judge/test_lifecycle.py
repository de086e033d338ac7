"""A whole life is VERIFIED only if every clause holds; each planted defect turns its own clause red."""

from dataclasses import replace

import pytest

from harness.core.contract.model import Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.duration import PromDuration
from harness.core.judge import (
    Clause,
    Component,
    Disruption,
    Expectation,
    Judgement,
    LifeCase,
    OtherAlert,
    Scrape,
    judge_life,
)
from harness.core.judge.evidence import sort_evidence
from harness.core.judge.lifecycle import last_witness
from harness.core.reading import Reading
from harness.core.timeline import silent_timeline
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import (
    END,
    INJECT,
    PACE,
    PROMISE,
    START,
    UNDO,
    World,
    burst,
    changed,
    heard,
    stepped,
)

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED


def outcome(judgement: Judgement, clause: Clause) -> Verdict:
    """The outcome of one clause."""
    return next(finding.outcome for finding in judgement.findings if finding.clause is clause)


def test_a_life_as_promised_is_verified() -> None:
    """All clauses hold, and the figures are those of the life."""
    judged = judge_life(World().case())
    assert {finding.outcome for finding in judged.findings} == {V}
    assert judged.verdict is V
    seen = judged.observed
    assert (seen.pending_s, seen.hold_above_s) == (900, 870)
    assert seen.pending_lag_s is not None
    assert 0 <= seen.pending_lag_s <= 1.25
    assert (seen.threshold_low, seen.threshold_high) == (0, 240)
    assert seen.firing_lag_s == pytest.approx(0)
    assert seen.delivery_lag_s == pytest.approx(0.6)
    assert seen.resolved_delivery_lag_s == pytest.approx(3)
    assert judged.cause == ""


def test_firing_is_late_by_what_passed_since_the_end_of_the_documented_hold() -> None:
    """A hold that ends between two evaluations waits for the second: 15.2 s of the clock, seen after 15.5 s."""
    promise = replace(PROMISE, hold=PromDuration.parse("15m12s"))
    judged = judge_life(World(promise=promise, hold_s=15.2).case())
    assert judged.verdict is V
    assert judged.observed.firing_lag_s == pytest.approx(0.3)


def test_what_never_fired_has_no_figures_of_firing_nor_of_its_end() -> None:
    """It was pending and became inactive, and nobody was to be told of either."""
    seen = judge_life(World(hold_s=60).case()).observed
    assert seen.pending_lag_s is not None
    assert (seen.pending_s, seen.firing_lag_s, seen.delivery_lag_s) == (None, None, None)
    assert (seen.resolve_lag_s, seen.resolved_delivery_lag_s) == (None, None)


@pytest.mark.parametrize(
    ("world", "clause"),
    [
        pytest.param(World(hold_s=10), Clause.NOT_BEFORE_HOLD, id="for-10m"),
        pytest.param(World(hold_s=14.5), Clause.NOT_BEFORE_HOLD, id="for-14m30s"),
        pytest.param(World(hold_s=15.5), Clause.FIRING, id="for-15m30s"),
        pytest.param(World(hold_s=60), Clause.FIRING, id="for-1h"),
        pytest.param(World(threshold=300), Clause.PENDING, id="threshold-too-high"),
        pytest.param(World(value=stepped, threshold=80), Clause.THRESHOLD, id="threshold-too-low"),
        pytest.param(World(value=stepped, threshold=80), Clause.PENDING, id="pending-too-early"),
        pytest.param(World(matches=False), Clause.PENDING, id="matcher"),
        pytest.param(
            World(labels={"severity": "critical", "component": "kubemirror", "name": "secret"}),
            Clause.SEVERITY,
            id="severity",
        ),
        pytest.param(World(labels={"component": "kubemirror", "name": "secret"}), Clause.SEVERITY, id="no-severity"),
        pytest.param(
            World(labels={"severity": "warning", "component": "x", "name": "secret"}), Clause.LABELS, id="label-value"
        ),
        pytest.param(World(labels={"severity": "warning", "component": "kubemirror"}), Clause.LABELS, id="no-name"),
        pytest.param(
            World(labels={"severity": "warning", "component": "kubemirror", "name": "secret", "pod": "p"}),
            Clause.LABELS,
            id="label-too-much",
        ),
        pytest.param(World(receiver="default"), Clause.RECEIVER, id="receiver"),
        pytest.param(World(firing_delivered=False), Clause.DELIVERED, id="not-delivered"),
        pytest.param(World(delivery_lag_s=9), Clause.DELIVERED, id="delivered-late"),
        pytest.param(World(resolved_delivered=False), Clause.RESOLVED_DELIVERED, id="resolved-not-delivered"),
        pytest.param(World(annotations={"summary": "x"}), Clause.ANNOTATIONS, id="annotation"),
        pytest.param(World(threshold=-1), Clause.RESOLVED, id="never-resolved"),
    ],
)
def test_a_planted_defect_is_caught_by_its_clause(world: World, clause: Clause) -> None:
    """The clause is VIOLATED, and with it the promise."""
    judged = judge_life(world.case())
    assert outcome(judged, clause) is X
    assert judged.verdict is X
    assert judged.cause


def test_a_stepped_load_proves_both_sides_of_the_threshold() -> None:
    """Inactive at 95 and active at 106 leave no room for another threshold."""
    judged = judge_life(replace(World(value=stepped).case(), threshold_within_ratio=0.1))
    assert judged.verdict is V
    assert (judged.observed.threshold_low, judged.observed.threshold_high) == (95, 106)


def test_a_threshold_seen_only_from_afar_is_not_proved() -> None:
    """Zero and 240 say nothing about 100 within a tenth."""
    judged = judge_life(replace(World().case(), threshold_within_ratio=0.1))
    assert outcome(judged, Clause.THRESHOLD) is U


def test_a_threshold_seen_from_below_only_is_not_proved() -> None:
    """Near on one side is not near on both."""
    world = World(value=lambda t: 240 if t >= INJECT + 3 and t < UNDO else 95)
    judged = judge_life(replace(world.case(), threshold_within_ratio=0.1))
    assert outcome(judged, Clause.THRESHOLD) is U


def test_a_witness_without_numbers_judges_by_what_it_saw() -> None:
    """A pod that is gone has no number, and the alert must still agree with it."""
    assert judge_life(World(numbers=False).case()).verdict is V
    assert outcome(judge_life(World(numbers=False, threshold=300).case()), Clause.THRESHOLD) is X


def test_a_condition_on_the_other_side_is_judged_the_same_way() -> None:
    """`< 1 replica` is a threshold as well."""
    promise = replace(
        PROMISE,
        threshold=Threshold(quantity=Quantity.SERVING_REPLICAS, side="<", value=1, unit=Unit.REPLICAS, meaning="pods"),
    )
    good = World(
        promise=promise,
        side="<",
        threshold=1,
        value=lambda t: 1 - burst(t) / 240,
        annotations={"summary": "x", "description": "0 pods of secret"},
    )
    judged = judge_life(good.case())
    assert judged.verdict is V
    assert (judged.observed.threshold_low, judged.observed.threshold_high) == (0, 1)
    assert outcome(judge_life(replace(good, threshold=2).case()), Clause.THRESHOLD) is X
    assert outcome(judge_life(replace(good, threshold=0).case()), Clause.THRESHOLD) is X


def test_a_witness_that_never_saw_the_condition_proves_nothing() -> None:
    """No witness, no verdict, whatever the alert did."""
    case = World().case()
    readings = tuple(replace(reading, value=None, holds=None) for reading in case.readings)
    judged = judge_life(replace(case, readings=readings))
    assert outcome(judged, Clause.CONDITION) is U
    assert outcome(judged, Clause.PENDING) is S
    assert judged.verdict is U
    judged = judge_life(replace(case, readings=()))
    assert judged.verdict is U
    assert judged.last_witness == "the witness never looked"


@pytest.mark.parametrize(
    ("reading", "unit", "words"),
    [
        pytest.param(
            Reading(at_s=INJECT + 1.5, value=1, holds=False, note="depth"),
            "items",
            "+1.50 s: 1 item (the condition does not hold) depth",
            id="a-value-in-its-unit",
        ),
        pytest.param(
            Reading(at_s=INJECT + 1.5, value=2.5, holds=True, note="depth"),
            "",
            "+1.50 s: 2.5 (the condition holds) depth",
            id="a-value-without-one",
        ),
        pytest.param(
            Reading(at_s=INJECT - 2, value=None, holds=True), "items", "-2.00 s: (the condition holds)", id="no-number"
        ),
        pytest.param(
            Reading(at_s=INJECT, value=None, holds=None, note="connection refused"),
            "items",
            "+0.00 s: (not read) connection refused",
            id="not-read",
        ),
    ],
)
def test_the_last_look_of_the_witness_is_told_in_words(reading: Reading, unit: str, words: str) -> None:
    """When it was, after the injection; what it saw, in the threshold's unit; what that means."""
    assert last_witness((Reading(at_s=INJECT, value=7, holds=True), reading), INJECT, unit) == words


def test_a_value_is_told_in_the_unit_of_the_promise() -> None:
    """Of an alert that had to fire, the judgement knows it."""
    assert judge_life(World().case()).last_witness == "+39.86 s: 0 items (the condition does not hold) depth"


def test_a_fault_that_did_not_last_is_not_the_alerts_failure() -> None:
    """Pending and inactive again, because the condition was gone: UNKNOWN."""
    judged = judge_life(World(value=lambda t: 240 if INJECT <= t < INJECT + 8 else 0).case())
    assert outcome(judged, Clause.CONDITION) is U
    assert outcome(judged, Clause.FIRING) is U
    assert judged.verdict is U


def test_a_flash_of_the_condition_need_not_be_seen() -> None:
    """Shorter than a scrape and an evaluation, it may pass unseen."""
    judged = judge_life(World(matches=False, value=lambda t: 240 if INJECT <= t < INJECT + 0.6 else 0).case())
    assert outcome(judged, Clause.PENDING) is U


def test_a_reset_while_the_condition_goes_on_is_a_violation() -> None:
    """The rule lost sight of what the witness saw throughout."""
    case = World().case()
    seen = World(value=lambda t: burst(t) if t < INJECT + 8 else 0).timelines()
    judged = judge_life(changed(case, timelines=seen, deliveries=()))
    assert outcome(judged, Clause.FIRING) is X


def test_an_alert_that_lost_sight_for_a_moment_is_not_known_to_be_wrong() -> None:
    """Pending in time, inactive for one evaluation, and all over again: one lost scrape does that, and a spike too."""

    def broken(t: float, for_s: float) -> float:
        return 0 if INJECT + 6 <= t < INJECT + 6 + for_s else burst(t)

    world = replace(World(), promise=replace(PROMISE, hold=PromDuration.parse("10m")), hold_s=10)
    case = world.case()
    moment = replace(world, value=lambda t: broken(t, 0.6))
    judged = judge_life(changed(case, deliveries=moment.deliveries(), timelines=moment.timelines()))
    assert outcome(judged, Clause.PENDING) is V
    assert outcome(judged, Clause.FIRING) is U
    assert judged.verdict is U
    assert "inactive for a moment at +6.17 s, although the condition went on" in judged.cause
    disruption = Disruption(
        component=Component.PROMETHEUS, start_s=INJECT + 5, end_s=INJECT + 5.5, cause="took 0.5 s for a scrape"
    )
    excused = judge_life(
        changed(case, deliveries=moment.deliveries(), timelines=moment.timelines(), disruptions=(disruption,))
    )
    assert excused.verdict is U
    assert "took 0.5 s for a scrape" in excused.cause
    longer = replace(world, value=lambda t: broken(t, 3))
    judged = judge_life(changed(case, deliveries=longer.deliveries(), timelines=longer.timelines()))
    assert outcome(judged, Clause.THRESHOLD) is X


def _wavering(at_s: float, for_s: float, back: bool = True) -> LifeCase:
    """The rule saw the quantity below the threshold for so long, and the witness did not."""
    low = World(value=lambda t: 0 if at_s <= t and (t < at_s + for_s or not back) else burst(t))
    case = replace(World().case(), undo_began_s=UNDO - 4)
    return changed(case, deliveries=low.deliveries(), timelines=low.timelines())


def test_an_alert_that_wavers_while_the_fault_is_undone_is_judged_by_its_end() -> None:
    """Undoing moves the quantity, and what is shorter than a proof proves nothing."""
    judged = judge_life(_wavering(UNDO - 3, 0.6))
    assert judged.verdict is V
    actual = next(one.actual for one in judged.findings if one.clause is Clause.RESOLVED)
    assert actual.startswith("inactive at +25.17 s, +0.06 s from the end; for a moment already at +22.17 s")
    assert judged.observed.resolve_lag_s == pytest.approx(0.06)
    assert judged.observed.resolved_delivery_lag_s == pytest.approx(3)


@pytest.mark.parametrize(
    ("case", "clause"),
    [
        pytest.param(_wavering(UNDO - 6, 0.6), Clause.RESOLVED, id="before-the-undo"),
        pytest.param(_wavering(UNDO - 3, 2), Clause.RESOLVED, id="long"),
        pytest.param(_wavering(UNDO - 3, 2), Clause.THRESHOLD, id="long-threshold"),
        pytest.param(_wavering(UNDO - 3, 0.6, back=False), Clause.RESOLVED, id="for-good"),
        pytest.param(replace(_wavering(UNDO - 3, 0.6), undo_began_s=None), Clause.RESOLVED, id="not-known"),
    ],
)
def test_an_alert_that_ends_although_the_condition_goes_on_is_wrong(case: LifeCase, clause: Clause) -> None:
    """Before anything is undone, for long enough to be a proof, or for good."""
    assert outcome(judge_life(case), clause) is X


def test_an_alert_that_wavers_and_then_stays_is_late() -> None:
    """It is its last life that has to end."""
    stays = World(value=lambda t: 0 if UNDO - 3 <= t < UNDO - 2.4 or t > UNDO + 5 else 240 if t > INJECT else 0)
    case = replace(_wavering(UNDO - 3, 0.6), timelines=stays.timelines())
    assert outcome(judge_life(case), Clause.RESOLVED) is X


@pytest.mark.parametrize(
    ("missed", "clause"),
    [
        pytest.param((INJECT - 1.5, INJECT + 2), Clause.PENDING, id="at-pending"),
        pytest.param((INJECT + 14, INJECT + 17), Clause.FIRING, id="at-firing"),
        pytest.param((UNDO - 0.5, UNDO + 5), Clause.RESOLVED, id="at-resolve"),
    ],
)
def test_missed_evaluations_at_the_decisive_instant_are_unknown(missed: tuple[float, float], clause: Clause) -> None:
    """Nobody looked, so nobody knows."""
    judged = judge_life(World(missed=missed).case())
    assert outcome(judged, clause) is U
    assert judged.verdict is U


def test_missed_evaluations_elsewhere_do_not_matter() -> None:
    """Amid the hold the same activeAt before and after says that it went on."""
    assert judge_life(World(missed=(INJECT + 5, INJECT + 7)).case()).verdict is V


def test_a_hold_of_which_the_beginning_was_not_seen_may_be_longer() -> None:
    """Fired after 10 s that were seen, after nobody knows how many."""
    judged = judge_life(World(hold_s=10, missed=(INJECT - 1.5, INJECT + 2)).case())
    assert outcome(judged, Clause.NOT_BEFORE_HOLD) is U
    assert outcome(judged, Clause.FIRING) is S


@pytest.mark.parametrize(
    ("world", "place", "clause"),
    [
        pytest.param(World(matches=False), Component.PROMETHEUS, Clause.PENDING, id="never-pending"),
        pytest.param(World(matches=False), Component.MACHINE, Clause.PENDING, id="stalled"),
        pytest.param(World(threshold=300), Component.PROMETHEUS, Clause.THRESHOLD, id="inactive"),
        pytest.param(World(firing_delivered=False), Component.ALERTMANAGER, Clause.DELIVERED, id="alertmanager"),
        pytest.param(World(delivery_lag_s=9), Component.RECEIVER, Clause.DELIVERED, id="receiver"),
        pytest.param(World(resolved_delivered=False), Component.RECEIVER, Clause.RESOLVED_DELIVERED, id="resolved"),
        pytest.param(World(threshold=-1), Component.PROMETHEUS, Clause.RESOLVED, id="not-resolved"),
    ],
)
def test_what_a_failed_place_may_have_caused_is_unknown(world: World, place: Component, clause: Clause) -> None:
    """Late, absent and unseen are excused; the cause is named."""
    disruption = Disruption(component=place, start_s=INJECT, end_s=END, cause="exited with status 137")
    judged = judge_life(replace(world.case(), disruptions=(disruption,)))
    assert outcome(judged, clause) is U
    assert "exited with status 137" in next(one.actual for one in judged.findings if one.clause is clause)
    # beside a violation that it does not excuse it is no cause
    assert ("exited with status 137" in judged.cause) is (judged.verdict is U)


def test_what_no_failed_place_can_cause_stays_a_violation() -> None:
    """A dead Alertmanager does not make a rule fire early."""
    disruption = Disruption(component=Component.MACHINE, start_s=INJECT, end_s=END, cause="stalled")
    assert judge_life(replace(World(hold_s=10).case(), disruptions=(disruption,))).verdict is X


def test_a_blind_witness_excuses_a_late_alert() -> None:
    """The condition may have lapsed while it did not look."""
    world = World(value=lambda t: 240 if t >= INJECT + 4 and t < UNDO else 0)
    case = changed(World().case(), deliveries=world.deliveries(), timelines=world.timelines())
    assert outcome(judge_life(case), Clause.PENDING) is X
    blind = replace(case, readings=World(blind=(INJECT + 1, INJECT + 3)).readings())
    assert outcome(judge_life(blind), Clause.PENDING) is U


def test_clocks_too_far_apart_are_unknown() -> None:
    """Instants of two clocks that differ by more than an evaluation cannot be compared."""
    judged = judge_life(replace(World().case(), pace=replace(PACE, skew_s=0.8)))
    assert outcome(judged, Clause.PENDING) is U


def test_a_flicker_before_the_condition_may_start_the_alert() -> None:
    """The witness saw it too."""

    def value(t: float) -> float:
        return 240 if INJECT <= t < INJECT + 0.5 or INJECT + 0.8 <= t < UNDO else 0

    steady = World(value=lambda t: 240 if INJECT <= t < UNDO else 0)
    case = changed(World(value=value).case(), deliveries=steady.deliveries(), timelines=steady.timelines())
    assert outcome(judge_life(case), Clause.PENDING) is V


def test_an_alert_a_little_early_is_not_judged() -> None:
    """Two evaluations may share a scrape that the witness missed."""
    early = World(value=lambda t: 240 if INJECT - 1.2 <= t < UNDO else 0)
    case = changed(World().case(), deliveries=early.deliveries(), timelines=early.timelines())
    assert outcome(judge_life(case), Clause.PENDING) is U


@pytest.mark.parametrize(
    ("early_s", "took_s", "verdict"),
    [(1.2, 0.4, U), (1.2, 0.7, V), (0.8, 0.0, V)],
    ids=["quick", "slow", "within a look"],
)
def test_an_alert_is_early_by_what_its_scrape_saw_last(early_s: float, took_s: float, verdict: Verdict) -> None:
    """A slow scrape sees later than its samples say, and a look sees earlier than it ends."""
    early = World(value=lambda t: 240 if INJECT - early_s <= t < UNDO else 0)
    case = changed(World().case(), deliveries=early.deliveries(), timelines=early.timelines())
    instants = (START + 0.05 + i * 0.5 for i in range(40))
    taken = tuple(Scrape(start_s=at_s, end_s=at_s + took_s) for at_s in instants)
    assert outcome(judge_life(replace(case, scrapes=taken)), Clause.PENDING) is verdict


def test_a_condition_that_held_from_the_first_look_has_no_earliest_instant() -> None:
    """Nothing denied it before."""
    case = World().case()
    readings = tuple(reading for reading in case.readings if reading.at_s >= INJECT)
    assert outcome(judge_life(replace(case, readings=readings)), Clause.PENDING) is V


def test_a_fault_that_was_not_undone_does_not_prove_the_resolution() -> None:
    """VERIFIED needs every clause."""
    judged = judge_life(replace(World().case(), undo_s=None))
    assert outcome(judged, Clause.RESOLVED) is U
    assert outcome(judged, Clause.RESOLVED_DELIVERED) is U


def test_a_condition_that_never_ended_does_not_prove_the_resolution() -> None:
    """The fault outlived its undo."""
    judged = judge_life(World(value=lambda t: 240 if t >= INJECT else 0).case())
    assert outcome(judged, Clause.RESOLVED) is U


def test_an_alert_resolved_while_the_condition_goes_on_is_a_violation() -> None:
    """It told people that all is well."""
    early = World(value=lambda t: burst(t) if t < UNDO - 4 else 0)
    case = changed(World().case(), deliveries=early.deliveries(), timelines=early.timelines())
    assert outcome(judge_life(case), Clause.RESOLVED) is X


def test_an_alert_resolved_in_a_rules_window_is_in_time() -> None:
    """A rule that looks back 3 s may see the fault 3 s longer."""
    late = World(value=lambda t: 240 if INJECT <= t < UNDO + 3 else 0)
    case = changed(World().case(), deliveries=late.deliveries(), timelines=late.timelines())
    assert outcome(judge_life(case), Clause.RESOLVED) is X
    assert judge_life(replace(case, window_s=3)).verdict is V


@pytest.mark.parametrize(
    ("end_s", "clause"),
    [
        pytest.param(INJECT + 10, Clause.FIRING, id="before-firing"),
        pytest.param(INJECT + 15.5, Clause.DELIVERED, id="before-delivery"),
        pytest.param(UNDO + 0.1, Clause.RESOLVED, id="before-resolve"),
        pytest.param(UNDO + 3, Clause.RESOLVED_DELIVERED, id="before-resolved-delivery"),
    ],
)
def test_a_watch_that_ended_too_early_is_unknown(end_s: float, clause: Clause) -> None:
    """What was not waited for is not missing."""
    case = World().case()
    lines = tuple(
        replace(line, end_s=end_s, moments=tuple(m for m in line.moments if m.at_s <= end_s), gaps=())
        for line in case.timelines
    )
    judged = judge_life(
        changed(case, timelines=lines, deliveries=tuple(d for d in heard(case) if d.received_at_s <= end_s))
    )
    assert outcome(judged, clause) is U


def test_a_resolved_notification_that_comes_late_is_a_violation() -> None:
    """After the group's next flush it is late."""
    case = World().case()
    late = tuple(replace(d, received_at_s=d.received_at_s + 9) if d.status == "resolved" else d for d in heard(case))
    assert outcome(judge_life(changed(case, deliveries=late)), Clause.RESOLVED_DELIVERED) is X


def test_a_group_that_is_already_there_waits_for_its_interval() -> None:
    """Alertmanager flushes a known group each group_interval, not after group_wait."""
    case = World(delivery_lag_s=6).case()
    assert outcome(judge_life(case), Clause.DELIVERED) is X
    other = replace(heard(case)[0], labels={"alertname": "Other"}, received_at_s=INJECT)
    assert outcome(judge_life(changed(case, deliveries=(other, *heard(case)))), Clause.DELIVERED) is V


def sibling(**labels: str) -> LifeCase:
    """A case in which a second label set fires as well."""
    case = World().case()
    second = World(labels={"severity": "warning", "component": "kubemirror", **labels}).timelines()
    return replace(case, timelines=(*second, *case.timelines))


def test_a_second_label_set_is_one_too_many() -> None:
    """One fault, one page."""
    assert outcome(judge_life(sibling(name="configmap")), Clause.INSTANCES) is X


def test_a_duplicate_of_the_instance_is_never_allowed() -> None:
    """Two alerts about one thing wake two people."""
    case = sibling(name="secret", pod="a")
    assert outcome(judge_life(case), Clause.INSTANCES) is X


def test_an_alert_of_another_instance_only_is_no_alert() -> None:
    """The wrong queue was named."""
    other = World(labels={"severity": "warning", "component": "kubemirror", "name": "configmap"})
    judged = judge_life(changed(World().case(), timelines=other.timelines(), deliveries=()))
    assert outcome(judged, Clause.PENDING) is X
    assert outcome(judged, Clause.LABELS) is S


def test_a_rule_without_hold_fires_at_once() -> None:
    """`for: 0s` has no pending stretch."""
    promise = replace(PROMISE, hold=PromDuration(0))
    judged = judge_life(World(promise=promise, hold_s=0).case())
    assert judged.verdict is V
    assert judged.observed.hold_above_s is None


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(None, X, id="not-loaded"),
        pytest.param(("err", "many-to-many matching not allowed"), X, id="broken"),
        pytest.param(("err", "query timed out in expression evaluation"), U, id="timed-out"),
        pytest.param(("unknown", ""), U, id="not-evaluated"),
    ],
)
def test_a_rule_must_be_loaded_and_healthy(rule: tuple[str, str] | None, expected: Verdict) -> None:
    """A rule that is not there cannot keep a promise."""
    fact = None if rule is None else replace(World().rule(), health=rule[0], last_error=rule[1])
    judged = judge_life(replace(World().case(), rule=fact))
    assert outcome(judged, Clause.LOADED) is expected
    assert judged.verdict is expected


def other(world: World, expectation: Expectation, *, hold_s: float = 15) -> OtherAlert:
    """Another alert, in a world of its own."""
    return OtherAlert(
        name="Other", timelines=world.timelines(), expectation=expectation, reason="the flood delays it", hold_s=hold_s
    )


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param(other(World(), Expectation.MUST_NOT), X, id="fires-and-must-not"),
        pytest.param(other(World(matches=False), Expectation.MUST_NOT), V, id="silent"),
        pytest.param(other(World(), Expectation.MAY), V, id="fires-and-may"),
        pytest.param(other(World(), Expectation.MUST), V, id="fires-and-must"),
        pytest.param(other(World(matches=False), Expectation.MUST), X, id="silent-and-must"),
        pytest.param(other(World(matches=False, missed=(INJECT, INJECT + 30)), Expectation.MUST), U, id="must-unseen"),
        pytest.param(
            other(World(matches=False, missed=(INJECT, INJECT + 30)), Expectation.MUST_NOT), U, id="must-not-unseen"
        ),
        pytest.param(OtherAlert(name="Other", timelines=(), expectation=Expectation.MUST_NOT), U, id="not-watched"),
    ],
)
def test_other_alerts_do_what_the_matrix_says(other: OtherAlert, expected: Verdict) -> None:
    """Nothing else fires that the matrix does not allow."""
    judged = judge_life(replace(World().case(), other_alerts=(other,)))
    assert outcome(judged, Clause.BYSTANDERS) is expected


def test_every_excuse_is_shown() -> None:
    """An alert that may fire and did is listed with its reason."""
    judged = judge_life(replace(World().case(), other_alerts=(other(World(), Expectation.MAY),)))
    assert judged.excuses == ("Other fired, which it may: the flood delays it",)


def test_no_timeline_at_all_is_misuse() -> None:
    """An alert that wrote nothing has a silent timeline, so that gaps are seen."""
    with pytest.raises(ValueError, match="silent_timeline"):
        judge_life(replace(World().case(), timelines=()))


def test_trouble_of_a_place_that_does_not_matter_excuses_nothing() -> None:
    """A receiver that failed does not explain a late alert."""
    disruption = Disruption(component=Component.RECEIVER, start_s=INJECT, end_s=END, cause="exited")
    evidence = sort_evidence(replace(World().case(), disruptions=(disruption,)))
    assert evidence.disruption(INJECT, END, Component.WITNESS) == ""
    assert evidence.disruption(INJECT, END, Component.RECEIVER) == "the receiver exited at +0.00 s"


def test_a_prometheus_that_was_down_throughout_is_unknown() -> None:
    """No evaluation, no statement."""
    evaluations = replace(World().evaluations(), at_s=())
    judged = judge_life(changed(World().case(), timelines=(silent_timeline("QueueDeep", evaluations),), deliveries=()))
    assert judged.verdict is U
    assert START < INJECT


def test_an_evaluation_a_millisecond_short_of_the_hold_does_not_fire_yet() -> None:
    """Intervals that do not divide a hold exactly fall just before its end; the next evaluation is due."""
    promise = replace(PROMISE, hold=PromDuration.parse("15m60ms"))
    judgement = judge_life(World(promise=promise, hold_s=15.001).case())
    assert outcome(judgement, Clause.FIRING) is V


def ramp(at_s: float) -> float:
    """Ten more every second, up to 150."""
    return min(150.0, 10 * (at_s - INJECT)) if INJECT <= at_s < UNDO else 0


def test_what_is_nearer_to_the_threshold_than_the_witness_can_tell_proves_nothing() -> None:
    """A rule that counts a little more than the witness is not early; one that counts much more is."""
    near = World(value=ramp, threshold=95, hold_s=10, promise=replace(PROMISE, hold=PromDuration.parse("10m"))).case()
    assert outcome(judge_life(replace(near, witness_error_ratio=0.1)), Clause.PENDING) is V
    far = World(value=ramp, threshold=60, hold_s=10, promise=replace(PROMISE, hold=PromDuration.parse("10m"))).case()
    assert outcome(judge_life(replace(far, witness_error_ratio=0.1)), Clause.PENDING) is X


@pytest.mark.parametrize(
    ("lasts_s", "verdict"), [pytest.param(0.5, X, id="at-the-beginning-only"), pytest.param(25, U, id="all-along")]
)
@pytest.mark.parametrize(
    ("world", "clause"),
    [
        pytest.param(World(matches=False), Clause.PENDING, id="never-pending"),
        pytest.param(World(threshold=300), Clause.THRESHOLD, id="threshold"),
        pytest.param(
            World(value=lambda t: 240 if t > INJECT + 12 else 150 if t >= INJECT else 0, threshold=200),
            Clause.PENDING,
            id="late",
        ),
    ],
)
def test_a_trouble_excuses_what_it_touches_and_nothing_after_it(
    world: World, clause: Clause, lasts_s: float, verdict: Verdict
) -> None:
    """The condition went on for long enough after it."""
    disruption = Disruption(
        component=Component.PROMETHEUS, start_s=INJECT, end_s=INJECT + lasts_s, cause="took 0.5 s for a scrape"
    )
    assert outcome(judge_life(replace(world.case(), disruptions=(disruption,))), clause) is verdict


def test_a_delay_is_granted_only_with_a_reason_and_at_both_ends() -> None:
    """Prometheus sees everything 4 s late: that breaks the promise, unless its figures may be so old."""
    late = World(value=lambda at_s: burst(at_s - 4))
    case = changed(World().case(), deliveries=late.deliveries(), timelines=late.timelines())
    broken = judge_life(case)
    assert (outcome(broken, Clause.PENDING), outcome(broken, Clause.RESOLVED)) == (X, X)
    granted = judge_life(replace(case, lag_s=4, lag_reason="old figures"))
    assert granted.verdict is V
    for clause in (Clause.PENDING, Clause.RESOLVED):
        assert next(one.expected for one in granted.findings if one.clause is clause).endswith("(old figures)")
    both = judge_life(replace(case, lag_s=4, lag_reason="old", resolve_lag_s=1, resolve_lag_reason="late"))
    assert next(one.expected for one in both.findings if one.clause is Clause.RESOLVED).endswith("(old; late)")


def test_an_end_near_the_threshold_is_no_violation_where_the_witness_cannot_tell() -> None:
    """It was inactive for a moment in which the witness saw values within its own error of the threshold."""
    case = _wavering(UNDO - 6, 0.6)
    near = tuple(replace(one, value=105.0) if UNDO - 7 < one.at_s < UNDO - 5 else one for one in case.readings)
    unsure = replace(case, readings=near, witness_error_ratio=0.1)
    assert outcome(judge_life(replace(unsure, witness_error_ratio=0.0)), Clause.RESOLVED) is X
    assert outcome(judge_life(unsure), Clause.RESOLVED) is U


def test_a_share_is_never_more_than_all() -> None:
    """However wrong the witness may be: `100 %`, not `110 %`."""
    share = replace(PROMISE, threshold=replace(PROMISE.threshold, value=0.5, unit=Unit.RATIO))
    world = World(value=lambda t: 1.0 if INJECT <= t < UNDO else 0.0, threshold=0.5, promise=share)
    assert judge_life(replace(world.case(), witness_error_ratio=0.1)).observed.threshold_high == 1.0
