"""The receiver's own objects: a namespace, a Secret with the token, a Deployment, a Service.

The token comes by environment, so that the pod also runs where there are no volumes. The image's entry point is
`python -m`.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from harness.clients.kubernetes import Json

NAME = "notification-receiver"
PORT = 9094


def receiver_manifests(
    token: str,
    *,
    image: str,
    namespace: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    store: PurePosixPath,
    mount_store: bool,
) -> list[Json]:
    """All objects, in the order in which they are to be applied.

    Args:
        token: what callers must carry.
        image: with this package inside.
        namespace: of its own, e.g. `kubemirror-harness`.
        labels: the run's, on every object and pod.
        annotations: on the pod: what the place needs to give it the address it has told others.
        store: the file of deliveries, as the process sees it.
        mount_store: whether its directory is a volume (which outlives the container, not the pod); False where pods
            are processes, which see the machine's own files.
    """
    selector = {"app.kubernetes.io/name": NAME}
    metadata = {"name": NAME, "namespace": namespace, "labels": {**labels, **selector}}
    pod: Json = {
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 2,
        "containers": [_container(image, store, mount_store=mount_store)],
    }
    if mount_store:
        pod["volumes"] = [{"name": "store", "emptyDir": {}}]
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": dict(labels)}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"token": token}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "replicas": 1,  # two would each have half of the deliveries
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": selector},
                "template": {
                    "metadata": {"labels": {**labels, **selector}, "annotations": dict(annotations)},
                    "spec": pod,
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": selector, "ports": [{"name": "http", "port": PORT, "targetPort": PORT}]},
        },
    ]


def _container(image: str, store: PurePosixPath, *, mount_store: bool) -> Json:
    # A port-forward comes in by the pod's own loopback, which is nobody else's. A process has no loopback of its own.
    host = "0.0.0.0" if mount_store else "$(POD_IP)"  # noqa: S104 - of its own network namespace
    container: Json = {
        "name": "receiver",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["harness.agents.receiver.server", f"--listen={host}:{PORT}", f"--store={store}"],
        "env": [
            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "RECEIVER_TOKEN", "valueFrom": {"secretKeyRef": {"name": NAME, "key": "token"}}},
        ],
        "ports": [{"name": "http", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": PORT}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "20m", "memory": "48Mi"}, "limits": {"memory": "128Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    if mount_store:
        container["volumeMounts"] = [{"name": "store", "mountPath": str(store.parent)}]
    return container
