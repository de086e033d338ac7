"""A Deployment's former spec: kept in an annotation while a fault has it changed, put back exactly afterwards."""

import json
from http import HTTPStatus

from harness.clients.kubernetes import ApiRefusedError, ApiRequest, Json
from harness.core.errors import CouldNotTellError, RetryableError
from harness.core.marks import FORMER_RUN, FORMER_SPEC, RUN_LABEL
from harness.faults.cluster import Cluster

#: the Deployment's controller writes the status often, so a conflict is ordinary and over at once
_TRIES = 10


class DeploymentBusyError(RetryableError):
    """Somebody else changed the Deployment each time between the look and the change."""


def change(cluster: Cluster, spec: Json) -> None:
    """Changes the controller's Deployment (strategic merge), keeping what it was in the same request.

    Raises:
        ApiRefusedError: there is no such Deployment, or the change is not allowed.
        DeploymentBusyError: conflicts without end.
    """
    path = cluster.paths.deployment

    def request(found: Json) -> ApiRequest:
        return ApiRequest(
            method="PATCH",
            path=path,
            patch="strategic",
            body={
                "metadata": {
                    "resourceVersion": found["metadata"]["resourceVersion"],
                    "labels": cluster.labels,
                    "annotations": _former(found),
                },
                "spec": spec,
            },
        )

    for _ in range(_TRIES):
        answer = cluster.api.send(request(cluster.api.ask(ApiRequest(method="GET", path=path))))
        if answer.accepted:
            return
        if answer.status != HTTPStatus.CONFLICT:
            raise ApiRefusedError(
                f"Deployment {cluster.subject.workload.deployment} could not be changed",
                why=str(answer.body.get("message", answer.status)),
                fix="check that the container's name in the subject is right and that you may change Deployments",
                status=answer.status,
            )
    raise _busy(cluster)


def kept(cluster: Cluster) -> Json | None:
    """The former spec; None where no fault has it changed, or there is no Deployment.

    Raises:
        CouldNotTellError: the API server did not answer.
    """
    found = cluster.api.find(cluster.paths.deployment)
    text = found and found["metadata"].get("annotations", {}).get(FORMER_SPEC)
    former: Json | None = json.loads(text) if text else None
    return former


def restore(cluster: Cluster) -> None:
    """Puts the former spec back; does nothing when there is none, or no Deployment.

    Raises:
        ApiRefusedError: not allowed.
        DeploymentBusyError: conflicts without end.
    """
    path = cluster.paths.deployment
    for _ in range(_TRIES):
        found = cluster.api.find(path)
        former = found and found["metadata"].get("annotations", {}).get(FORMER_SPEC)
        if not found or not former:
            return
        answer = cluster.api.send(ApiRequest(method="PATCH", path=path, patch="json", body=_restoring(found, former)))
        if answer.accepted:
            return
        if answer.status not in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}:
            break
    else:
        raise _busy(cluster)
    raise CouldNotTellError(
        f"Deployment {cluster.subject.workload.deployment} could not be restored",
        why=str(answer.body.get("message", answer.status)),
        fix=f"its former spec is in its annotation {FORMER_SPEC}",
    )


def _former(found: Json) -> dict[str, str]:
    """What is kept of it; nothing new where a fault has it changed already, for then it is not as it was."""
    metadata = found["metadata"]
    if metadata.get("annotations", {}).get(FORMER_SPEC):
        return {}
    run = metadata.get("labels", {}).get(RUN_LABEL)
    return {FORMER_SPEC: json.dumps(found["spec"])} | ({} if run is None else {FORMER_RUN: str(run)})


def _restoring(found: Json, former: str) -> list[Json]:
    metadata = found["metadata"]
    annotations, run = metadata["annotations"], metadata["annotations"].get(FORMER_RUN)
    steps: list[Json] = [
        {"op": "test", "path": "/metadata/resourceVersion", "value": metadata["resourceVersion"]},
        {"op": "replace", "path": "/spec", "value": json.loads(former)},
    ]
    steps += [
        {"op": "remove", "path": f"/metadata/annotations/{_escaped(key)}"}
        for key in (FORMER_SPEC, FORMER_RUN)
        if key in annotations
    ]
    if RUN_LABEL in metadata.get("labels", {}):
        label = f"/metadata/labels/{_escaped(RUN_LABEL)}"
        steps.append({"op": "remove", "path": label} if run is None else {"op": "replace", "path": label, "value": run})
    return steps


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _busy(cluster: Cluster) -> DeploymentBusyError:
    return DeploymentBusyError(
        f"Deployment {cluster.subject.workload.deployment} changes all the time",
        why=f"{_TRIES} attempts met a newer version",
        fix="stop what else changes it (an autoscaler, a GitOps agent) while a scenario runs",
    )
