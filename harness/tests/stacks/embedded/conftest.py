"""Programs that are not what they are called: Python scripts in place of every tool of the embedded stack."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from harness.agents.receiver.manifests import PORT as RECEIVER_PORT
from harness.agents.webhook.manifests import PORT as WEBHOOK_PORT
from harness.core.operator.translation import KINDS, Accepted, Rejected
from harness.core.rules.speed import Speed
from harness.home import DEFAULT_SUBJECT
from harness.stacks.embedded.operator.status import OperatorStatus
from harness.stacks.embedded.stack import EmbeddedStack, Outside
from harness.stacks.kinds import SWEEP
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.run import known_runs
from harness.subject_reader import read_subject
from harness.toolchain import Progress, ResolvedTool, ToolName, ToolOrigin

_KUBECTL = """
if sys.argv[1] == "kustomize":
    print("apiVersion: v1\\nkind: Controller\\nmetadata: {name: c}")
else:
    open(APPLIED, "a").write(sys.stdin.read() + "\\n")
"""
_AGENT = f"""
import json, shutil, signal, socket
node, operator = (json.load(open(file)) for file in sys.argv[-3:-1])
for key in ("prometheus_config", "alertmanager_config"):
    open(operator[key], "w").close()
open(node["state_dir"] + "/node-told.json", "w").write(open(TOLD).read())
shutil.copy(STATUS, operator["status_file"])
agents = (".2", {WEBHOOK_PORT}), (".3", {RECEIVER_PORT})
listening = [socket.create_server((node["listen_prefix"] + byte, port)) for byte, port in agents]
signal.pause()
"""
_PROMETHEUS = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"data": {"result": [{"metric": {}, "value": [0, "1"]}]}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
place = next(word for word in sys.argv if word.startswith("--web.listen-address=")).partition("=")[2]
HTTPServer((place.split(":")[0], int(place.split(":")[1])), Handler).serve_forever()
"""
_LASTING = "import signal\nsignal.pause()\n"


@dataclass
class Workshop:
    """Makes the programs; a test spoils one before it brings the stack up."""

    directory: Path
    started: list[RunningProcess] = field(default_factory=list)
    #: what the stack takes for its machine
    outside: Outside = field(default_factory=Outside)
    #: every stack of the test
    stacks: list[EmbeddedStack] = field(default_factory=list)

    def start(self, spec: ProcessSpec, *, run_id: str, keep_fds: tuple[int, ...] = ()) -> RunningProcess:
        """Starts a process, and remembers it."""
        self.started.append(RunningProcess.start(spec, run_id=run_id, keep_fds=keep_fds))
        return self.started[-1]

    def stack(self, **parts: Any) -> EmbeddedStack:
        """The default subject's at speed 60, with these programs, and with these parts in place of the workshop's."""
        subject, _ = read_subject(DEFAULT_SUBJECT)
        outside = replace(self.outside, **parts)
        self.stacks.append(EmbeddedStack(subject, Speed(60), Progress(), SWEEP, outside=outside))
        return self.stacks[-1]

    def write(self, name: str, body: str) -> Path:
        path = self.directory / name
        names = f"APPLIED, STATUS, TOLD = {str(self.applied)!r}, {str(self.status)!r}, {str(self.told)!r}\n"
        path.write_text(f"#!{sys.executable} -ISE\nimport sys\n{names}{body}")
        path.chmod(0o755)
        return path

    @property
    def applied(self) -> Path:
        """Where kubectl writes what it is told to apply."""
        return self.directory / "applied.yaml"

    @property
    def status(self) -> Path:
        """What the operator will say."""
        return self.directory / "status.json"

    @property
    def told(self) -> Path:
        """What the node will tell."""
        return self.directory / "told.json"

    def says(self, *, rejected: tuple[Rejected, ...] = ()) -> None:
        """Plants the operator's status: everything loaded."""
        accepted = tuple(Accepted(kind=kind, namespace="n", name="x") for kind in KINDS)
        OperatorStatus(
            generation="1",
            prometheus_generation="1",
            alertmanager_generation="1",
            accepted=accepted,
            rejected=rejected,
        ).write(self.status)


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    """All programs, working; the API server is ready at once. Every stack is gone when the test ends."""
    directory = tmp_path / "programs"
    directory.mkdir()
    made = Workshop(directory)
    made.says()
    made.told.write_text('{"no_limits": ""}')
    bodies: Mapping[ToolName, str] = {
        ToolName.KUBECTL: _KUBECTL,
        ToolName.PROMETHEUS: _PROMETHEUS,
        ToolName.ALERTMANAGER: _LASTING,
        ToolName.KWOKCTL: "",
    }
    tools = {
        name: ResolvedTool(
            name=name, version="0", path=made.write(name.value, bodies.get(name, "")), source=ToolOrigin.SETTING
        )
        for name in ToolName
    }
    made.outside = Outside(
        ensure=lambda names, _progress: {name: tools[name] for name in names},
        start=made.start,
        python=str(made.write("python", _AGENT)),
        api_ready=lambda _control_plane: None,
    )
    yield made
    for stack in made.stacks:
        stack.down()
    for kept in known_runs():
        SWEEP.remove(kept)
    left = [process.spec.name for process in made.started if process.ended() is None]
    assert not left, f"a test left {json.dumps(left)}"


@pytest.fixture
def stack(workshop: Workshop) -> EmbeddedStack:
    """The default subject's stack at speed 60, with those programs; gone when the test ends."""
    return workshop.stack()
