"""The harness's own pods on a stack: the fault webhook and the notification receiver."""

import json

from harness.agents.receiver import manifests as receiver
from harness.agents.webhook import manifests as webhook
from harness.agents.webhook.certificate import WebhookCertificate
from harness.core.marks import RUN_LABEL
from harness.stacks.base import AgentPlace, Agents


def build_agents(place: AgentPlace) -> Agents:
    """The manifests of both, with a certificate of this run's own."""
    names = place.webhook_names or (f"{webhook.NAME}.{place.namespace}.svc",)
    certificate = WebhookCertificate.create(*names)
    labels = {RUN_LABEL: place.run_id}
    objects = [
        *webhook.webhook_manifests(
            certificate,
            image=place.image,
            namespace=place.namespace,
            labels=labels,
            annotations=place.webhook_annotations,
        ),
        *receiver.receiver_manifests(
            place.receiver_token,
            image=place.image,
            namespace=place.namespace,
            labels=labels,
            annotations=place.receiver_annotations,
            store=place.store,
            mount_store=place.mount_store,
        ),
    ]
    return Agents(
        manifests="\n---\n".join(json.dumps(one) for one in objects),
        webhook_ca=certificate.ca_pem,
        webhook_port=webhook.PORT,
        webhook_service=webhook.NAME,
        webhook_service_port=webhook.SERVICE_PORT,
        receiver_port=receiver.PORT,
        receiver_service=receiver.NAME,
    )
