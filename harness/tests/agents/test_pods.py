"""The harness's own pods: one certificate, one token, and the run's mark on every object."""

import base64
import json
from pathlib import PurePosixPath
from typing import cast

import pytest
from cryptography import x509

from harness.agents.pods import Agents


def _built(*webhook_names: str) -> Agents:
    return Agents.build(
        "secret-token",
        image="image:1",
        namespace="ns",
        labels={"run": "run-1"},
        webhook_names=webhook_names,
        webhook_annotations={"address": "2"},
        receiver_annotations={"address": "3"},
        store=PurePosixPath("/store/deliveries.jsonl"),
        mount_store=False,
    )


def _objects() -> list[dict[str, dict[str, object]]]:
    return [json.loads(text) for text in _built().manifests.split("\n---\n")]


def test_every_object_carries_the_run() -> None:
    """So that they can be found and removed by it."""
    objects = _objects()
    assert len(objects) > 4
    for each in objects:
        labels = each["metadata"]["labels"]
        assert isinstance(labels, dict)
        assert labels["run"] == "run-1"


def test_the_pods_are_told_their_addresses() -> None:
    """Each its own."""
    deployments = [each for each in _objects() if str(each["kind"]) == "Deployment"]
    texts = {str(each["metadata"]["name"]): json.dumps(each["spec"]) for each in deployments}
    assert len(texts) == 2
    assert sorted(('"address": "2"' in text, '"address": "3"' in text) for text in texts.values()) == [
        (False, True),
        (True, False),
    ]
    assert all('"image:1"' in text for text in texts.values())


def _services() -> dict[str, dict[str, object]]:
    return {str(one["metadata"]["name"]): one["spec"] for one in _objects() if str(one["kind"]) == "Service"}


def test_both_are_found_by_their_services() -> None:
    """By the names and ports that a stack without addresses of its own goes by."""
    built, services = _built(), _services()
    assert set(services) == {built.webhook_service, built.receiver_service}
    for service, port in (
        (built.webhook_service, built.webhook_service_port),
        (built.receiver_service, built.receiver_port),
    ):
        (found,) = cast("list[dict[str, object]]", services[service]["ports"])
        assert found["port"] == port


@pytest.mark.parametrize(
    ("names", "expected"),
    [((), ["fault-webhook.ns.svc"]), (("fault.example", "b.example"), ["fault.example", "b.example"])],
    ids=["service", "given"],
)
def test_the_certificate_is_for_the_name_that_is_called(names: tuple[str, ...], expected: list[str]) -> None:
    """The Service's, where the place gives none."""
    built = _built(*names)
    secrets = [one for one in map(json.loads, built.manifests.split("\n---\n")) if one["kind"] == "Secret"]
    texts = [text for one in secrets for text in {**one.get("stringData", {}), **_decoded(one)}.values()]
    (pem,) = (text for text in texts if text.startswith("-----BEGIN CERTIFICATE"))
    certificate = x509.load_pem_x509_certificate(pem.encode())
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert found.get_values_for_type(x509.DNSName) == expected


def _decoded(secret: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: base64.b64decode(text).decode() for name, text in secret.get("data", {}).items()}


def test_each_run_has_a_certificate_of_its_own() -> None:
    """That which is told to the API server; nobody who has seen one can pose as another's webhook."""
    one, other = _built(), _built()
    assert x509.load_pem_x509_certificate(one.webhook_ca.encode())
    assert one.webhook_ca != other.webhook_ca
    assert (one.webhook_port, one.receiver_port) == (other.webhook_port, other.receiver_port)


def test_secrets_do_not_show() -> None:
    """In no message and no log."""
    built = _built()
    assert "secret-token" in built.manifests
    assert "secret-token" not in repr(built)
