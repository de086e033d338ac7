"""The webhook's process, its certificate and its objects fit together."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from harness.agents.receiver import server
from harness.agents.webhook.__main__ import main
from harness.agents.webhook.certificate import WebhookCertificate
from harness.agents.webhook.manifests import webhook_manifests
from harness.waiting import NotYet, wait_until


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def test_it_serves_with_a_certificate_from_the_environment() -> None:
    """As in a pod without volumes: nothing on the command line but the address; SIGTERM ends it well."""
    certificate, port = WebhookCertificate.create("127.0.0.1"), free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.agents.webhook", f"--listen=127.0.0.1:{port}"],
        env={**os.environ, "TLS_CERT": certificate.cert_pem, "TLS_KEY": certificate.key_pem},
    )
    trust = ssl.create_default_context(cadata=certificate.ca_pem)

    def counts() -> dict[str, object] | NotYet:
        try:
            with urllib.request.urlopen(f"https://127.0.0.1:{port}/counts", context=trust, timeout=5) as page:
                found: dict[str, object] = json.load(page)
                return found
        except urllib.error.URLError as error:
            return NotYet(str(error.reason))

    try:
        status = lambda: None if process.poll() is None else f"exited with {process.returncode}"  # noqa: E731 - a line
        assert wait_until("the webhook", counts, timeout_s=30, ended=status) == {}
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_bad_options_end_with_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No address, no certificate, no certificate that fits its key."""
    monkeypatch.delenv("TLS_CERT", raising=False)
    monkeypatch.delenv("TLS_KEY", raising=False)
    assert main(["--listen", "8443"]) == 2
    assert main(["--listen", "127.0.0.1:0"]) == 2
    (tmp_path / "cert").write_text(WebhookCertificate.create("a").cert_pem)
    (tmp_path / "key").write_text(WebhookCertificate.create("b").key_pem)
    assert main(["--listen", "127.0.0.1:0", "--cert", str(tmp_path / "cert"), "--key", str(tmp_path / "key")]) == 2
    said = capsys.readouterr().err
    assert re.findall(r"^[^ ].*$", said, re.MULTILINE) == [
        "'8443' is no address to listen on",
        "--cert is missing",
        "the certificate cannot be loaded",
    ]


def test_a_taken_port_ends_with_status_3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The place failed, not the user: both servers say which address it was."""
    certificate = WebhookCertificate.create("127.0.0.1")
    monkeypatch.setenv("TLS_CERT", certificate.cert_pem)
    monkeypatch.setenv("TLS_KEY", certificate.key_pem)
    monkeypatch.setenv("RECEIVER_TOKEN", "t")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        assert main(["--listen", address]) == 3
        assert server.main(["--listen", address, "--store", str(tmp_path / "d.jsonl")]) == 3
    assert capsys.readouterr().err.count(f"cannot listen on {address}") == 2


def test_the_objects_lead_to_the_process() -> None:
    """Service -> pod -> port; the Secret holds what the environment asks for; the run's labels are everywhere."""
    certificate = WebhookCertificate.create("fault-webhook.n.svc")
    labels = {"kubemirror-harness/run": "r"}
    namespace, secret, deployment, service = webhook_manifests(
        certificate, image="i", namespace="n", labels=labels, annotations={"a": "b"}
    )
    template = deployment["spec"]["template"]
    (container,) = template["spec"]["containers"]
    assert template["metadata"]["annotations"] == {"a": "b"}
    assert service["spec"]["selector"].items() <= template["metadata"]["labels"].items()
    assert service["spec"]["ports"][0]["targetPort"] == container["ports"][0]["containerPort"]
    wanted = {env["valueFrom"]["secretKeyRef"]["key"] for env in container["env"] if env["name"].startswith("TLS")}
    assert secret["stringData"].keys() == wanted
    for manifest in (namespace, secret, deployment, service, template):
        assert labels.items() <= manifest["metadata"]["labels"].items()
    assert certificate.key_pem not in repr(certificate)
