"""The API server is found where Kubernetes's tools look for it."""

import base64
from pathlib import Path

import pytest

from controller.errors import MisuseError
from controller.kubeconfig import Connection, load

CONFIG = """
current-context: here
contexts:
- {{name: here, context: {{cluster: c, user: u}}}}
clusters:
- {{name: c, cluster: {{server: "https://127.0.0.1:6443/", certificate-authority-data: {ca}}}}}
users:
- {{name: u, user: {user}}}
"""
CA = base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()


def _file(tmp_path: Path, user: str = "{token: t}") -> str:
    path = tmp_path / "config"
    path.write_text(CONFIG.format(ca=CA, user=user))
    return str(path)


def test_flag_names_the_file(tmp_path: Path) -> None:
    """Server, CA and token are those of the current context."""
    assert load(_file(tmp_path), {"KUBECONFIG": "/nowhere"}) == Connection(
        server="https://127.0.0.1:6443",
        ca_pem="-----BEGIN CERTIFICATE-----",
        token="t",  # noqa: S106 - a test's
    )


def test_environment_names_files_of_which_the_first_that_exists_counts(tmp_path: Path) -> None:
    """KUBECONFIG is a list of paths; certificate files are found beside the kubeconfig."""
    (tmp_path / "cert.pem").write_text("CERT")
    (tmp_path / "key.pem").write_text("KEY")
    config = _file(tmp_path, "{client-certificate: cert.pem, client-key: key.pem}")
    found = load("", {"KUBECONFIG": f"/nowhere:{config}"})
    assert (found.certificate_pem, found.key_pem) == ("CERT", "KEY")


@pytest.mark.parametrize(
    ("host", "server"), [("10.0.0.1", "https://10.0.0.1:443"), ("fd00::1", "https://[fd00::1]:443")], ids=["v4", "v6"]
)
def test_pod_finds_its_service_account(tmp_path: Path, host: str, server: str) -> None:
    """In a pod the token is read anew each time, because the kubelet renews it."""
    (tmp_path / "token").write_text("old\n")
    (tmp_path / "ca.crt").write_text("CA")
    found = load("", {"KUBERNETES_SERVICE_HOST": host}, pod_files=tmp_path)
    assert (found.server, found.ca_pem, found.current_token()) == (server, "CA", "old")
    (tmp_path / "token").write_text("new\n")
    assert found.current_token() == "new"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("{", "cannot be read", id="no YAML"),
        pytest.param("a: b", "no entry ''", id="no context"),
        pytest.param(CONFIG.format(ca=CA, user="{exec: {command: aws}}"), "credential plugin", id="a plugin"),
        pytest.param(CONFIG.format(ca="'*'", user="{}"), "certificate-authority-data", id="no base64"),
    ],
)
def test_unusable_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    """A kubeconfig that cannot work is named, with the reason and a way out."""
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(MisuseError, match=r".") as raised:
        load(str(path), {})
    assert said in str(raised.value)


def test_nowhere_to_be_found(tmp_path: Path) -> None:
    """Without any of the four places it says so."""
    with pytest.raises(MisuseError, match="no API server"):
        load("", {"HOME": str(tmp_path)}, pod_files=tmp_path)


def test_connection_shows_no_credentials() -> None:
    """What a log or a traceback shows of a connection is its server."""
    assert repr(Connection(server="https://x", token="t")) == "Connection(server='https://x')"  # noqa: S106 - a test's
