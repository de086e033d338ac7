"""Which alerts the Prometheus of a running stack can show, by what it says of itself: others are left alone."""

from collections.abc import Iterable, Mapping

from harness.core.contract.model import AlertPromise
from harness.core.duration import PromDuration
from harness.core.errors import NotHereError
from harness.core.rules.model import RuleGroup
from harness.core.rules.speed import scale_groups
from harness.core.rules.visibility import unseen
from harness.scenario.stack_handles import StackHandles
from harness.stacks.scrape_profile import StackTraits


def unseen_in(handles: StackHandles, groups: Iterable[RuleGroup], traits: StackTraits) -> Mapping[str, str]:
    """The alerts that cannot be seen there, with the reasons.

    Args:
        handles: the running stack.
        groups: the subject's rules as documented.
        traits: of the kind of stack.

    Raises:
        CouldNotTellError: Prometheus does not say how long its lookback is.
    """
    facts = handles.facts
    return unseen(
        scale_groups(groups, facts.speed, floor=traits.floor),
        lookback=handles.prometheus.lookback(),
        renewed=traits.renewed(scrape_s=facts.scrape_s, aged_s=facts.refresh_s),
        evaluation=PromDuration(round(facts.evaluation_s * 1_000)),
    )


def require_seen(promises: Iterable[AlertPromise], hidden: Mapping[str, str]) -> None:
    """Leaves a scenario alone that is about an alert which cannot be seen.

    Args:
        promises: what it is about.
        hidden: alert -> why it cannot be seen.

    Raises:
        NotHereError: one of them is hidden, with the reason.
    """
    for promise in promises:
        if why := hidden.get(promise.alert):
            raise NotHereError(
                f"{promise.alert} cannot be seen here", why=why, fix="take a Prometheus with a longer lookback"
            )
