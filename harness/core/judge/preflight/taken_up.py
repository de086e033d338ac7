"""Whether an object of the operator's kinds is taken up: selected by its labels and namespace, and not refused."""

from collections.abc import Mapping

from harness.core.judge.finding import Clause
from harness.core.judge.preflight.facts import Installed, ObjectFact, Selection
from harness.core.judge.preflight.link import Part, breaks, holds
from harness.core.operator.selector import LabelSelector
from harness.core.verdict import Verdict


def selected(installed: Installed, kind: str) -> Part | None:
    """Whether the selectors of Prometheus or Alertmanager take the object up; final, since no label changes by itself.

    None where it is not known who would have to.
    """
    one, selection = installed.objects.get(kind), installed.selections.get(kind)
    if one is None or selection is None:
        return None
    expected = f"{selection.by} selects {one.title}"
    # the API server puts this label on every namespace
    namespace = {"kubernetes.io/metadata.name": one.namespace, **installed.namespaces.get(one.namespace, {})}
    foreign = selection.namespaces.mismatch(namespace)
    if foreign is not None:
        return breaks(
            Clause.SELECTED,
            f"{expected}: namespaces {_asked(selection.namespaces)}",
            f"of namespace {one.namespace}, {foreign}; its labels are {pairs(namespace)}",
            f"{selection.by} takes {kind}s only of namespaces {_asked(selection.namespaces)}, "
            f"and of {one.namespace} {foreign}: label that namespace, or widen the selector",
        )
    why = selection.selector.mismatch(one.labels)
    if why is not None:
        return breaks(
            Clause.SELECTED,
            f"{expected}: labels {_asked(selection.selector)}",
            f"{why}; its labels are {pairs(one.labels)}",
            _unlabelled(one, selection, why),
        )
    return holds(Clause.SELECTED, expected, f"labels {_asked(selection.selector)}")


def taken(installed: Installed, kind: str) -> Part | None:
    """Whether API server, operator, Prometheus and Alertmanager take what is in it. None where nobody refused it.

    What is not selected is not looked at by any of them, so this comes second.
    """
    refused = next((one for one in installed.refused if one.kind == kind), None)
    if refused is None:
        return None
    title = f"{refused.kind} {refused.namespace}/{refused.name}"
    return breaks(Clause.TAKEN, f"{title} is taken", refused.why, f"{title} is refused: {refused.why}")


def passed_over(installed: Installed, kind: str) -> bool:
    """Whether an object will never be in force, as far as it and those who select say: it is not worth a wait."""
    parts = (selected(installed, kind), taken(installed, kind))
    return any(part is not None and part.finding.outcome is Verdict.VIOLATED for part in parts)


def pairs(labels: Mapping[str, str]) -> str:
    """Labels as `kubectl --show-labels` writes them."""
    return ", ".join(f"{name}={value}" for name, value in sorted(labels.items())) or "(none)"


def asks_for(selector: LabelSelector) -> str:
    """A selector in words."""
    asked = [f"{name}={value}" for name, value in selector.labels.items()]
    for one in selector.requirements:
        values = f" ({', '.join(one.values)})" if one.values else ""
        asked.append(f"{one.key} {one.operator}{values}")
    return ", ".join(asked) or "(any)"


def _asked(selector: LabelSelector) -> str:
    return f"with {asks_for(selector)}"


def _unlabelled(one: ObjectFact, selection: Selection, why: str) -> str:
    missing = [name for name, value in selection.selector.labels.items() if one.labels.get(name) != value]
    mend = ", ".join(f"{name}: {selection.selector.labels[name]}" for name in missing)
    given = f": give its metadata the label {mend}" if mend else ""
    return f"{selection.by} takes only {one.kind}s {_asked(selection.selector)}, and of {one.title} {why}{given}"
