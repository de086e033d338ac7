"""The removal of a run from a cluster that lives on, by nothing but its label: also after a `kill -9`.

What a run created goes; what it only changed stays. Changed objects are put back by whoever changed them, before this.
The order is one in which nothing is left broken half-way and nobody is told of what goes: what stands in the way of
other people's writes first; the rules, until nobody evaluates them; what the controller under test may have to clean up
itself; its monitor and route, once no alert would take another way; then the controller, its rights, and namespaces
last.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from http import HTTPStatus
from typing import Final, Protocol

from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json, KubeApi, labels_of
from harness.core.errors import CouldNotTellError
from harness.core.marks import ALLOWED_LABEL, EXISTING_NAMESPACE_LABEL, FORMER_PREFIX, ROLE_LABEL, RUN_LABEL
from harness.core.operator.translation import RULE
from harness.stacks.existing.inventory import Listed, ObjectRef, of_run, untold
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: of each step: pods get their grace (30 s by default), a namespace's contents are deleted one type after the other
_STEP_TIMEOUT_S: Final = 120.0
#: the API server lets no admission webhook take longer, and a slow API is one: a write that it held back when it went
#: would else be carried out in a namespace that is gone, and stay there for good
#: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#timeouts
_HELD_S: Final = 30.0
#: between two looks nothing is lost
_INTERVAL_S: Final = 0.5
#: a look for everything is some two hundred requests
_FULL_INTERVAL_S: Final = 3.0
_TRIES: Final = 5


class RunLeftError(CouldNotTellError):
    """Something of a run is still in the cluster, or may be."""


class Step(IntEnum):
    """What is removed together; each step is over before the next begins."""

    WEBHOOKS = 1
    #: alone, while everything that they watch still runs: Prometheus outlives the run, and would find it missing
    RULES = 2
    #: the faults' own namespaces: finalizers on what is in them need the controller
    WORK = 3
    #: other custom resources, while their operators see them
    CUSTOM = 4
    WORKLOADS = 5
    #: configuration, Services, rights
    REST = 6
    NAMESPACES = 7


class WaitForUnload(Protocol):
    """The wait for whoever acts on custom resources for a while after they were deleted. It raises nothing."""

    def without_rules(self) -> object:
        """Returns once nobody evaluates the deleted rules, or will never know."""
        ...

    def without_alerts(self) -> object:
        """Returns once no alert of theirs is left that would go elsewhere without the route, which is still there."""
        ...

    def without_anything(self) -> object:
        """Returns once nobody acts on anything that was deleted; what it speaks of is still there."""
        ...


class NothingToUnload:
    """Nobody acts on anything."""

    def without_rules(self) -> None:
        """At once."""

    def without_alerts(self) -> None:
        """At once."""

    def without_anything(self) -> None:
        """At once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The objects of a run by what becomes of them."""

    #: made by the run
    created: tuple[Listed, ...]
    #: there before, with something of it changed; or made by what is not this run's
    changed: tuple[Listed, ...]
    #: namespaces to be given back
    existing_namespaces: tuple[Listed, ...]
    #: deleted with their owner or their namespace, which is the run's
    following: tuple[Listed, ...]


def remove_run(
    api: KubeApi,
    run: str,
    *,
    step_timeout_s: float = _STEP_TIMEOUT_S,
    unload: WaitForUnload | None = None,
) -> tuple[ObjectRef, ...]:
    """Deletes everything that the run created, waits until it is gone, and gives existing namespaces back.

    A step that does not end in time does not keep the next one from being tried. Harmless the second time.

    Args:
        api: where.
        run: the run's id.
        step_timeout_s: how long what was deleted in a step may take to go.
        unload: waits for who acts on rules, monitors and routes; None if nobody does.

    Returns:
        What was deleted, in its order.

    Raises:
        RunLeftError: something is left, changed and not put back, or could not be looked for.
    """
    unload = unload or NothingToUnload()
    found = of_run(api, run)
    sorted_ = sort(found.objects)
    problems: list[str] = []
    removed: list[ObjectRef] = []
    before: dict[Step, Callable[[], object]] = {Step.CUSTOM: unload.without_alerts}
    after = {Step.RULES: unload.without_rules, Step.CUSTOM: unload.without_anything}
    for step in Step:
        members = _members(sorted_, step)
        if members and step in before:
            before[step]()
        removed += [one.ref for one in members]
        problems += _removed(api, members, step_timeout_s)
        if members and step in after:
            after[step]()
        if step is Step.WEBHOOKS:
            before[Step.WORK] = partial(_wait_for_held, time.monotonic(), at_most_s=step_timeout_s)
    problems += [] if problems else _followers_gone(api, run, step_timeout_s)
    problems += [
        f"{one.ref}: carries the run's label because it was changed, and was not put back" for one in sorted_.changed
    ]
    problems += untold(found.unlistable)
    # last: as long as the label is there, no other run begins
    if not problems:
        problems += [problem for one in sorted_.existing_namespaces if (problem := _given_back(api, one, run))]
    _refuse_problems(run, problems)
    return tuple(removed)


def remove_rules(api: KubeApi, run: str, *, step_timeout_s: float = _STEP_TIMEOUT_S) -> None:
    """The step of the rules alone, ahead of the others: everything else of the run goes on.

    Raises:
        RunLeftError: a rule is left.
    """
    found = sort(of_run(api, run).objects)
    _refuse_problems(run, _removed(api, _members(found, Step.RULES), step_timeout_s))


def _wait_for_held(released_s: float, *, at_most_s: float) -> None:
    """Returns once no write is held back any more that was when all faults were undone, at this instant or before."""

    def over() -> NotYet | None:
        left_s = min(_HELD_S, at_most_s) - (time.monotonic() - released_s)
        return NotYet(f"{left_s:.0f} s are left") if left_s > 0 else None

    wait_until("writes held back are over", over, timeout_s=_HELD_S + _INTERVAL_S, interval_s=_INTERVAL_S)


def _members(found: Sorted, step: Step) -> list[Listed]:
    return [one for one in found.created if step_of(one) is step]


def _refuse_problems(run: str, problems: Iterable[str]) -> None:
    if told := "\n       ".join(problems):
        raise RunLeftError(
            f"run {run} is not removed completely",
            why=told,
            fix="remove the cause and do it again, which does no harm to what is done already",
        )


def sort(objects: tuple[Listed, ...]) -> Sorted:
    """Tells what the run made from what it only touched."""
    namespaces = {one.ref.name: one for one in objects if _is_namespace(one)}
    going = {name for name, one in namespaces.items() if not _was_there(one)}
    work = {name for name in going if step_of(namespaces[name]) is Step.WORK}
    uids = {str(one.metadata["uid"]) for one in objects}
    served = {(one.ref.namespace, one.ref.name) for one in objects if str(one.ref.type) == "services"}
    kept: dict[str, list[Listed]] = {"created": [], "changed": [], "existing_namespaces": [], "following": []}
    for one in objects:
        within = one.ref.namespace
        ours = any(str(owner["uid"]) in uids for owner in one.metadata.get("ownerReferences", []))
        ours = ours or (_is_endpoints(one) and (within, one.ref.name) in served)
        if _is_namespace(one):
            fate = "created" if one.ref.name in going else "existing_namespaces"
        elif within in work or (ours and not _changed(one)):
            fate = "following"
        elif one.owned or _changed(one):
            # in a namespace that goes nothing need be put back
            fate = "following" if within in going else "changed"
        else:
            fate = "created"
        kept[fate].append(one)
    return Sorted(**{fate: tuple(those) for fate, those in kept.items()})


def step_of(one: Listed) -> Step:
    """When an object is removed."""
    kind = one.ref.type
    if kind.resource.endswith("webhookconfigurations"):
        return Step.WEBHOOKS
    if _is_namespace(one):
        return Step.WORK if ROLE_LABEL in one.metadata.get("labels", {}) else Step.NAMESPACES
    if kind.kind == RULE:
        return Step.RULES
    if "." in kind.group and not kind.group.endswith(".k8s.io"):
        return Step.CUSTOM
    if kind.group in {"apps", "batch"} or str(kind) == "pods":
        return Step.WORKLOADS
    return Step.REST


def _is_namespace(one: Listed) -> bool:
    return str(one.ref.type) == "namespaces"


def _is_endpoints(one: Listed) -> bool:
    """Without an owner, but with its Service's labels, with which it comes and goes.

    https://github.com/kubernetes/kubernetes/blob/v1.34.4/pkg/controller/endpoint/endpoints_controller.go
    """
    return str(one.ref.type) == "endpoints"


def _was_there(one: Listed) -> bool:
    # the owner's consent may have been withdrawn meanwhile; the namespace is still the owner's
    return not {ALLOWED_LABEL, EXISTING_NAMESPACE_LABEL}.isdisjoint(one.metadata.get("labels", {}))


def _changed(one: Listed) -> bool:
    """Whether a fault marked it instead of making it. A Lease is the controller's, whoever stole it."""
    annotations = one.metadata.get("annotations") or {}
    return str(one.ref.type) == "leases.coordination.k8s.io" or any(
        key.startswith(FORMER_PREFIX) for key in annotations
    )


def _removed(api: KubeApi, members: list[Listed], timeout_s: float) -> list[str]:
    """Deletes these and waits. What is wrong, in words."""
    if not members:
        return []
    answers = api.send_all([_deletion(one) for one in members])
    problems, deleted = [], []
    for one, answer in zip(members, answers, strict=True):
        # conflict: another object has that name now, and it is not what was found
        if answer.accepted:
            deleted.append(one)
        elif answer.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
            problems.append(f"{one.ref}: {answer.body.get('message', answer.status)}")

    def gone() -> NotYet | None:
        looks = api.send_all([ApiRequest(method="GET", path=one.ref.path) for one in deleted])
        left = [one for one, look in zip(deleted, looks, strict=True) if _there(one, look)]
        return NotYet(", ".join(str(one.ref) for one in left)) if left else None

    try:
        wait_until("objects gone", gone, timeout_s=timeout_s, interval_s=_INTERVAL_S)
    except WaitTimeoutError as error:
        problems.append(f"still there after {timeout_s:g} s, {error.why}; see their finalizers and conditions")
    return problems


def _deletion(one: Listed) -> ApiRequest:
    """Of the very object that was looked at. A workload in the foreground: it is gone when its pods are gone.

    https://kubernetes.io/docs/concepts/architecture/garbage-collection/#foreground-deletion
    """
    body: Json = {"preconditions": {"uid": one.metadata["uid"]}}
    if step_of(one) is Step.WORKLOADS:
        body["propagationPolicy"] = "Foreground"
    return ApiRequest(method="DELETE", path=one.ref.path, body=body)


def _there(one: Listed, look: ApiAnswer) -> bool:
    if look.status == HTTPStatus.NOT_FOUND:
        return False
    return not look.accepted or look.body.get("metadata", {}).get("uid") == one.metadata["uid"]


def _followers_gone(api: KubeApi, run: str, timeout_s: float) -> list[str]:
    """Waits for what goes by itself, and finds what appeared meanwhile. What is wrong, in words."""

    def gone() -> NotYet | None:
        left = sort(of_run(api, run).objects)
        names = [str(one.ref) for one in (*left.created, *left.following)]
        return NotYet(", ".join(names)) if names else None

    try:
        wait_until("the rest gone", gone, timeout_s=timeout_s, interval_s=_FULL_INTERVAL_S)
    except WaitTimeoutError as error:
        return [f"with the run's label, {error.why}"]
    return []


def _given_back(api: KubeApi, one: Listed, run: str) -> str:
    """Takes the run's marks off an existing namespace. What is wrong, in words; empty if nothing is."""
    for _ in range(_TRIES):
        found = api.find(one.ref.path)
        if found is None or labels_of(found).get(RUN_LABEL) != run:
            return ""
        marks = {"labels": {RUN_LABEL: None, EXISTING_NAMESPACE_LABEL: None}}
        version = found["metadata"]["resourceVersion"]
        answer = api.send(
            ApiRequest(method="PATCH", path=one.ref.path, body={"metadata": {**marks, "resourceVersion": version}})
        )
        if answer.accepted:
            return ""
    return f"{one.ref}: the run's label could not be taken off ({answer.body.get('message', answer.status)})"
