"""Judging the documented receiver's destinations as their owner wrote them: the harness's receiver stands in for all.

What Alertmanager would refuse as a whole (a channel without an address), or fail at when it sends (a text that cannot
be rendered), a stand-in never meets: it is looked at here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from harness.core.judge.finding import Clause, Finding, Judgement, skipped, unknown, verified, violated
from harness.core.judge.notifications import judgement_of
from harness.core.operator.integration import Integration


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFault:
    """A text that Alertmanager cannot render for an alert."""

    #: `spec.receivers[0].slackConfigs[0].title`
    path: str
    #: name of the alert, and what its notification says of it: `firing` or `resolved`
    alert: str
    status: str
    #: in the template engine's words
    why: str
    #: whether a template of somebody else's is asked for, which may be there although it is not known here
    unknown_template: bool = False


def judge_destinations(
    receiver: str,
    found: Sequence[Integration],
    *,
    settings: Collection[str] | None,
    faults: Sequence[TextFault] = (),
    why_not: str = "",
) -> Judgement:
    """The documented receiver has destinations, each with all that Alertmanager asks for, and texts it can render.

    Args:
        receiver: its name.
        found: its destinations.
        settings: the names in Alertmanager's `global`; None where they are not known.
        faults: of the texts.
        why_not: why the texts could not be rendered; empty if they were.
    """
    promise = f"{receiver} has destinations that Alertmanager can tell"
    return judgement_of("destinations", promise, (_complete(receiver, found, settings), _texts(found, faults, why_not)))


def _complete(receiver: str, found: Sequence[Integration], settings: Collection[str] | None) -> Finding:
    expected = f"{receiver} has a destination, each with all that Alertmanager asks for"
    if not found:
        return violated(Clause.DESTINATIONS, expected, "it has none: Alertmanager tells nobody")
    for one in found:
        if unset := one.unset(settings):
            actual = f"{one.path} has no {'; no '.join(unset)}: Alertmanager refuses its whole configuration"
            return violated(Clause.DESTINATIONS, expected, actual)
    return verified(Clause.DESTINATIONS, expected, ", ".join(one.name for one in found))


def _texts(found: Sequence[Integration], faults: Sequence[TextFault], why_not: str) -> Finding:
    texts = [text for one in found for text in one.texts]
    expected = f"each of its {len(texts)} texts can be rendered for every documented alert"
    if not found:
        return skipped(Clause.TEXTS, expected, "it has no destination")
    for one in sorted(faults, key=lambda fault: fault.unknown_template):
        actual = f"{one.path} for {one.alert}, {one.status}: {one.why}"
        if one.unknown_template:
            return unknown(Clause.TEXTS, expected, f"{actual}. Alertmanager's own template files were not looked at")
        return violated(Clause.TEXTS, expected, f"{actual}. Alertmanager then tells this destination nothing")
    if why_not and texts:
        return unknown(Clause.TEXTS, expected, why_not)
    return verified(Clause.TEXTS, expected, "all of them" if texts else "it has no texts of its own")
