"""What a controller's own page lacks of the names by which a promise is tested, and what it has in their place.

A fault cannot be seen in a metric or queue that is not there: whoever waits for it waits in vain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.core.contract.quantity import Quantity
from harness.core.exposition import Page
from harness.core.nearest import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """A name that is not on the page."""

    what: str
    #: the likeliest names that are there
    why: str
    fix: str
    #: whether nothing brings it any more: other queues are there from the controller's start on
    final: bool


def lack_of(quantity: Quantity, instance: Mapping[str, str], pages: Iterable[Page]) -> Lack | None:
    """What is missing to see a quantity; None if nothing is, or nobody reads it from a page.

    Args:
        quantity: the documented one.
        instance: values of the alert's instance labels that are known beforehand.
        pages: those of the replicas that answer; of none nothing can be said.
    """
    kept, reads = tuple(pages), quantity.definition
    metric, label = reads.metric, reads.metric_label
    if not metric or not kept:
        return None
    samples = [sample for page in kept for sample in page.samples(metric)]
    if not samples:
        names = (sample.name for page in kept for family in page.families for sample in family.samples)
        return Lack(
            what=f"the controller's page has no {metric}",
            why=f"of the metrics that are there, the likeliest: {shown(metric, names)}",
            fix="let the controller tell it under this name, or correct the contract's `quantity`",
            final=False,
        )
    wanted = next((instance[name] for name in ("name", "controller") if name in instance), "") if label else ""
    there = {sample.labels.get(label, "") for sample in samples}
    if not wanted or wanted in there:
        return None
    return Lack(
        what=f'the controller\'s page has no {metric}{{{label}="{wanted}"}}',
        why=f"the values of {label} there, the likeliest first: {shown(wanted, there)}",
        fix="name its queues and controllers as they are called in `sources.queues` of the subject file",
        final=reads.metric_complete,
    )
