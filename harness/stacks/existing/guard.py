"""The guard: faults reach only a cluster that was named twice, and in it only a namespace whose owner allows them.

The context that happens to be the current one is never enough: it may have been changed in another window.
"""

import shlex
from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus

from harness.clients.kubernetes import ApiRefusedError, ApiRequest, Json, KubeApi, labels_of
from harness.core.errors import MisuseError, RetryableError
from harness.core.marks import ALLOWED_LABEL, EXISTING_NAMESPACE_LABEL, RUN_LABEL
from harness.stacks.existing.kubeconfig import Destination, Kubeconfig


class NotConfirmedError(MisuseError):
    """Nobody has said, or not unmistakably, that faults are wanted in this cluster. Nothing was done."""


class NotAllowedError(MisuseError):
    """The namespace is somebody's who has not allowed faults in it, or another run's. Nothing was done."""


class Tenancy(StrEnum):
    """Whose namespace the run works in."""

    #: the harness makes it and removes it
    OWN = "own"
    #: it was there, and is given back as it was
    EXISTING = "borrowed"


def confirmed(kubeconfig: Kubeconfig, *, context: str | None, confirmation: str | None) -> Destination:
    """Where the run goes, by `--context` and `--confirm-context`.

    Raises:
        NotConfirmedError: a context is not named, not there, or not confirmed by its exact name.
        KubeconfigError: the context leads nowhere.
    """
    known = ", ".join(map(repr, kubeconfig.contexts)) or "none at all"
    named = "name one of these" if kubeconfig.contexts else "give one that has contexts: --kubeconfig FILE"
    if not context:
        raise NotConfirmedError(
            "no context is named",
            why="faults are injected in the cluster that it leads to, so the current context is not taken for it",
            fix=f"--context NAME --confirm-context NAME, with one of: {known}" if kubeconfig.contexts else named,
        )
    if context not in kubeconfig.contexts:
        raise NotConfirmedError(
            f"there is no context {context!r}",
            why=f"{kubeconfig.source} has: {known}",
            fix=named,
        )
    destination = kubeconfig.destination(context)
    if confirmation != context:
        said = "--confirm-context is missing" if confirmation is None else f"--confirm-context says {confirmation!r}"
        raise NotConfirmedError(
            f"faults in the cluster of context {context!r} are not confirmed",
            why=f"{said}; the context leads to {destination.server}, where a controller would be damaged",
            fix=f"if that is what you want, add: --confirm-context {shlex.quote(context)}",
        )
    return destination


def down_command(context: str) -> str:
    """What removes killed runs from the cluster of a context, to be pasted."""
    name = shlex.quote(context)
    return f"harness down --context {name} --confirm-context {name}"


def examine_namespace(api: KubeApi, *, namespace: str, run: str, context: str) -> Tenancy:
    """Whether the run may work in the subject's namespace, and whose it would be. Changes nothing.

    Args:
        api: where.
        namespace: the subject's.
        run: the run's id.
        context: for the commands in messages.

    Raises:
        NotAllowedError: it is another run's, is being deleted, or is somebody's who has not allowed it.
        ApiRefusedError: the user may not look.
    """
    found = api.find(f"/api/v1/namespaces/{namespace}")
    return Tenancy.OWN if found is None else _tenancy(found, namespace=namespace, run=run, context=context)


def claim_namespace(api: KubeApi, *, namespace: str, run: str, context: str) -> Tenancy:
    """Examines the namespace and makes it the run's: creates it, or puts the run's label on it.

    Of two runs that come at the same time one gets it: a creation finds it there, a label a newer version.

    Raises:
        NotAllowedError: as `examine_namespace`.
        RetryableError: somebody changed it between the look and the change.
        ApiRefusedError: the user may not.
    """
    path = f"/api/v1/namespaces/{namespace}"
    found = api.find(path)
    if found is None:
        tenancy, request = Tenancy.OWN, _creation(namespace, run)
    else:
        tenancy = _tenancy(found, namespace=namespace, run=run, context=context)
        labels = {RUN_LABEL: run} | ({EXISTING_NAMESPACE_LABEL: "true"} if tenancy is Tenancy.EXISTING else {})
        version = found["metadata"]["resourceVersion"]
        request = ApiRequest(
            method="PATCH", path=path, body={"metadata": {"labels": labels, "resourceVersion": version}}
        )
    answer = api.send(request)
    if answer.status == HTTPStatus.CONFLICT:
        examine_namespace(api, namespace=namespace, run=run, context=context)
        raise RetryableError(
            f"namespace {namespace} could not be taken",
            why="somebody changed it at the same time",
            fix="do it again",
        )
    if not answer.accepted:
        raise ApiRefusedError(
            f"namespace {namespace} could not be taken",
            why=str(answer.body.get("message", answer.status)),
            fix="check that you may create and patch namespaces",
            status=answer.status,
        )
    return tenancy


def _creation(namespace: str, run: str) -> ApiRequest:
    manifest: Json = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": {RUN_LABEL: run}},
    }
    return ApiRequest(method="POST", path="/api/v1/namespaces", body=manifest)


def _tenancy(found: Json, *, namespace: str, run: str, context: str) -> Tenancy:
    labels: Mapping[str, str] = labels_of(found)
    owner = labels.get(RUN_LABEL)
    if owner not in {None, run}:
        raise NotAllowedError(
            f"namespace {namespace} is used by another run",
            why=f"its label {RUN_LABEL} is {owner!r}: that run is under way, or was killed",
            fix=f"wait for its end; if it was killed: {down_command(context)}",
        )
    if "deletionTimestamp" in found["metadata"]:
        raise NotAllowedError(
            f"namespace {namespace} is being deleted", why="it still has contents", fix="wait until it is gone"
        )
    if labels.get(ALLOWED_LABEL) == "true":
        return Tenancy.EXISTING
    if owner == run and EXISTING_NAMESPACE_LABEL not in labels:
        return Tenancy.OWN
    seen = f"is {labels[ALLOWED_LABEL]!r}" if ALLOWED_LABEL in labels else "is missing"
    raise NotAllowedError(
        f"namespace {namespace} exists, and nobody has allowed faults in it",
        why=f"its label {ALLOWED_LABEL} {seen}; pods in it would be killed and limits squeezed",
        fix=f"kubectl --context {shlex.quote(context)} label namespace {namespace} {ALLOWED_LABEL}=true --overwrite",
    )
