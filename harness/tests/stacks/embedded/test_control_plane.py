"""The control plane: kwokctl is told everything, and the API server is ready when it says so itself."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from harness.stacks.embedded.control_plane import CLUSTER, ControlPlane, ControlPlanePrograms
from harness.stacks.embedded.slot import claim_slot
from harness.waiting import NotYet


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[ControlPlane]:
    """One with a slot of its own."""
    slot = claim_slot()
    yield ControlPlane(directory=tmp_path / "control-plane", slot=slot)
    slot.claim.close()


def _programs() -> ControlPlanePrograms:
    names = ("kwokctl", "etcd", "kube_apiserver", "kube_controller_manager", "kube_scheduler", "kubectl")
    return ControlPlanePrograms(**{name: Path("/bin") / name for name in names})


def test_kwokctl_is_told_programs_ports_and_loopback(plane: ControlPlane, tmp_path: Path) -> None:
    """Nothing is left to its defaults that would collide, listen outside or be fetched."""
    spec = plane.start_spec(_programs(), tmp_path / "log")
    assert spec.argv[:5] == ("/bin/kwokctl", "create", "cluster", "--name", CLUSTER)
    assert spec.env == {"KWOK_WORKDIR": str(plane.directory), "KUBERC": "off", "KUBECACHEDIR": "/dev/null"}
    options = json.loads((plane.directory / "kwokctl.json").read_text())["options"]
    assert (options["runtime"], options["bindAddress"]) == ("binary", "127.0.0.1")
    ports = [value for name, value in options.items() if name.endswith("Port")]
    assert sorted(ports) == [plane.slot.port(index) for index in range(5)]
    binaries = {name: value for name, value in options.items() if name.endswith("Binary")}
    assert len(binaries) == 5
    assert all(value.startswith("/bin/") for value in binaries.values())
    assert plane.directory.stat().st_mode & 0o077 == 0


def test_etcd_talks_to_nobody_without_a_certificate(plane: ControlPlane, tmp_path: Path) -> None:
    """Everybody on the machine reaches loopback; who writes to etcd starts processes of this user."""
    plane.start_spec(_programs(), tmp_path / "log")
    patches = json.loads((plane.directory / "kwokctl.json").read_text())["componentsPatches"]
    told = {patch["name"]: {one["key"]: one["value"] for one in patch["extraArgs"]} for patch in patches}
    urls = [value for name, value in told["etcd"].items() if name.endswith("-urls")]
    assert len(urls) == 4
    assert all(url.startswith("https://127.0.0.1:") for url in urls)
    assert told["etcd"]["client-cert-auth"] == told["etcd"]["peer-client-cert-auth"] == "true"
    assert told["kube-apiserver"]["etcd-servers"] == f"https://127.0.0.1:{plane.slot.port(1)}"
    assert told["kube-apiserver"]["advertise-address"] == f"{plane.slot.pod_prefix}.1"
    assert told["kube-apiserver"]["etcd-keyfile"] == str(plane.kubeconfig.parent / "pki" / "admin.key")


def test_every_component_is_watched_where_kwokctl_keeps_it(plane: ControlPlane) -> None:
    """Those it is told to start, each by its own file."""
    place = plane.directory / "clusters" / CLUSTER
    (place / "pids").mkdir(parents=True)
    watched = plane.components("run")
    assert [one.ended() for one in watched] == [None] * 4
    for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        (place / "pids" / f"{name}.pid").write_text(str(2**22))  # above every pid there can be
    assert [one.ended() for one in watched] == [
        "etcd exited: no log",
        "kube-apiserver exited: no log",
        "kube-controller-manager exited: no log",
        "kube-scheduler exited: no log",
    ]


@dataclass
class _Server:
    """What the API server answers."""

    status: int = 200
    body: str = "ok"
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def server(plane: ControlPlane) -> Iterator[_Server]:
    """A TLS server at the API server's place, and the certificates where kwokctl writes them."""
    says = _Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            says.asked.append(self.path)
            self.send_response(says.status)
            self.send_header("Content-Length", str(len(says.body)))
            self.end_headers()
            self.wfile.write(says.body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
            """Silent."""

    authority = trustme.CA()
    pki = plane.kubeconfig.parent / "pki"
    pki.mkdir(parents=True)
    certificate = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(pki / "ca.crt")
    certificate.private_key_pem.write_to_path(pki / "admin.key")
    certificate.cert_chain_pems[0].write_to_path(pki / "admin.crt")
    plane.kubeconfig.write_text("")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", plane.slot.port(0)), Handler) as listening:
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield says
        listening.shutdown()
        thread.join()


def test_ready_is_what_the_server_says(plane: ControlPlane, server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default roles may be on their way; a proxy in the environment is not asked about loopback."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert plane.probe() is None
    assert server.asked == ["/readyz?exclude=poststarthook/rbac/bootstrap-roles"]


def test_what_is_not_ready_is_named(plane: ControlPlane, server: _Server) -> None:
    """The failed checks, not the ones that passed."""
    server.status, server.body = 500, "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed"
    assert plane.probe() == NotYet("/readyz answers 500: [-]etcd failed: reason withheld")


def test_before_the_certificates_there_is_nobody_to_ask(plane: ControlPlane) -> None:
    """They are written first."""
    assert plane.probe() == NotYet("certificates are not written yet")


def test_a_server_that_is_not_there_is_no_error(plane: ControlPlane, server: _Server) -> None:
    """It is still on its way; half a certificate is, too."""
    assert server.asked == []
    (plane.kubeconfig.parent / "pki" / "admin.crt").write_text("half")
    seen = plane.probe()
    assert isinstance(seen, NotYet)
    assert plane.url in seen.mismatch
