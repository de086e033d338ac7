"""The evidence of one life, sorted: which timeline, which stretch of the condition, which episode is judged."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.core.judge.case import Component, Disruption, LifeCase
from harness.core.judge.condition import Stretch, blind_troubles, clear, decisive, proof_evaluations, stretches
from harness.core.judge.succession import Succession, succession
from harness.core.timeline import Episode, Timeline

#: an instant after the end of a trouble is not touched by it
_AFTER_S = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the clauses of `judge_life` are judged on."""

    case: LifeCase
    #: of the instance that the fault hits
    line: Timeline
    #: when the condition held, decisively; None if the witness never saw it
    stretch: Stretch | None
    #: the life of the alert that belongs to the stretch; None if there is none
    episode: Episode | None
    #: the troubles of the place, those of the witness included
    disruptions: tuple[Disruption, ...]
    #: the label sets among which the judged one is, if they followed one another while the condition went on
    succession: Succession | None = None

    @property
    def acting(self) -> Timeline:
        """What the rule said about the instance, whichever label set said it."""
        return self.line if self.succession is None else self.succession.merged

    def interrupted(self, deadline_s: float) -> Episode | None:
        """A life of the alert that began in time and ended although the condition went on; None if there is none.

        The judged one then began anew. For how long it was inactive between the two, `bracket` looks at: what is too
        short for a proof there proves nothing either way.
        """
        if self.stretch is None or self.episode is None or self.episode.pending_at_s <= deadline_s:
            return None
        start_s, again_s = self.stretch.start_s, self.episode.pending_at_s
        began = [one for one in self.line.episodes if one.pending_at_s <= deadline_s and one.last_active_s >= start_s]
        return next((one for one in began if one.resolved_at_s is not None and one.resolved_at_s <= again_s), None)

    def wavered(self, episode: Episode, deadline_s: float) -> Episode:
        """The last of the lives into which this one fell while the fault was being undone, if it did; else itself.

        Undoing moves the quantity: for less than the witness needs to see it, it may pass the threshold and come back.
        So an alert that was inactive meanwhile for fewer evaluations than make a proof (`proof_evaluations`), and was
        active again before `deadline_s`, is judged by its last life.
        """
        began_s, needed = self.case.undo_began_s, proof_evaluations(self.case.pace)
        if began_s is None:
            return episode
        for again in self.line.episodes:
            away_s = episode.resolved_at_s
            if away_s is None or away_s < began_s or again.pending_at_s > deadline_s:
                break
            if again.pending_at_s < away_s:
                continue
            if sum(away_s <= moment.at_s < again.pending_at_s for moment in self.line.moments) >= needed:
                break
            episode = again
        return episode

    def too_near(self, start_s: float, end_s: float) -> bool:
        """Whether between the two instants a value was nearer to the threshold than the witness can tell."""
        case = self.case
        seen = clear(case.readings, limit=case.promise.threshold.value, error_ratio=case.witness_error_ratio)
        return any(one.value is not None and one.holds is None and start_s <= one.at_s <= end_s for one in seen)

    def after_inject(self, at_s: float) -> str:
        """An instant as people compare it: seconds of the clock after the injection."""
        return f"{at_s - self.case.inject_s:+.2f} s"

    def disruption(self, start_s: float, end_s: float, *places: Component) -> str:
        """Why something between the two instants may be late, absent or unseen; empty if nothing excuses it.

        Args:
            start_s: from here
            end_s: to here
            places: those that matter; a stalled machine always does, and missed evaluations when Prometheus does.
        """
        causes = [
            f"{disruption.component} {disruption.cause} at {self.after_inject(disruption.start_s)}"
            for disruption in self.disruptions
            if disruption.component in (*places, Component.MACHINE)
            and disruption.start_s <= end_s
            and start_s <= disruption.end_s
        ]
        if Component.PROMETHEUS in places:
            causes += [
                f"no evaluation between {self.after_inject(gap.start_s)} and {self.after_inject(gap.end_s)}"
                for gap in self.line.gaps
                if gap.overlaps(start_s, end_s)
            ]
        return "; ".join(causes)

    def untroubled_s(self, start_s: float, end_s: float, needed_s: float) -> bool:
        """Whether between the two instants there are so many seconds in a row in which nothing excuses anything."""
        begins = (
            start_s,
            *(disruption.end_s for disruption in self.disruptions),
            *(gap.end_s for gap in self.line.gaps),
        )
        return any(
            start_s <= begin_s
            and begin_s + needed_s < end_s
            and not self.disruption(begin_s + _AFTER_S, begin_s + needed_s, Component.PROMETHEUS, Component.WITNESS)
            for begin_s in begins
        )


def sort_evidence(case: LifeCase) -> Evidence:
    """Picks what is judged: the timeline of the instance, the decisive stretch, the episode that goes with it."""
    pace = case.pace
    needed_s = case.hold_s + case.lag_s + pace.scrape_s + 2 * pace.evaluation_s
    sure = clear(case.readings, limit=case.promise.threshold.value, error_ratio=case.witness_error_ratio)
    stretch = decisive(stretches(sure), needed_s=needed_s)
    start_s = case.inject_s if stretch is None else (stretch.denied_s or stretch.start_s)
    candidates = [line for line in case.timelines if same_instance(line.labels, case.instance)]
    picked = [(line, _episode(line, start_s)) for line in candidates or case.timelines[:1]]
    line, episode = min(picked, key=lambda pair: _rank(pair[1]))
    followed = succession(candidates, start_s=case.inject_s, end_s=line.end_s)
    return Evidence(
        case=case,
        line=line,
        stretch=stretch,
        episode=episode if candidates else None,
        disruptions=(*case.disruptions, *blind_troubles(case.readings, pace)),
        succession=followed if followed is not None and line in followed.lines else None,
    )


def same_instance(labels: Mapping[str, str], instance: Mapping[str, str]) -> bool:
    """True unless a label contradicts: one that is missing altogether is the clause of the labels, not another life."""
    return all(labels.get(name, value) == value for name, value in instance.items())


def _episode(line: Timeline, start_s: float) -> Episode | None:
    """The first episode alive after `start_s` that fired, else the longest of them."""
    alive = [episode for episode in line.episodes if episode.last_active_s >= start_s]
    fired = (episode for episode in alive if episode.firing_at_s is not None)
    return next(fired, max(alive, key=lambda episode: episode.last_active_s - episode.pending_at_s, default=None))


def _rank(episode: Episode | None) -> tuple[int, float]:
    if episode is None:
        return (2, 0)
    return (1, episode.pending_at_s) if episode.firing_at_s is None else (0, episode.firing_at_s)
