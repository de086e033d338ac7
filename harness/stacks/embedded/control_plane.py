"""The control plane: real etcd, kube-apiserver, kube-controller-manager and kube-scheduler, brought up by kwokctl.

kwokctl is the Kubernetes SIGs' own tool (https://kwok.sigs.k8s.io/docs/user/kwokctl-manage-cluster/); certificates,
flags and the order of starts are its business. Here it gets the programs, the ports and a directory of the run's own.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.clients.endpoint import Endpoint, answered
from harness.stacks.applying import NO_CACHE, NO_SETTINGS
from harness.stacks.embedded.slot import Slot
from harness.stacks.found_process import FoundProcess
from harness.stacks.process import ProcessSpec
from harness.waiting import NotYet

#: the name of the cluster in kwokctl's directory and of the kubeconfig's context (kwokctl puts `kwok-` before it)
CLUSTER = "harness"
#: what kwokctl starts, each after what it needs
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlanePrograms:
    """The programs, as absolute paths."""

    kwokctl: Path
    etcd: Path
    kube_apiserver: Path
    kube_controller_manager: Path
    kube_scheduler: Path
    kubectl: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """Where one control plane's files and ports are."""

    #: kwokctl's work directory
    directory: Path
    slot: Slot

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig; exists once kwokctl has written it."""
        return self.directory / "clusters" / CLUSTER / "kubeconfig.yaml"

    @property
    def url(self) -> str:
        """The API server's address."""
        return f"https://127.0.0.1:{self.slot.port(0)}"

    def start_spec(self, programs: ControlPlanePrograms, log: Path) -> ProcessSpec:
        """The command that brings the control plane up and then ends; it leaves the components running.

        Everything is bound to 127.0.0.1 (kwokctl's default is every interface), on ports of the slot.
        """
        ports = {
            "kubeApiserverPort": self.slot.port(0),
            "etcdPort": self.slot.port(1),
            "etcdPeerPort": self.slot.port(2),
            "kubeControllerManagerPort": self.slot.port(3),
            "kubeSchedulerPort": self.slot.port(4),
        }
        options = {
            "runtime": "binary",
            "bindAddress": "127.0.0.1",
            "components": list(COMPONENTS),
            "disableQPSLimits": True,
            "etcdBinary": str(programs.etcd),
            "kubeApiserverBinary": str(programs.kube_apiserver),
            "kubeControllerManagerBinary": str(programs.kube_controller_manager),
            "kubeSchedulerBinary": str(programs.kube_scheduler),
            "kubectlBinary": str(programs.kubectl),
            **ports,
        }
        config = {
            "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
            "kind": "KwokctlConfiguration",
            "options": options,
            "componentsPatches": self._guarded_store(client_port=ports["etcdPort"], peer_port=ports["etcdPeerPort"]),
        }
        self.directory.mkdir(mode=0o700, exist_ok=True)
        file = self.directory / "kwokctl.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(config))
        return ProcessSpec(
            name="kwokctl",
            argv=(
                str(programs.kwokctl),
                *("create", "cluster", "--name", CLUSTER, "--config", str(file)),
                *("--kubeconfig", str(self.directory / "kubeconfig.yaml")),
            ),
            # the kubectl that kwokctl starts keeps to the run as ours does: no settings, no cache of the user's
            env={"KWOK_WORKDIR": str(self.directory), **NO_SETTINGS, **NO_CACHE},
            log=log,
        )

    def _guarded_store(self, *, client_port: int, peer_port: int) -> list[dict[str, object]]:
        """Makes etcd talk to nobody without a certificate of the run.

        kwokctl's etcd answers everybody who reaches its port. Other users of the machine do: they would read every
        Secret, and write pods, which the node starts as processes of this user. The one certificate kwokctl makes is
        good for both ends:
        https://github.com/kubernetes-sigs/kwok/blob/v0.8.0/pkg/kwokctl/pki/pki.go, `GeneratePki`
        """
        pki = self.kubeconfig.parent / "pki"
        authority, certificate, key = (str(pki / name) for name in ("ca.crt", "admin.crt", "admin.key"))
        client, peer = (f"https://127.0.0.1:{port}" for port in (client_port, peer_port))
        overridden = {
            "listen-client-urls": client,
            "advertise-client-urls": client,
            "listen-peer-urls": peer,
            "initial-advertise-peer-urls": peer,
            "initial-cluster": f"node0={peer}",
        }
        added = {
            f"{end}{name}": value
            for end in ("", "peer-")
            for name, value in (
                ("client-cert-auth", "true"),
                ("trusted-ca-file", authority),
                ("cert-file", certificate),
                ("key-file", key),
            )
        }
        reached = {"etcd-cafile": authority, "etcd-certfile": certificate, "etcd-keyfile": key}
        # Nobody is told to go there. Left to itself the API server takes the address of the default route, refuses to
        # start on a machine without one, and takes no loopback address either.
        reached |= {"advertise-address": f"{self.slot.pod_prefix}.1"}
        return [
            {"name": "etcd", "extraArgs": [*_arguments(overridden, override=True), *_arguments(added)]},
            {
                "name": "kube-apiserver",
                "extraArgs": [*_arguments({"etcd-servers": client}, override=True), *_arguments(reached)],
            },
        ]

    def components(self, run_id: str) -> tuple[FoundProcess, ...]:
        """The processes that kwokctl starts for a run, whether or not they are there yet.

        It keeps their ids and logs in its work directory:
        https://github.com/kubernetes-sigs/kwok/blob/v0.8.0/pkg/kwokctl/runtime/exec.go, `ForkExec`
        """
        place = self.kubeconfig.parent
        return tuple(
            FoundProcess(
                name, pid_file=place / "pids" / f"{name}.pid", log=place / "logs" / f"{name}.log", run_id=run_id
            )
            for name in COMPONENTS
        )

    def probe(self) -> NotYet | None:
        """Whether the API server says it is ready.

        Its default cluster roles may still be on their way: nothing of the stack uses them, and waiting for them costs
        a second of every start.
        """
        pki = self.kubeconfig.parent / "pki"
        if not (pki / "admin.key").exists() or not self.kubeconfig.exists():
            return NotYet("certificates are not written yet")
        with closing(Endpoint("the API server", self.url)) as server:
            server.session.verify = str(pki / "ca.crt")
            server.session.cert = (str(pki / "admin.crt"), str(pki / "admin.key"))
            answer = answered(partial(server.send, "GET", "/readyz?exclude=poststarthook/rbac/bootstrap-roles"))
        if isinstance(answer, NotYet) or answer.ok:
            return answer if isinstance(answer, NotYet) else None
        failed = [line for line in answer.text.splitlines() if line.startswith("[-]")]
        return NotYet(f"/readyz answers {answer.status_code}: {', '.join(failed) or answer.reason}")


def _arguments(values: Mapping[str, str], *, override: bool = False) -> list[dict[str, object]]:
    """Command line options as kwokctl's configuration has them; `override` where kwokctl gives one of its own."""
    return [{"key": key, "value": value, "override": override} for key, value in values.items()]
