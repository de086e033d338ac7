"""The chain from a controller to whoever is told, link by link; what cannot be tested while one of them is broken.

    stack ── controller ── target ──┐
                                    ├── an alert's life ── told
                            rules ──┘                        │
                            route ───────────────────────────┘

Each link is judged by itself, in the order of what causes what, up to its first broken part: whatever lies behind that
follows from it and is no finding of its own.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.core.judge.finding import Clause, Finding, Judgement, skipped, unknown, verified, violated, weigh
from harness.core.verdict import Verdict

#: patience of whoever waits no longer
OVER_S = math.inf


class Link(StrEnum):
    """One link, in the order of causes. The values name it in results and messages."""

    STACK = "stack"
    CONTROLLER = "controller"
    TARGET = "target"
    RULES = "rules"
    ROUTE = "route"


PROMISES = {
    Link.STACK: "A stack comes up to test the subject on",
    Link.CONTROLLER: "The controller's pods start and get ready",
    Link.TARGET: "The ServiceMonitor leads Prometheus to the controller",
    Link.RULES: "Prometheus loads every documented rule",
    Link.ROUTE: "Alertmanager tells the documented receiver",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a link, judged."""

    finding: Finding
    #: one sentence that names the difference and what mends it; further lines quote
    cause: str = ""


#: of a link, in the order of causes; None for one of which nothing is known
Parts = Iterable[Part | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    """How one link stands."""

    link: Link
    judgement: Judgement
    #: the rules that it is about; None for all
    rules: frozenset[str] | None = None

    @property
    def lasting(self) -> bool:
        """Whether it is in the way on every other stack of the session as well."""
        return self.broken or (self.link is Link.STACK and not self.holds)

    @property
    def holds(self) -> bool:
        """Whether all of it was seen to hold."""
        return self.judgement.verdict is Verdict.VERIFIED

    @property
    def broken(self) -> bool:
        """Whether waiting changes nothing about it."""
        return self.judgement.verdict is Verdict.VIOLATED

    def concerns(self, rules: frozenset[str] | None) -> bool:
        """Whether it is about one of these rules; None for all of them."""
        return self.rules is None or rules is None or not self.rules.isdisjoint(rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What has to stand before there is anything to test: a stack in any case, the controller for its target."""

    links: frozenset[Link] = frozenset()
    #: names of the promises of alerts and recording rules; None for all
    rules: frozenset[str] | None = frozenset()

    def includes(self, link: Link) -> bool:
        """Whether a link is among them."""
        return link is Link.STACK or link in self.links or (link is Link.CONTROLLER and Link.TARGET in self.links)


def judged(link: Link, parts: Parts, *, rules: frozenset[str] | None = None) -> LinkState:
    """A link, from its parts in the order of causes: those behind the first that does not hold are not looked at.

    Args:
        link: which.
        parts: of it.
        rules: those that it is about, where not all.
    """
    looked_at = tuple(_up_to_the_first_broken(parts))
    findings = tuple(part.finding for part in looked_at)
    verdict = weigh(findings)
    return LinkState(
        link=link,
        judgement=Judgement(
            name=link,
            verdict=verdict,
            promise=PROMISES[link],
            findings=findings,
            cause=looked_at[-1].cause if looked_at and verdict is not Verdict.VERIFIED else "",
        ),
        rules=rules,
    )


def not_up(what: str, why: str, fix: str) -> LinkState:
    """A stack that did not come up, and would not at another try: what failed, why, and what to do about it."""
    cause = f"{what}: {why}\nfix: {fix}"
    return judged(Link.STACK, [open_yet(Clause.STARTED, PROMISES[Link.STACK], what, cause)])


def noted(state: LinkState, text: str) -> LinkState:
    """The same with a further line to its cause."""
    judgement = state.judgement
    return replace(state, judgement=replace(judgement, cause=f"{judgement.cause}\n{text}"))


def holds(clause: Clause, expected: str, actual: str) -> Part:
    """A part that was seen to hold."""
    return Part(finding=verified(clause, expected, actual))


def breaks(clause: Clause, expected: str, actual: str, cause: str) -> Part:
    """A part that does not hold, and will not by waiting."""
    return Part(finding=violated(clause, expected, actual), cause=cause)


def open_yet(clause: Clause, expected: str, actual: str, cause: str = "") -> Part:
    """A part that may hold in a while, or of which nobody can tell whether it does."""
    return Part(finding=unknown(clause, expected, actual), cause=cause or f"{clause}: {actual}")


def follows(link: Link, clause: Clause, expected: str, root: LinkState) -> LinkState:
    """A link of which nothing can be said while another one is broken."""
    finding = skipped(clause, expected, f"{root.link} is {root.judgement.verdict}")
    return LinkState(
        link=link,
        judgement=Judgement(
            name=link,
            verdict=weigh([finding]),
            promise=PROMISES[link],
            findings=(finding,),
            cause=f"because of {root.link}",
            because_of=root.judgement.because_of or root.link,
        ),
    )


def in_the_way(states: Iterable[LinkState], needs: Needs) -> LinkState | None:
    """The first link, in the order of causes, that keeps what has these needs from being tested; None if none does.

    A link that only follows from another one is passed over: the other one is in the way as well.
    """
    return next(
        (
            state
            for state in sorted(states, key=lambda state: tuple(Link).index(state.link))
            if not state.holds
            and not state.judgement.because_of
            and needs.includes(state.link)
            and (state.link is not Link.RULES or state.concerns(needs.rules))
        ),
        None,
    )


def because_of(name: str, state: LinkState) -> Judgement:
    """The judgement of what cannot be tested because of a link: UNKNOWN, and the finding is not told again.

    Args:
        name: of the alert, or of the scenario.
        state: what is in the way.
    """
    cause = state.judgement.cause.partition("\n")[0]
    return Judgement(
        name=name,
        verdict=Verdict.UNKNOWN,
        promise="",
        findings=(),
        cause=f"not tested because of {state.link}: {cause}",
        because_of=state.link,
    )


def _up_to_the_first_broken(parts: Parts) -> Iterator[Part]:
    for part in parts:
        if part is None:
            continue
        yield part
        if part.finding.outcome is not Verdict.VERIFIED:
            return
