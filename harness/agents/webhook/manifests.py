"""The webhook's own objects: a namespace, a Secret with the certificate, a Deployment, a Service.

The certificate comes by environment, so that the pod also runs where there are no volumes. The image's entry point is
`python -m`.
"""

from collections.abc import Mapping

from harness.agents.webhook.certificate import WebhookCertificate
from harness.clients.kubernetes import Json

NAME = "fault-webhook"
PORT = 8443
#: of the Service
SERVICE_PORT = 443
#: a held-back write costs about 0.35 MiB of TLS buffers; this is enough for a thousand of them
_MEMORY_LIMIT = "512Mi"


def webhook_manifests(
    certificate: WebhookCertificate,
    *,
    image: str,
    namespace: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
) -> list[Json]:
    """All objects, in the order in which they are to be applied.

    Args:
        certificate: for the names under which the API server will call.
        image: with this package inside.
        namespace: of its own, e.g. `kubemirror-harness`.
        labels: the run's, on every object and pod.
        annotations: on the pod: what the place needs to give it the address it has told others.
    """
    selector = {"app.kubernetes.io/name": NAME}
    metadata = {"name": NAME, "namespace": namespace, "labels": {**labels, **selector}}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": dict(labels)}},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata,
            "stringData": {"tls.crt": certificate.cert_pem, "tls.key": certificate.key_pem},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "replicas": 1,  # the counts, and with them the shares, are one process's own
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": selector},
                "template": {
                    "metadata": {"labels": {**labels, **selector}, "annotations": dict(annotations)},
                    "spec": {
                        "automountServiceAccountToken": False,
                        "terminationGracePeriodSeconds": 1,
                        "containers": [_container(image)],
                    },
                },
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": selector, "ports": [{"name": "https", "port": SERVICE_PORT, "targetPort": PORT}]},
        },
    ]


def _container(image: str) -> Json:
    return {
        "name": "webhook",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["harness.agents.webhook", f"--listen=$(POD_IP):{PORT}"],
        "env": [
            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "TLS_CERT", "valueFrom": {"secretKeyRef": {"name": NAME, "key": "tls.crt"}}},
            {"name": "TLS_KEY", "valueFrom": {"secretKeyRef": {"name": NAME, "key": "tls.key"}}},
        ],
        "ports": [{"name": "https", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": PORT, "scheme": "HTTPS"}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": _MEMORY_LIMIT}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": False,  # the certificate passes through a file in /tmp
        },
    }
