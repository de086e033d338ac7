"""The harness's own pods on a stack: the fault webhook and the notification receiver, built for one run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import ClassVar, Final, Self

from harness.agents.receiver import manifests as receiver
from harness.agents.webhook import manifests as webhook
from harness.agents.webhook.certificate import WebhookCertificate

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """Both, as they are to be applied, and by what they are found."""

    #: YAML text, Secrets included
    manifests: str = field(repr=False)
    #: PEM, by which the API server checks the webhook
    webhook_ca: str
    #: of its pod; the Service in front of it and that one's port
    webhook_port: ClassVar[int] = webhook.PORT
    webhook_service: ClassVar[str] = webhook.NAME
    webhook_service_port: ClassVar[int] = webhook.SERVICE_PORT
    #: of its pod and of its Service
    receiver_port: ClassVar[int] = receiver.PORT
    receiver_service: ClassVar[str] = receiver.NAME

    @classmethod
    def build(
        cls,
        receiver_token: str,
        *,
        image: str,
        namespace: str,
        labels: Mapping[str, str],
        store: PurePosixPath,
        mount_store: bool,
        webhook_names: tuple[str, ...] = (),
        webhook_annotations: Mapping[str, str] = _NONE,
        receiver_annotations: Mapping[str, str] = _NONE,
    ) -> Self:
        """The manifests of both, with a certificate of this run's own.

        Args:
            receiver_token: what the receiver's callers must carry.
            image: with this package inside; its entry point is `python -m`.
            namespace: of their own.
            labels: the run's, on every object.
            store: the file of deliveries as the receiver's process sees it.
            mount_store: whether its directory is a volume.
            webhook_names: names or addresses under which the API server calls the webhook; empty for its Service.
            webhook_annotations: on its pod: what the place needs to give it the address it has told others.
            receiver_annotations: the same of the receiver's.
        """
        certificate = WebhookCertificate.create(*(webhook_names or (f"{webhook.NAME}.{namespace}.svc",)))
        objects = [
            *webhook.webhook_manifests(
                certificate, image=image, namespace=namespace, labels=labels, annotations=webhook_annotations
            ),
            *receiver.receiver_manifests(
                receiver_token,
                image=image,
                namespace=namespace,
                labels=labels,
                annotations=receiver_annotations,
                store=store,
                mount_store=mount_store,
            ),
        ]
        return cls(manifests="\n---\n".join(json.dumps(one) for one in objects), webhook_ca=certificate.ca_pem)
