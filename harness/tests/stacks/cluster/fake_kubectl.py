"""A kubectl that forwards to nobody: it says and does what it is told, and answers connections with its target."""

import ast
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.stacks.cluster.port_forward import Kubectl, PortForwardSpec
from harness.stacks.process_table import marked_processes
from harness.stacks.run import end_processes

RUN = f"0a1b2c-forward-{os.getpid()}"

_CODE = """
import os, signal, socket, sys
from pathlib import Path

here = Path(sys.argv[0]).parent
with (here / "calls").open("a") as file:
    file.write(repr((sys.argv[1:], dict(os.environ))) + "\\n")
if (here / "dies").exists():
    sys.exit((here / "dies").read_text())
if (here / "mute").exists():
    print("nothing of interest", flush=True)
    signal.pause()
local, _, remote = sys.argv[-1].rpartition(":")
try:
    server = socket.create_server(("127.0.0.1", int(local or 0)))
except OSError:
    sys.exit(f"error: unable to listen on any of the requested ports: [{local} {remote}]")
print(f"Forwarding from 127.0.0.1:{server.getsockname()[1]} -> {remote}", flush=True)
while True:
    connection = server.accept()[0]
    word = connection.recv(100)
    if word == b"refuse":
        sys.stderr.write('E1 "Unhandled Error" err="an error occurred forwarding 4 -> 8080: connection refused"\\n')
    if word in (b"refuse", b"drop"):
        sys.exit("error: lost connection to pod")
    connection.sendall(sys.argv[-2].encode())
    connection.close()
"""


class FakeKubectl:
    """One in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        program = directory / "kubectl"
        program.write_text(f"#!{sys.executable} -ISE\n{_CODE}")
        program.chmod(0o755)
        self.kubectl = Kubectl(program=program, kubeconfig=directory / "kubeconfig")

    def spec(self, target: str = "svc/prometheus") -> PortForwardSpec:
        """A forward with this kubectl."""
        log = self._directory / "forward.log"
        return PortForwardSpec(kubectl=self.kubectl, namespace="monitoring", target=target, remote_port=9090, log=log)

    def calls(self) -> list[tuple[list[str], dict[str, str]]]:
        """Arguments and environment of each start so far."""
        calls = self._directory / "calls"
        return [ast.literal_eval(line) for line in calls.read_text().splitlines()] if calls.exists() else []

    def dies(self, words: str) -> None:
        """From now on it ends at once."""
        (self._directory / "dies").write_text(words)

    def mute(self) -> None:
        """From now on it runs and says nothing that helps."""
        (self._directory / "mute").touch()

    def heal(self) -> None:
        """From now on it works."""
        for name in ("dies", "mute"):
            (self._directory / name).unlink(missing_ok=True)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def ask(address: str, word: str = "who") -> str:
    """What the forward at `host:port` answers; `drop` and `refuse` end it. Empty for no answer."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(word.encode())
        try:
            return connection.recv(100).decode()
        except ConnectionResetError:
            return ""


def refuses(address: str) -> bool:
    """Whether nobody listens there."""
    try:
        ask(address)
    except ConnectionRefusedError:
        return True
    return False


def left_over() -> list[int]:
    """The processes that still run."""
    return [pid for pid, _ in marked_processes(RUN)]


@contextmanager
def fake_kubectl(directory: Path) -> Iterator[FakeKubectl]:
    """One whose processes do not outlive the block."""
    try:
        yield FakeKubectl(directory)
    finally:
        end_processes(RUN)
