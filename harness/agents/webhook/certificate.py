"""The webhook's certificate: made for one run, from an authority that nobody else trusts and whose key is not kept."""

from dataclasses import dataclass, field
from typing import Self

import trustme


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCertificate:
    """What the webhook serves with, and what its callers check it by. PEM texts."""

    #: goes into `clientConfig.caBundle` (base64) and to the witness
    ca_pem: str
    cert_pem: str
    key_pem: str = field(repr=False)

    @classmethod
    def create(cls, *names: str) -> Self:
        """Makes one for these names and addresses: a Service's `name.namespace.svc`, `127.0.0.1`."""
        authority = trustme.CA()
        leaf = authority.issue_cert(*names)
        return cls(
            ca_pem=authority.cert_pem.bytes().decode(),
            cert_pem="".join(blob.bytes().decode() for blob in leaf.cert_chain_pems),
            key_pem=leaf.private_key_pem.bytes().decode(),
        )
