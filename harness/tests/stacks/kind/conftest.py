"""A machine with a Docker, a kind and a kubectl that are not what they are called: scripts over one small file."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.stacks.kind.cluster import ClusterPlan, KindOptions, OwnCluster
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.leftovers import CLUSTER_LABEL
from harness.stacks.process_table import marked_processes
from harness.stacks.run import Run
from harness.toolchain import Settings
from harness.waiting import NotYet, wait_until

#: before a test puts another one in its place
_PYTHON = sys.executable
_COMMON = """#!{python}
import json, os, pathlib, signal, sys
HERE = pathlib.Path({root!r})
NAME = pathlib.Path(sys.argv[0]).name
WORDS = sys.argv[1:]
with (HERE / "calls").open("a") as calls:
    calls.write(json.dumps({{"argv": [NAME, *WORDS], "cwd": os.getcwd(), "env": dict(os.environ)}}) + "\\n")
STORE = HERE / "store.json"
store = json.loads(STORE.read_text())
def save():
    STORE.write_text(json.dumps(store))
def fail(text, status=1):
    print(text, file=sys.stderr)
    sys.exit(status)
def flags(name):
    return [WORDS[i + 1] for i, word in enumerate(WORDS) if word == name]
for name in store["hang"]:
    if [NAME, *WORDS][: len(name)] == name:
        store["containers"]["half"] = dict(cluster=WORDS[2].partition("=")[2])
        save()
        (HERE / "hanging").touch()
        signal.pause()
"""
_DOCKER = """
if store["down"]:
    fail("permission denied\\n\\nCannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?")
match WORDS:
    case ["version", *_]:
        print("29.1.2")
    case ["image", "inspect", *_, name]:
        if name not in store["images"]:
            fail("Error response from daemon: No such image: " + name)
        labels = store["images"][name]
        print("sha256:" + name, json.dumps(labels or None))
    case ["ps", *_]:
        key, _, value = flags("--filter")[0].removeprefix("label=").partition("=")
        for container, labels in store["containers"].items():
            if key == store["label"] and value in ("", labels["cluster"]):
                print(container, labels["cluster"])
        if store["late"]:  # asked for before, there after this look
            store["containers"][store["late"].pop()] = dict(cluster=value)
            save()
    case ["container", "inspect", *_]:
        for container in WORDS[4:]:
            if container not in store["containers"]:
                fail("Error response from daemon: No such container: " + container)
            state = store["states"].get(container, ["running", 0, "2026-01-01T00:00:00Z"])
            print(*state, "/" + container)
    case ["rm", *_]:
        for container in [word for word in WORDS[1:] if not word.startswith("--")]:
            if container in store["stuck"]:
                fail("Error response from daemon: could not kill container: tried to kill container")
            if store["containers"].pop(container, None) is None:
                fail("Error response from daemon: No such container: " + container)
            save()
    case ["build", *_]:
        context = pathlib.Path(WORDS[-1])
        (HERE / "context.json").write_text(json.dumps(sorted(
            path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file())))
        if store["broken"]:
            fail("#7 ERROR: process /bin/sh -c pip install did not complete: exit code: 1")
        tag = WORDS[WORDS.index("--tag") + 1]
        store["images"][tag] = dict(word.split("=", 1) for word in flags("--label"))
        save()
    case ["run", *_]:
        print(store["python"])
    case _:
        fail("unknown command")
"""
_KIND = """
def value(name):
    return next(word.partition("=")[2] for word in WORDS if word.startswith(name + "="))
match WORDS:
    case ["get", "clusters"]:
        names = {labels["cluster"] for labels in store["containers"].values()}
        print("\\n".join(sorted(names)))
    case ["create", "cluster", *_]:
        store["containers"]["c1"] = dict(cluster=value("--name"))
        save()
        print("Creating cluster ...", file=sys.stderr)
        if store["broken"]:
            fail(store["broken"])
        pathlib.Path(value("--kubeconfig")).write_text(json.dumps({
            "current-context": "k",
            "contexts": [{"name": "k", "context": {"cluster": "k", "user": "k"}}],
            "clusters": [{"name": "k", "cluster": {"server": "https://127.0.0.1:1"}}],
            "users": [{"name": "k", "user": {}}],
        }))
    case ["load", "docker-image", *_, image]:
        if image not in store["images"]:
            fail(f'ERROR: image: "{image}" not present locally')
    case ["delete", "cluster", *_]:
        if store["broken"]:
            fail(store["broken"])
        store["containers"] = {c: labels for c, labels in store["containers"].items()
                               if labels["cluster"] != value("--name")}
        save()
"""
_KUBECTL = """
if not store["ready"]:
    fail("error: timed out waiting for the condition on nodes/kmh-control-plane")
print("node/kmh-control-plane condition met")
"""


@dataclass
class Machine:
    """What is on the machine, and what was asked of it."""

    root: Path

    def program(self, name: str, body: str) -> Path:
        """A script in the one directory of PATH."""
        path = self.root / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(_COMMON.format(python=_PYTHON, root=str(self.root)) + body)
        path.chmod(0o755)
        return path

    @property
    def store(self) -> dict[str, Any]:
        """Containers, images and moods."""
        store: dict[str, Any] = json.loads((self.root / "store.json").read_text())
        return store

    def set(self, **changes: object) -> None:
        """Changes what is there, or how the programs behave."""
        (self.root / "store.json").write_text(json.dumps({**self.store, **changes}))

    @property
    def calls(self) -> list[Mapping[str, Any]]:
        """Every call: argv, cwd, env."""
        file = self.root / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def asked(self, *start: str) -> list[list[str]]:
        """Words of the calls that begin so."""
        return [call["argv"] for call in self.calls if call["argv"][: len(start)] == list(start)]

    def settings(self) -> Settings:
        """A cache of one's own."""
        return Settings.of({"HOME": str(self.root), "PATH": str(self.root / "bin")}, machine="x86_64")


def wait_for_no_process(run_id: str) -> None:
    """Returns when the run has no process; one that was killed is gone as soon as the kernel gets to it."""
    wait_until(
        f"no process of {run_id}",
        lambda: NotYet(str(left)) if (left := list(marked_processes(run_id))) else None,
        timeout_s=60,
    )


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """One where everything works and nothing is there yet."""
    machine = Machine(root=tmp_path)
    moods = {
        "down": False,
        "broken": "",
        "ready": True,
        "hang": [],
        "stuck": [],
        "late": [],
        "python": "3 11 x86_64 glibc 2.36",
    }
    things = {"containers": {}, "states": {}, "images": {}, "label": CLUSTER_LABEL}
    (tmp_path / "store.json").write_text(json.dumps({**moods, **things}))
    for name, body in (("docker", _DOCKER), ("kind", _KIND), ("kubectl", _KUBECTL)):
        machine.program(name, body)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("harness.stacks.kind.leftovers._UNFINISHED_LOOK_S", 0.0)
    return machine


@pytest.fixture
def run() -> Run:
    """A run of this process."""
    return Run.create()


@pytest.fixture
def cluster(machine: Machine, run: Run) -> OwnCluster:
    """One that is still to be created."""
    programs = machine.root / "bin"
    plan = ClusterPlan.of(run, KindOptions(), kind=programs / "kind", kubectl=programs / "kubectl")
    return OwnCluster(plan, Docker(run_id=run.id))
