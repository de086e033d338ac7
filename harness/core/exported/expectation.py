"""What fires in a scene by the documentation: from the truth, the documented `for` and `keep_firing_for`, no rule.

A rule sees a change with the next scrape and says so at the next evaluation: around a change nothing is expected.
"""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise
from harness.core.measured.axes import metrics_of
from harness.core.measured.catalog import Catalog
from harness.core.measured.scene import Labels, Phase, Scene
from harness.core.measured.state import State
from harness.core.measured.truth import Instance, alerting, instances

#: the alerts that fire, each by all its labels but `alertname`
Fires = frozenset[Labels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """The labels that each alert of a promise carries."""

    promise: AlertPromise
    #: instance labels that all of the subject's series have with one value
    constant: Mapping[str, str]

    def of(self, instance: Instance) -> Labels:
        """For one instance of its quantity."""
        promise = self.promise
        own = {name: instance.labels[name] for name in promise.instance_labels if name in instance.labels}
        return tuple(sorted({**self.constant, **own, **promise.labels, "severity": promise.severity}.items()))


def documented(promise: AlertPromise, catalog: Catalog) -> Documented | str:
    """How a promise's alerts are labelled; why that cannot be told, if it cannot.

    An instance label by which the quantity is not counted (a target's `instance`) is as the subject's series have it.
    """
    quantity = promise.threshold.quantity
    series = [one for name in sorted(metrics_of(quantity)) for one in catalog.named(name)]
    counted = _counted(promise, catalog)
    constant = {}
    for name in promise.instance_labels:
        if name in counted:
            continue
        values = {one.labels.get(name, "") for one in series}
        if len(values) != 1 or "" in values:
            seen = ", ".join(sorted(values - {""})) or "none"
            return f"nobody can say what its label {name} must be: of {quantity} there are {seen}"
        (constant[name],) = values
    return Documented(promise=promise, constant=constant)


def expected(
    one: Documented, scene: Scene, catalog: Catalog, *, instants: Sequence[float], slack_s: float
) -> tuple[Fires | None, ...]:
    """What fires at each evaluation; None where a rule that is right may say one thing or another.

    Args:
        one: the promise.
        scene: what is brought about.
        catalog: whose series.
        instants: of the evaluations, in order.
        slack_s: so much later than the truth a rule may be, and what it waits for so much longer or shorter.
    """
    hold_s, keep_s = one.promise.hold.seconds, one.promise.keep_firing_for.seconds
    true = [true_at(one, scene, catalog, at_s=at_s) for at_s in instants]
    holds = {hold_s + slack_s, hold_s, max(0.0, hold_s - slack_s)}
    possible = [_firing(true, instants, hold_s=each, keep_s=keep_s) for each in holds]
    found: list[Fires | None] = []
    for at_s in instants:
        first, last = bisect.bisect_left(instants, at_s - slack_s), bisect.bisect_right(instants, at_s + slack_s)
        here = {fires for each in possible for fires in each[first:last]}
        sure = len(here) == 1 and at_s - scene.start_s >= slack_s
        found.append(here.pop() if sure else None)
    return tuple(found)


def true_at(one: Documented, scene: Scene, catalog: Catalog, *, at_s: float) -> Fires:
    """The alerts whose condition is true at an instant, by all their labels."""
    threshold = one.promise.threshold
    return frozenset(map(one.of, alerting(instances(scene, catalog, threshold, at_s=at_s), threshold)))


def _firing(true: Sequence[Fires], instants: Sequence[float], *, hold_s: float, keep_s: float) -> list[Fires]:
    """What fires at each, with a condition that begins, holds, ends, and is kept for a while."""
    since: dict[Labels, float] = {}
    last: dict[Labels, float] = {}
    fires: set[Labels] = set()
    found = []
    for at_s, here in zip(instants, true, strict=True):
        for labels in here:
            since.setdefault(labels, at_s)
            last[labels] = at_s
        for labels in since.keys() - here:
            if labels not in fires or at_s - last[labels] > keep_s:
                del since[labels], last[labels]
        fires = {labels for labels, begun_s in since.items() if labels in fires or last[labels] - begun_s >= hold_s}
        found.append(frozenset(fires))
    return found


def _counted(promise: AlertPromise, catalog: Catalog) -> frozenset[str]:
    """The labels by which its quantity is counted."""
    scene = Scene(name="healthy", phases=(Phase(lasts_s=1.0, state=State()),))
    found = instances(scene, catalog, promise.threshold, at_s=0.0)
    return frozenset(name for one in found for name in one.labels)
